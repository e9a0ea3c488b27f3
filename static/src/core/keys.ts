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

/** Rows of the help: what is printed on the keys (`ui.key.…`: in the page's language), then the text that says what they do. */
export const HELP: readonly (readonly [readonly string[], string])[] = [
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
  [["/"], "ui.keys.jump"],
  [["?"], "ui.keys.help"],
];
