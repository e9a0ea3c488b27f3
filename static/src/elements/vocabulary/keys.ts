/** The keys of the tag tree. */

import type { Browsing } from "../../core/browsing.js";
import type { Kind } from "./dialog.js";

export interface Commands {
  rename(): void;
  ask(kind: Kind): void;
  /** Bring the current row into sight. */
  bring(): void;
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};
const QUESTIONS: Readonly<Record<string, Kind>> = { delete: "delete", m: "merge", p: "move", s: "split" };

/** Do what a key is for; false: it is for nothing here. */
export function pressKey(browsing: Browsing, event: KeyboardEvent, commands: Commands): boolean {
  const { rows } = browsing;
  const at = Math.max(0, rows.findIndex(({ key }) => key === browsing.current)); // prettier-ignore
  const row = rows[at];
  if (!row || event.altKey) return false;
  const isOpen = !row.leaf && browsing.open.has(row.key);
  const control = event.ctrlKey || event.metaKey;
  const step = STEPS[event.key];
  let next = at;
  if (step !== undefined) next = Math.min(rows.length - 1, Math.max(0, at + step));
  else if (event.key === "ArrowRight" && isOpen) next = at + 1;
  else if (event.key === "ArrowRight") row.leaf || browsing.toggle(row.key, true);
  else if (event.key === "ArrowLeft" && isOpen) browsing.toggle(row.key, false);
  else if (event.key === "ArrowLeft" && row.level > 1) next = rows.findIndex(({ key }) => row.key === `${key}/${row.tag.id}`);
  else if (event.key === " ") browsing.takeToggled(row);
  else if (event.key !== "ArrowLeft") return !control && command(event.key, commands);
  const reached = rows[next]!;
  if (reached === row) return true;
  if (event.shiftKey) browsing.takeRange(reached);
  else if (control) browsing.take(reached.key, browsing.selected);
  else browsing.takeOne(reached);
  commands.bring();
  return true;
}

function command(key: string, commands: Commands): boolean {
  const kind = QUESTIONS[key.toLowerCase()];
  if (kind) commands.ask(kind);
  else if (key === "Enter" || key === "F2") commands.rename();
  else return false;
  return true;
}
