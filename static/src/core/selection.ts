/** A selection: sorted, disjoint, non-touching ranges of positions in one view. Never a list of ids. Values are immutable. */

import type { Range } from "./layout.js";

export class Selection {
  static readonly none = new Selection([]);

  private constructor(readonly ranges: readonly Range[]) {}

  static of(from: number, to: number): Selection {
    return from < to ? new Selection([{ from, to }]) : Selection.none;
  }

  get count(): number {
    return this.ranges.reduce((sum, range) => sum + range.to - range.from, 0);
  }

  has(position: number): boolean {
    const range = this.ranges[this.after(position) - 1];
    return range !== undefined && position < range.to;
  }

  add(from: number, to: number): Selection {
    if (from >= to) return this;
    const before = this.ranges.filter((range) => range.to < from);
    const behind = this.ranges.filter((range) => range.from > to);
    const touched = this.ranges.slice(before.length, this.ranges.length - behind.length);
    const merged = {
      from: Math.min(from, touched[0]?.from ?? from),
      to: Math.max(to, touched[touched.length - 1]?.to ?? to),
    };
    return new Selection([...before, merged, ...behind]);
  }

  remove(from: number, to: number): Selection {
    if (from >= to) return this;
    const kept: Range[] = [];
    for (const range of this.ranges) {
      if (range.from < Math.min(range.to, from)) kept.push({ from: range.from, to: Math.min(range.to, from) });
      if (Math.max(range.from, to) < range.to) kept.push({ from: Math.max(range.from, to), to: range.to });
    }
    return new Selection(kept);
  }

  toggle(position: number): Selection {
    return this.has(position) ? this.remove(position, position + 1) : this.add(position, position + 1);
  }

  /** Number of ranges that start at or before a position. */
  private after(position: number): number {
    let low = 0;
    let high = this.ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ranges[middle]!.from <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
