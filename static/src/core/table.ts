/** The columns of a table, and rectangles of its cells. The first column, 0, holds the images; those after it are numbered from 1. */

import type { FieldType, Property } from "./project.js";

export interface Column {
  readonly field: Property;
  readonly width: number;
  /** Whether its values can be changed here. */
  readonly editable: boolean;
}

/** Of the images' column. */
export const FIRST_WIDTH = 260;
/** The same where there is little room. */
export const FIRST_NARROW = 132;
export const NARROWEST = 56;
const WIDEST = 1200;
const WIDTHS: Readonly<Record<FieldType, number>> = {
  text: 220, number: 110, date: 130, tag: 160, multi_tags: 220, url: 180, color: 110, checkbox: 90, // prettier-ignore
};

/** Widths that somebody has given to columns, by name. */
export type Widths = Readonly<Record<string, number>>;

export function columnsOf(fields: readonly Property[], widths: Widths, editable: (field: Property) => boolean): Column[] {
  return fields.map((field) => ({ field, width: clampWidth(widths[field.name] ?? WIDTHS[field.type]), editable: editable(field) }));
}

export function clampWidth(width: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, Math.round(width)));
}

/** A list with one of its items moved to another place. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, at) => at !== from);
  return [...rest.slice(0, to), list[from]!, ...rest.slice(to)];
}

/** Where an item goes that is dropped at x: before the first column whose middle is further right. */
export function dropAt(widths: readonly number[], from: number, x: number): number {
  let left = 0;
  let to = 0;
  widths.forEach((width, at) => {
    if (at !== from && left + width / 2 < x) to++;
    left += width;
  });
  return to;
}

/** A cell: its row is a position in the view. */
export interface Spot {
  readonly row: number;
  readonly column: number;
}

/** A rectangle of cells, ends included. */
export interface Area {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export function areaOf(a: Spot, b: Spot): Area {
  return {
    top: Math.min(a.row, b.row),
    bottom: Math.max(a.row, b.row),
    left: Math.min(a.column, b.column),
    right: Math.max(a.column, b.column),
  };
}

export const cellsOf = ({ top, bottom, left, right }: Area): number => (bottom - top + 1) * (right - left + 1);

/** The cells next to one in reading order; null: there is none. */
export function neighbour({ row, column }: Spot, step: 1 | -1, columns: number, rows: number): Spot | null {
  const at = column + step;
  if (at >= 1 && at <= columns) return { row, column: at };
  const next = row + step;
  return next < 0 || next >= rows ? null : { row: next, column: step > 0 ? 1 : columns };
}

/** What is pasted where: each text with its cell. A single text fills the whole area. */
export function spread(texts: readonly (readonly string[])[], area: Area, columns: number, rows: number): [Spot, string][] {
  const isOne = texts.length === 1 && texts[0]!.length === 1;
  const spots: [Spot, string][] = [];
  const [high, wide] = isOne ? [area.bottom - area.top + 1, area.right - area.left + 1] : [texts.length, 0];
  for (let down = 0; down < high && area.top + down < rows; down++) {
    const line = isOne ? Array<string>(wide).fill(texts[0]![0]!) : texts[down]!;
    line.forEach((text, across) => {
      const column = area.left + across;
      if (column <= columns) spots.push([{ row: area.top + down, column }, text]);
    });
  }
  return spots;
}
