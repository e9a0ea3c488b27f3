/** The page's script: gives our elements their life. */

import { enhance } from "./core/bundles.js";
import { PanopticApp } from "./elements/app.js";
import { PanopticBar } from "./elements/bar.js";
import { PanopticFolders } from "./elements/grid/folders.js";
import { PanopticGrid } from "./elements/grid/grid.js";
import { PanopticHelp } from "./elements/dialogs/help.js";
import { PanopticImage } from "./elements/image/image.js";
import { enliven } from "./elements/image/page.js";
import { PanopticSelection } from "./elements/selection-bar.js";
import { enlivenPreview, enlivenUpload } from "./elements/table/import.js";
import { PanopticViewer } from "./elements/image/viewer.js";

if (self !== top) document.documentElement.classList.add("framed");

// Inner elements first: the application finds them alive.
customElements.define("panoptic-viewer", PanopticViewer);
customElements.define("panoptic-image", PanopticImage);
customElements.define("panoptic-bar", PanopticBar);
customElements.define("panoptic-folders", PanopticFolders);
customElements.define("panoptic-grid", PanopticGrid);
customElements.define("panoptic-selection", PanopticSelection);
customElements.define("panoptic-help", PanopticHelp);
customElements.define("panoptic-app", PanopticApp);

const article = document.querySelector<HTMLElement>("article.image-page");
if (article) enliven(article);

const upload = document.querySelector<HTMLFormElement>("form.table-upload");
if (upload) enlivenUpload(upload);
const preview = document.querySelector<HTMLFormElement>("form.table-form[method=get]:not(.export-form)");
if (preview) enlivenPreview(preview);

if (document.querySelector("panoptic-import")) {
  enhance<typeof import("./elements/import.js")>("panoptic-import", ({ PanopticImport }) => customElements.define("panoptic-import", PanopticImport));
}

if (document.querySelector("panoptic-jobs")) {
  enhance<typeof import("./elements/jobs.js")>("panoptic-jobs", ({ PanopticJobs }) => customElements.define("panoptic-jobs", PanopticJobs));
}

if (document.querySelector("panoptic-vocabulary")) {
  enhance<typeof import("./elements/vocabulary/vocabulary.js")>("panoptic-vocabulary", ({ define }) => define());
}
