/** The tools of the grid page: all that may come after the first pictures. A bundle of its own. */

import type { App } from "./elements/grid-page.js";
import { Arrangement } from "./elements/grid/arrangement.js";
import { startClusters } from "./elements/clusters/start.js";
import { startFacets } from "./elements/grid/facets.js";
import { startFilters } from "./elements/filters/filters.js";
import { startGroupCounts } from "./elements/grid/group-counts.js";
import { startProperties } from "./elements/vocabulary/properties.js";
import { startProposals } from "./elements/similar/start-proposals.js";
import { startAnnotating } from "./elements/start-annotating.js";
import { startInDialog } from "./elements/image/start.js";
import { startSimilar } from "./elements/similar/start.js";
import { startRun } from "./elements/start-run.js";
import { startTabs } from "./elements/start-tabs.js";

/** Bring the page's tools to life. */
export function start(app: App): void {
  new Arrangement(app);
  startGroupCounts(app);
  startFilters(app);
  startFacets(app);
  startClusters(app); // before headings are equipped
  startRun(app); // before headings and the selection are equipped
  startAnnotating(app);
  startProposals(app);
  startTabs(app);
  startSimilar(app);
  startInDialog(app);
  void startProperties(app);
}

export { startOnImage } from "./elements/image/start.js";
