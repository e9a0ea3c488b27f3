/** Brings to the grid page what annotates, for those who may; the view is kept true to the project for everybody. */

import type { App } from "./grid-page.js";
import { HELP_EDIT } from "../core/keys.js";
import { Annotating } from "./annotate.js";
import { equipBar } from "./filters/edit-bar.js";
import { equipGroups } from "./grid/group-tools.js";
import type { PanopticHelp } from "./dialogs/help.js";
import { Live } from "./live.js";
import type { PanopticSelection } from "./selection-bar.js";
import { SelectionTools } from "./selection-tools.js";

export function startAnnotating(app: App): void {
  const live = new Live(app);
  if (!app.page.can_edit) return;
  const annotating = new Annotating(app);
  app.querySelector<PanopticSelection>("panoptic-selection")!.tools = new SelectionTools(annotating).element;
  const help = app.querySelector<PanopticHelp>("panoptic-help")!;
  help.more = [...help.more, ["ui.keys.editing", HELP_EDIT]];
  equipGroups(app, annotating);
  equipBar(annotating, live);
}
