/** The levels of groups as keys of the address: `_group=field:step:!size`. */

import { escaped, readName, unescaped } from "./names.js";
import type { Pair } from "./where.js";

export const GROUP_ORDERS = ["value", "size", "min", "max", "mean", "sum"] as const;
export type GroupOrder = (typeof GROUP_ORDERS)[number];
const AGGREGATES: ReadonlySet<GroupOrder> = new Set(["min", "max", "mean", "sum"]);

export interface Grouping {
  readonly field: string;
  /** Of dates, numbers and trees; empty: the values themselves. */
  readonly step: string;
  readonly order: GroupOrder;
  readonly descending: boolean;
  /** The field that `min`, `max`, `mean` and `sum` are of; else empty. */
  readonly of: string;
}

export const isGroup = ([key]: Pair): boolean => key === "_group";

const STEPS = /^(|tree|decade|year|month|week|day|hour|minute|second|monthofyear|[qe]?[-+.0-9][-+.0-9eE_]*)$/;

export function readGroupings(pairs: readonly Pair[]): Grouping[] {
  return pairs.filter(isGroup).map(([, value]) => readGrouping(value));
}

/** A colon that no step or order follows belongs to the field's name, as for the server. */
export function readGrouping(value: string): Grouping {
  const parts = value.split(":");
  for (let end = 1; end < parts.length; end++) {
    const grouping = stepped(parts.slice(0, end).join(":"), parts.slice(end));
    if (grouping) return grouping;
  }
  return { field: readName(value), step: "", order: "value", descending: false, of: "" };
}

function stepped(field: string, [step = "", direction = "", ...rest]: readonly string[]): Grouping | null {
  const name = direction.replace("!", "") || "value";
  const order = GROUP_ORDERS.find((one) => one === name);
  const of = rest.join(":");
  const isExplicit = direction !== "" && direction !== "!";
  if (!order || !!of !== AGGREGATES.has(order) || !(isExplicit || STEPS.test(unescaped(step)))) return null;
  return { field: readName(field), step: unescaped(step), order, descending: direction.startsWith("!"), of: readName(of) };
}

export function writeGrouping({ field, step, order, descending, of }: Grouping): string {
  const by = `${descending ? "!" : ""}${order === "value" && STEPS.test(step) ? "" : order}`;
  const parts = [escaped(field), step && escaped(step), by, of && escaped(of)];
  while (!parts[parts.length - 1]) parts.pop();
  return parts.join(":");
}

/** The keys of an address with other groups in place of its own. */
export function replaceGroupings(pairs: readonly Pair[], groupings: readonly Grouping[]): Pair[] {
  return [...pairs.filter((pair) => !isGroup(pair)), ...groupings.map((one): Pair => ["_group", writeGrouping(one)])];
}
