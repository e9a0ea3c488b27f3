/** What a click on a value of a facet makes of the conditions: the same as the server's `web/grid/toggle.py`; see tests/cases/where.json. */

import { sameName } from "./names.js";
import { type Condition, isCombined, type Where } from "./where.js";

const LISTS = { in: ["any", "exact"], out: ["none", "not"] } as const;
const BLANKS = { in: "isblank", out: "notblank" } as const;

export type Side = keyof typeof LISTS;

export interface Chosen {
  readonly in: ReadonlySet<string>;
  readonly out: ReadonlySet<string>;
  readonly blank: Side | null;
}

const isOf = (where: Where, field: string, operators: readonly string[]): where is Condition =>
  !isCombined(where) && sameName(where.field, field) && operators.includes(where.operator);

/** The values that conditions on a field alone ask for, and those they leave out. */
export function chosenOf(wheres: readonly Where[], field: string): Chosen {
  const operands = (side: Side): Set<string> =>
    new Set(wheres.flatMap((where) => (isOf(where, field, LISTS[side]) ? where.operands : [])));
  const sides: Side[] = ["in", "out"];
  const blank = sides.find((side) => wheres.some((where) => isOf(where, field, [BLANKS[side]]))) ?? null;
  return { in: operands("in"), out: operands("out"), blank };
}

/** Ask for a value of a field, or leave it out; or take that back. Null is the absence of a value. */
export function toggled(wheres: readonly Where[], field: string, value: string | null, side: Side = "in"): Where[] {
  const other: Side = side === "in" ? "out" : "in";
  const blanks = [BLANKS.in, BLANKS.out];
  if (value === null) {
    const gone = [...blanks, ...(side === "in" ? LISTS.in : [])];
    const kept = wheres.filter((where) => !isOf(where, field, gone));
    const was = wheres.some((where) => isOf(where, field, [BLANKS[side]]));
    return was ? kept : [...kept, { field, operator: BLANKS[side], operands: [] }];
  }
  const was = chosenOf(wheres, field)[side].has(value);
  let kept = without(wheres, field, value, LISTS[was ? side : other]);
  if (was) return kept;
  kept = kept.filter((where) => !isOf(where, field, [BLANKS.in]));
  const [operator] = LISTS[side];
  const at = kept.findIndex((where) => isOf(where, field, LISTS[side]));
  if (at < 0) return [...kept, { field, operator, operands: [value] }];
  const list = kept[at] as Condition;
  return kept.with(at, { ...list, operator, operands: [...list.operands, value] });
}

function without(wheres: readonly Where[], field: string, value: string, operators: readonly string[]): Where[] {
  return wheres.flatMap<Where>((where) => {
    if (!isOf(where, field, operators)) return [where];
    const operands = where.operands.filter((operand) => operand !== value);
    return operands.length || !where.operands.length ? [{ ...where, operands }] : [];
  });
}
