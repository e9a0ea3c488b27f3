/** What the headings of groups say: a value as its field's type and the step of its grouping make it. */

import { dateGroup } from "./date-words.js";
import { readGroupings } from "./groupings.js";
import type { Texts } from "./i18n.js";
import { nameKey } from "./names.js";
import { colorWords } from "./palette.js";

export type GroupValue = string | number | null;
/** Words for a value of the grouping at a level, counted from 0. */
export type GroupLabel = (level: number, value: GroupValue) => string;

/** Return the words for the groups of a query, given its keys and the types of all fields. */
export function groupLabel(texts: Texts, keys: Iterable<readonly [string, string]>, types: Readonly<Record<string, string>>): GroupLabel {
  const byName = new Map(Object.entries(types).map(([name, type]) => [nameKey(name), type]));
  const levels = readGroupings([...keys]).map(({ field, step }) => ({ type: byName.get(nameKey(field)) ?? "text", step }));
  return (level, value) => {
    const { type = "text", step = "" } = levels[level] ?? {};
    if (value === null) return texts.t("group.none");
    if (value === "") return texts.t("group.empty");
    if (type === "checkbox") return texts.t(value ? "value.yes" : "value.no");
    if (type === "color") return colorWords(texts, String(value));
    if (type === "number" && /^[qe]/.test(step)) return between(texts, Number(value), step);
    if (type === "number" && step) return bin(texts, Number(value), Number(step));
    if (type === "date") return dateGroup(texts, step, String(value));
    return typeof value === "number" ? number(texts, value) : value;
  };
}

/** The same for whatever query is current. */
export function currentLabel(texts: Texts, current: () => Parameters<typeof groupLabel>[1], types: Readonly<Record<string, string>>): GroupLabel {
  let keys = current();
  let label = groupLabel(texts, keys, types);
  return (depth, value) => {
    if (keys !== current()) label = groupLabel(texts, (keys = current()), types);
    return label(depth, value);
  };
}

function number(texts: Texts, value: number): string {
  return Number.isInteger(value) ? texts.number(value) : value.toLocaleString(texts.language, { maximumFractionDigits: 10 });
}

/** Bins of a number of instances each, or between edges: named by their lower edge, the first by none. */
function between(texts: Texts, low: number, step: string): string {
  const edges = step.startsWith("e") ? step.slice(1).split("_").map(Number) : [];
  if (low < -1e308) return texts.t("group.under", { high: number(texts, edges[0]!) });
  const high = edges[edges.indexOf(low) + 1];
  if (!edges.length || high === undefined) return texts.t("group.from", { low: number(texts, low) });
  return texts.t("group.below", { low: number(texts, low), high: number(texts, high) });
}

/** A bin is named by its lower edge. */
function bin(texts: Texts, low: number, width: number): string {
  const whole = Number.isInteger(low) && Number.isInteger(width);
  if (whole && width === 1) return number(texts, low);
  const high = number(texts, whole ? low + width - 1 : low + width);
  return texts.t(whole ? "group.range" : "group.below", { low: number(texts, low), high });
}
