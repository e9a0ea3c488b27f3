/** Ways to image suggestions: the menu of a group, an address that asks for them; and to values that machines wrote. */

import { reasonOf } from "../../core/api.js";
import type { App } from "../grid-page.js";
import { readGroupings } from "../../core/groupings.js";
import { HELP_RECOMMEND } from "../../core/keys.js";
import type { Property } from "../../core/project.js";
import { groupAt, groupOfHash } from "../../core/proposals.js";
import { chosen } from "../subject.js";
import { moreForGroups } from "../grid/group-tools.js";
import type { PanopticHelp } from "../dialogs/help.js";
import { Proposals } from "./proposals.js";
import type { PanopticSelection } from "../selection-bar.js";
import { Toast } from "../toast.js";

export function startProposals(app: App): void {
  if (!app.page.can_edit) return;
  const { texts, grid, project } = app;
  const toast = new Toast(app, texts);
  const proposals = new Proposals(app, toast);
  let properties: readonly Property[] = [];
  const learn = (): void => void project.properties().then((found) => (properties = found), () => undefined);
  project.addEventListener("change", learn);
  learn();
  moreForGroups.push((group) => {
    const named = grid.groups.outline ? groupAt(grid.groups.outline, group, readGroupings(app.address.rest), properties) : [];
    return named.length ? [{ label: texts.t("ui.recommend"), act: () => proposals.open(named) }] : [];
  });
  const asked = (): void => {
    const group = groupOfHash(location.hash);
    if (group) proposals.open(group);
  };
  window.addEventListener("hashchange", asked);
  asked();
  offerCheck(app, toast);
  const help = app.querySelector<PanopticHelp>("panoptic-help");
  if (help) help.more = [...help.more, ["ui.recommend", HELP_RECOMMEND]];
}

/** In a view of unchecked values, a button in the selection bar says that somebody has looked at them. */
function offerCheck(app: App, toast: Toast): void {
  const { texts } = app;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = texts.t("ui.recommend.check");
  const check = async (): Promise<void> => {
    const subject = chosen(app);
    if (!subject) return;
    try {
      const { changed } = await app.project.write("check", subject.target);
      toast.show(texts.count("ui.recommend.checked", changed));
    } catch (error) {
      toast.show(texts.t("ui.failed", { reason: reasonOf(error) }));
    }
  };
  button.addEventListener("click", () => void check());
  const show = (): void => void (button.hidden = !app.address.rest.some(([key]) => key.toLowerCase().split("__")[0] === "unchecked"));
  app.querySelector<PanopticSelection>("panoptic-selection")?.tools?.querySelector(".more")?.append(button);
  app.addEventListener("app-address", show);
  show();
}
