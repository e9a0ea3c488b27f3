/** The levels of groups as keys of the address: `_group=field:step:!size`. */

import { type Pair, plain, safe } from "./where.js";

export const GROUP_ORDERS = ["value", "size", "min", "max", "mean", "sum"] as const;
export type GroupOrder = (typeof GROUP_ORDERS)[number];

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

export function readGroupings(pairs: readonly Pair[]): Grouping[] {
  return pairs.filter(isGroup).map(([, value]) => {
    const [field = "", step = "", order = "", of = ""] = value.split(":");
    const name = order.replace("!", "") || "value";
    const known = GROUP_ORDERS.find((one) => one === name) ?? "value";
    return { field: plain(field), step: plain(step), order: known, descending: order.startsWith("!"), of: plain(of) };
  });
}

export function writeGrouping({ field, step, order, descending, of }: Grouping): string {
  const by = `${descending ? "!" : ""}${order === "value" ? "" : order}`;
  const parts = [safe(field), step && safe(step), by, of && safe(of)];
  while (!parts[parts.length - 1]) parts.pop();
  return parts.join(":");
}

/** The keys of an address with other groups in place of its own. */
export function replaceGroupings(pairs: readonly Pair[], groupings: readonly Grouping[]): Pair[] {
  return [...pairs.filter((pair) => !isGroup(pair)), ...groupings.map((one): Pair => ["_group", writeGrouping(one)])];
}
