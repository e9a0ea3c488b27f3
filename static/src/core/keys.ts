/** The keys of the grid and what they do: one table for the listener and for the help. */

import type { Step } from "./layout.js";

export type Action = "open" | "toggle" | "all" | "clear" | "bigger" | "smaller" | "help";

export type Command =
  | { readonly kind: "step"; readonly step: Step; readonly extend: boolean }
  | { readonly kind: "action"; readonly action: Action };

const STEPS: Readonly<Record<string, Step>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  PageUp: "pageup",
  PageDown: "pagedown",
  Home: "home",
  End: "end",
};

const ACTIONS: Readonly<Record<string, Action>> = {
  Enter: "open",
  o: "open",
  O: "open",
  " ": "toggle",
  Escape: "clear",
  "+": "bigger",
  "=": "bigger",
  "-": "smaller",
  "?": "help",
};

type KeyLike = Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "metaKey" | "altKey">;

/** What a key press asks of the grid; null: nothing, leave it to the browser. */
export function commandOf(event: KeyLike): Command | null {
  if (event.altKey) return null;
  const control = event.ctrlKey || event.metaKey;
  if (control && (event.key === "a" || event.key === "A")) return { kind: "action", action: "all" };
  const step = STEPS[event.key];
  if (step && (!control || step === "home" || step === "end")) return { kind: "step", step, extend: event.shiftKey };
  const action = ACTIONS[event.key];
  return action && !control ? { kind: "action", action } : null;
}

export type HelpRows = readonly (readonly [readonly string[], string])[];

/** Rows of the help: what is printed on the keys (`ui.key.…`: in the page's language), then the text that says what they do. */
export const HELP: HelpRows = [
  [["←", "→", "↑", "↓"], "ui.keys.move"],
  [["ui.key.pageup", "ui.key.pagedown"], "ui.keys.page"],
  [["ui.key.home", "ui.key.end"], "ui.keys.ends"],
  [["O", "ui.key.enter"], "ui.keys.open"],
  [["←", "→"], "ui.keys.neighbours"],
  [["ui.key.escape"], "ui.keys.escape"],
  [["ui.key.enter", "←", "→"], "ui.keys.group"],
  [["ui.key.space"], "ui.keys.toggle"],
  [["ui.key.shift"], "ui.keys.range"],
  [["Ctrl A"], "ui.keys.all"],
  [["+", "−"], "ui.keys.size"],
  [["Ctrl"], "ui.keys.peek"],
  [["F"], "ui.keys.filter"],
  [["G"], "ui.keys.group_by"],
  [["X"], "ui.keys.search"],
  [["/"], "ui.keys.jump"],
  [["?"], "ui.keys.help"],
];

/** Saved views: for everybody, and for those who may change them. */
export const HELP_TABS: HelpRows = [
  [["[", "]"], "ui.keys.tabs"],
  [["Q"], "ui.keys.sql"],
];
export const HELP_SAVING: HelpRows = [
  [["W"], "ui.keys.save_view"],
  [["F2", "Alt ←", "Alt →", "ui.key.delete"], "ui.keys.tab"],
];

/** By what pictures show. */
export const HELP_SIMILAR: HelpRows = [
  [["M"], "ui.keys.similar"],
  [["~"], "ui.keys.similar_text"],
  [["Ctrl V"], "ui.keys.paste"],
];

/** Clusters of the view, or of the group that the cursor stands on. */
export const HELP_CLUSTERS: HelpRows = [[["K"], "ui.keys.clusters"]];

/** Image suggestions, while their panel has the focus. */
export const HELP_RECOMMEND: HelpRows = [
  [["Y"], "ui.recommend.accept"],
  [["N"], "ui.recommend.refuse"],
  [["ui.key.space"], "ui.recommend.select"],
  [["U"], "ui.recommend.uncertain"],
  [["Z"], "ui.undo"],
];

/** For those who may annotate. */
export const HELP_EDIT: HelpRows = [
  [["T"], "ui.keys.tag"],
  [["S"], "ui.keys.stamp"],
  [["1", "…", "9"], "ui.keys.favourite"],
  [["ui.key.shift", "1"], "ui.keys.unfavourite"],
  [["Alt", "1"], "ui.keys.bind"],
  [["Z", "Ctrl Z"], "ui.keys.undo"],
  [["ui.key.shift", "Z"], "ui.keys.redo"],
];

/** The table, and values below the cards. */
export const HELP_TABLE: HelpRows = [
  [["V"], "ui.keys.view"],
  [["E"], "ui.keys.edit"],
  [["ui.key.enter", "F2"], "ui.keys.cell"],
  [["Tab"], "ui.keys.next_cell"],
  [["ui.key.shift", "↓", "→"], "ui.keys.cells"],
  [["Ctrl C", "Ctrl V"], "ui.keys.sheet"],
  [["Ctrl", "ui.key.enter"], "ui.keys.fill"],
  [["ui.key.delete"], "ui.keys.erase"],
];
