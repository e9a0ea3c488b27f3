/** Brings to the grid page its saved views, its SQL, and the way from a selection to a view of it alone. */

import { DEFAULT_ADDRESS } from "../core/address.js";
import { postJson } from "../core/api.js";
import type { App } from "./grid-page.js";
import { isTyping } from "../core/image-keys.js";
import { HELP_SAVING, HELP_TABS } from "../core/keys.js";
import { chosen } from "./subject.js";
import type { PanopticHelp } from "./dialogs/help.js";
import type { PanopticSelection } from "./selection-bar.js";
import { openSql } from "./dialogs/sql-panel.js";
import { TabActions } from "./tab-actions.js";
import { PanopticTabs } from "./tabs.js";
import { WithinChip } from "./filters/within-chip.js";

export function startTabs(app: App): void {
  customElements.define("panoptic-tabs", PanopticTabs);
  const tabs = app.querySelector<PanopticTabs>("panoptic-tabs");
  if (!tabs) return;
  const actions = new TabActions(app);
  const draw = (): void => tabs.requestUpdate();
  void actions.read().then(() => {
    tabs.actions = actions; // until then, the server's links stand
    tabs.texts = app.texts;
  });
  actions.addEventListener("tabs", draw);
  for (const name of ["app-view", "app-layout", "app-address"]) app.addEventListener(name, draw);
  new WithinChip(app);
  if (self !== top) leaveFrame(app);
  tabs.addEventListener("tabs-sql", () => void openSql(app));
  window.addEventListener("keydown", (event) => pressed(event, app, tabs));
  const help = app.querySelector<PanopticHelp>("panoptic-help");
  if (help) help.more = [...help.more, ["tabs.title", app.page.can_edit ? [...HELP_TABS, ...HELP_SAVING] : HELP_TABS]];
  if (app.page.can_edit) offerSelection(app, actions);
}

/** In half of a split view, the project's other pages take the whole window. */
function leaveFrame(app: App): void {
  for (const link of app.querySelectorAll<HTMLAnchorElement>(".panoptic-foot a")) link.target = "_top";
}

function pressed(event: KeyboardEvent, app: App, tabs: PanopticTabs): void {
  if (event.defaultPrevented || event.repeat || isTyping(event.target)) return;
  if (document.querySelector("dialog[open], [role=menu]")) return;
  // Many keyboards have brackets on their third level only, which browsers tell as Ctrl and Alt.
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === "[") tabs.step(-1);
  else if (event.key === "]") tabs.step(1);
  else if (isPlain && event.key.toLowerCase() === "w") void tabs.save();
  else if (isPlain && event.key.toLowerCase() === "q") void openSql(app);
  else return;
  event.preventDefault();
}

/** A button that goes to a view of what is selected, and nothing else. */
function offerSelection(app: App, actions: TabActions): void {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = app.texts.t("ui.only_these");
  button.addEventListener("click", () => void onlyThese(app, actions));
  app.querySelector<PanopticSelection>("panoptic-selection")?.tools?.querySelector(".more")?.append(button);
}

async function onlyThese(app: App, actions: TabActions): Promise<void> {
  const subject = chosen(app);
  if (!subject) return;
  const { mode, sorts, thumb, layout, language } = app.address;
  const kept = await actions.tried(() => postJson<{ id: number }>(`${app.page.base}/selections`, subject.target));
  if (!kept) return;
  const rest = [["_in", String(kept.id)]] as const;
  location.assign(app.links.grid({ ...DEFAULT_ADDRESS, mode, sorts, thumb, layout: { ...layout, _tab: "" }, language, rest }));
}
