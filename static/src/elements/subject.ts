/** What an annotation is about to be of: the selection, a group, one cell, or all that the view finds. */

import { queryText, withQuery } from "../core/address.js";
import { getBuffer } from "../core/api.js";
import type { App } from "./grid-page.js";
import { decodeRecords, WORDS_PER_RECORD } from "../core/codec.js";
import { groupOfCursor } from "../core/grouped.js";
import type { Range } from "../core/layout.js";
import type { Target } from "../core/project.js";

export interface Subject {
  readonly target: Target;
  /** Cells, or positions of cells where one stands in several groups. */
  readonly count: number;
  /** In words: "12 instances". */
  readonly title: string;
  /** Null: everything. */
  readonly ranges: readonly Range[] | null;
}

/** What is selected, else what the cursor stands on: a group's heading means the group. Null: nothing. */
export function chosen(app: App): Subject | null {
  const { selection, active } = app.grid;
  if (selection.count) return within(app, selection.ranges, selection.count);
  if (active >= 0) return within(app, [{ from: active, to: active + 1 }], 1);
  return active < -1 ? groupSubject(app, groupOfCursor(active)) : null;
}

/** The cells below a heading. */
export function groupSubject(app: App, group: number): Subject | null {
  const { outline } = app.grid.groups;
  if (!outline || group < 0 || group >= outline.length) return null;
  const [from, count] = [outline.starts[group]!, outline.counts[group]!];
  return within(app, [{ from, to: from + count }], count);
}

/** All that the view finds, also what others add to it meanwhile. */
export function everything(app: App): Subject {
  const count = app.view?.header[app.address.mode] ?? 0; // in groups, a cell may stand more than once
  return { target: { query: queryText(app.address) }, count, title: titleOf(app, count), ranges: null };
}

function within(app: App, ranges: readonly Range[], count: number): Subject | null {
  if (!app.view) return null;
  const positions = ranges.map(({ from, to }) => [from, to] as const);
  const target = { query: queryText(app.address), positions, version: app.view.header.version };
  return { target, count, title: titleOf(app, count), ranges };
}

function titleOf({ texts, address }: App, count: number): string {
  return texts.count(address.mode === "images" ? "counts.images" : "counts.instances", count);
}

/** The ids of the cells of a subject; null where there are more than `most`, or some are not here yet. */
export function idsOf(app: App, { ranges, count }: Subject, most: number): number[] | null {
  if (!ranges || !app.view || count > most) return null;
  const ids = new Set<number>();
  for (const { from, to } of ranges) {
    for (let position = from; position < to; position++) {
      const id = app.view.id(position);
      if (id === undefined) return null;
      ids.add(id);
    }
  }
  return [...ids];
}

/** The ids of the cells from one position to before another, also of those that were never on the screen. */
export async function idsAt({ view, page, address }: App, from: number, to: number): Promise<number[]> {
  const known = Array.from({ length: to - from }, (_, at) => view!.id(from + at));
  if (known.every((id) => id !== undefined)) return known as number[];
  const range = new URLSearchParams({ _from: `${from}`, _to: `${to}`, _version: view!.header.version });
  const records = decodeRecords(await getBuffer(withQuery(withQuery(page.view_url, queryText(address)), `${range}`)));
  return known.map((_, at) => records[at * WORDS_PER_RECORD]!);
}
