/** Brings actions to the grid page: **Run** for a group, for what is selected, and for all that the view finds. */

import type { App } from "./grid-page.js";
import { chosen, everything, groupSubject } from "./subject.js";
import { moreForAll } from "./filters/edit-bar.js";
import { buttonsForGroups, moreForGroups } from "./grid/group-tools.js";
import { RunDesk } from "./run.js";
import { buttonsForSelection } from "./selection-tools.js";

export function startRun(app: App): void {
  if (!app.page.can_run) return;
  const desk = new RunDesk(app);
  const label = app.texts.t("ui.run");
  const group = (at: number, anchor: HTMLElement): void => void desk.run(groupSubject(app, at), anchor, desk.path(at));
  const all = (anchor: HTMLElement): void => void desk.run(everything(app), anchor);
  buttonsForGroups.push({ className: "run-group", label, act: group });
  moreForGroups.push((at, anchor) => [{ label, act: () => group(at, anchor) }]);
  buttonsForSelection.push({ label, act: (anchor) => void desk.run(chosen(app), anchor) });
  moreForAll.push((anchor) => [{ label, act: () => all(anchor) }]);
  if (!app.page.can_edit) offer(app, label, all);
}

/** Who may not annotate has none of those menus. */
function offer(app: App, label: string, act: (button: HTMLElement) => void): void {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "text-button run";
  button.textContent = label;
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => act(button));
  const place = (): void => (app.querySelector(".panoptic-filters") ?? app.querySelector(".panoptic-bar"))?.append(button);
  void app.project.fields().then(() => requestAnimationFrame(place)); // after the buttons that filter and group
}
