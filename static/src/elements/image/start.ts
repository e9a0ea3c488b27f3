/** Brings to an image, in the dialog over the grid or on its own page, what edits it. */

import type { App } from "../grid-page.js";
import { style } from "../../core/bundles.js";
import { Project } from "../../core/project.js";
import { chosen } from "../subject.js";
import { ImageEditing } from "./editing.js";
import type { PanopticImage } from "./image.js";
import { PanopticValue } from "../value-editor.js";

export function startInDialog(app: App): void {
  const image = app.querySelector<PanopticImage>("panoptic-image");
  if (image) new ImageEditing(image, app.project, () => (app.grid.selection.count ? chosen(app) : null));
}

export async function startOnImage(image: PanopticImage, base: string, version: string): Promise<void> {
  customElements.get("panoptic-value") ?? customElements.define("panoptic-value", PanopticValue);
  await Promise.all([style("panoptic-tools"), image.texts.complete()]);
  const project = new Project(base, version);
  new ImageEditing(image, project);
  void project.watch(new AbortController().signal); // as long as the page is open
}
