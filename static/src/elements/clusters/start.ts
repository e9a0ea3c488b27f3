/** Brings clusters to the grid page: a button for the whole view, to headings what can be done with them, and `K` for both. */

import { queryText } from "../../core/address.js";
import type { App } from "../grid-page.js";
import { runsOf } from "../../core/clusters.js";
import { isTyping } from "../../core/image-keys.js";
import { HELP_CLUSTERS } from "../../core/keys.js";
import { ClusterDesk } from "./clusters.js";
import { buttonsForGroups, moreForGroups } from "../grid/group-tools.js";
import type { PanopticHelp } from "../dialogs/help.js";
import { type MenuItem, openMenu } from "../dialogs/menu.js";

export function startClusters(app: App): void {
  const { texts, page } = app;
  const desk = new ClusterDesk(app);
  moreForGroups.push((group, anchor) => desk.items(group, anchor));
  if (page.can_run) {
    const act = (group: number, anchor: HTMLElement): void => void desk.create(group, anchor);
    buttonsForGroups.push({ className: "cluster-group", label: texts.t("ui.cluster.create"), act });
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "text-button clusters";
  button.textContent = texts.t("ui.cluster.menu");
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    const items: MenuItem[] = [];
    if (page.can_run) items.push({ label: texts.t("ui.cluster.create_view"), act: () => void desk.create(-1, button) });
    if (runsOf(app.address.rest).some((run) => run !== null)) {
      items.push({ label: texts.t("ui.cluster.close"), act: () => desk.close() });
    }
    if (page.can_run) items.push({ label: texts.t("ui.cluster.by_tags"), act: () => location.assign(byTags(app)) });
    items.push({ label: texts.t("ui.cluster.all"), act: () => location.assign(`${page.base}/clusterings`) });
    openMenu(button, texts.t("ui.cluster.menu"), items);
  });
  const place = (): void => (app.querySelector(".panoptic-filters") ?? app.querySelector(".panoptic-bar"))?.append(button);
  window.addEventListener("keydown", (event) => pressed(event, app, desk, button));
  const help = app.querySelector<PanopticHelp>("panoptic-help");
  if (help) help.more = [...help.more, ["ui.cluster.help", HELP_CLUSTERS]];
  void app.project.fields().then(() => requestAnimationFrame(place)); // after the buttons that filter and group
}

/** `K` opens the menu of the heading that the cursor stands on, else that of the view. */
function pressed(event: KeyboardEvent, { grid, texts }: App, desk: ClusterDesk, button: HTMLElement): void {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key.toLowerCase() !== "k" || document.querySelector("dialog[open], :popover-open, [role=menu]")) return;
  event.preventDefault();
  const heading = document.getElementById(grid.groups.idOf(grid.active));
  if (!heading) return button.click();
  const anchor = heading.querySelector<HTMLElement>(".group-menu") ?? grid;
  openMenu(anchor, texts.t("ui.cluster.menu"), desk.items(grid.groups.groupOf(heading), anchor));
}

/** The page that asks how the images of this view are to be sorted by tags. */
function byTags({ page, address }: App): string {
  return `${page.base}/clusterings?${new URLSearchParams({ query: queryText(address) })}#by-tags`;
}
