/** The tree of groups of a view and which of them are folded, in typed arrays: 20,000 groups are no objects. */

/**
 * Depth, value (null: cells without one), first position, number of cells, the query's grouping that it is of; each group
 * before those in it. In a tree one grouping makes groups of several depths.
 */
export type GroupRow = readonly [depth: number, value: string | number | null, start: number, count: number, level: number];

export class Outline {
  readonly depths: Uint8Array;
  readonly starts: Uint32Array;
  readonly counts: Uint32Array;
  /** Index of the first group after those within a group. */
  readonly ends: Uint32Array;
  /** 1: folded. */
  readonly folded: Uint8Array;
  readonly values: readonly GroupRow[1][];
  /** The grouping, counted from 0, that each is of. */
  readonly levels: Uint8Array;

  constructor(rows: readonly GroupRow[]) {
    const { length } = rows;
    this.depths = Uint8Array.from(rows, (row) => row[0]);
    this.values = rows.map((row) => row[1]);
    this.starts = Uint32Array.from(rows, (row) => row[2]);
    this.counts = Uint32Array.from(rows, (row) => row[3]);
    this.folded = new Uint8Array(length);
    this.ends = new Uint32Array(length).fill(length);
    this.levels = Uint8Array.from(rows, (row) => row[4]);
    const open: number[] = []; // the group of each depth that is being passed
    for (let group = 0; group < length; group++) {
      while (open.length > this.depths[group]!) this.ends[open.pop()!] = group;
      open.push(group);
    }
  }

  get length(): number {
    return this.depths.length;
  }

  /** Groups of the first level. */
  get roots(): number {
    return this.depths.reduce((sum, depth) => sum + (depth ? 0 : 1), 0);
  }

  /** Cells of a group that are in none of the groups within it. */
  own(group: number): number {
    const next = group + 1;
    return next < this.ends[group]! ? this.starts[next]! - this.starts[group]! : this.counts[group]!;
  }

  toggle(group: number): void {
    this.folded[group] = this.folded[group] ? 0 : 1;
  }

  foldAll(folded: boolean): void {
    this.folded.fill(folded ? 1 : 0);
  }

  /** Fold what an earlier outline had folded: the groups of the same values below groups of the same values. */
  foldLike(before: Outline): void {
    const name = (outline: Outline, group: number): string =>
      JSON.stringify(outline.path(group).map((each) => outline.values[each]));
    const names = new Set<string>();
    before.folded.forEach((folded, group) => folded && names.add(name(before, group)));
    if (names.size) this.folded.forEach((_, group) => (this.folded[group] = names.has(name(this, group)) ? 1 : 0));
  }

  /** The group and those around it, outermost first. */
  path(group: number): number[] {
    const path = [group];
    for (let above = group - 1; this.depths[path[0]!]! > 0 && above >= 0; above--) {
      if (this.depths[above]! < this.depths[path[0]!]!) path.unshift(above);
    }
    return path;
  }

  /** Unfold whatever hides a position; true: something did. */
  uncover(position: number): boolean {
    let found = false;
    for (const group of this.path(lastUpTo(this.starts, this.length, position))) {
      if (this.folded[group]) found = true;
      this.folded[group] = 0;
    }
    return found;
  }
}

/** Index of the last of ascending numbers that is not above a value; −1: all are. */
export function lastUpTo(numbers: ArrayLike<number>, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
