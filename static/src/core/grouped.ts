/**
 * Where cells and headings stand in a grid with groups. The content is a list of segments: some headings, then the rows
 * of one group, or none where the last heading's group is folded. Rows never span groups. Segments cover all positions.
 *
 * In a tree a group may have cells of its own before the first group within it.
 *
 * The keyboard's cursor is a position, or a heading: `−2 − group`, so that −1 stays "nowhere".
 */

import { type Frame, Layout, type Range, type Step } from "./layout.js";
import { lastUpTo, type Outline } from "./outline.js";

/** Height of a heading. */
export const HEADING = 40;
/** Between the last row of a group and the next heading. */
const AFTER = 16;

export function headingCursor(group: number): number {
  return -2 - group;
}

/** The group of a cursor that stands on a heading; −1: it does not. */
export function groupOfCursor(cursor: number): number {
  return cursor <= -2 ? -2 - cursor : -1;
}

export class GroupedLayout extends Layout {
  /** Headings that are not hidden: their groups, ascending, and their tops. */
  readonly groups: Uint32Array;
  readonly headingTops: Float64Array;
  readonly headings: number;
  // Per segment: first position, top of its first heading, top of its first row, its rows, index of its first heading.
  private readonly firsts: Uint32Array;
  private readonly tops: Float64Array;
  private readonly bodies: Float64Array;
  private readonly rowsOf: Uint32Array;
  private readonly heads: Uint32Array;
  private readonly segments: number;

  constructor(
    count: number,
    frame: Frame,
    outline: Outline,
  ) {
    super(count, frame);
    const { length, starts, ends, folded } = outline;
    this.groups = new Uint32Array(length);
    this.headingTops = new Float64Array(length);
    this.firsts = new Uint32Array(length + 1).fill(count);
    this.tops = new Float64Array(length + 1);
    this.bodies = new Float64Array(length);
    this.rowsOf = new Uint32Array(length);
    this.heads = new Uint32Array(length + 1);
    let [y, heading, segment, total, begun] = [0, 0, 0, 0, false];
    for (let group = 0; group < length; ) {
      if (!begun) [this.tops[segment], this.heads[segment], begun] = [y, heading, true];
      this.groups[heading] = group;
      this.headingTops[heading++] = y;
      y += HEADING;
      const shut = folded[group] === 1;
      const own = outline.own(group);
      if (!shut && own === 0 && group + 1 < ends[group]!) {
        group++;
        continue;
      }
      const rows = shut ? 0 : Math.ceil(own / this.columns);
      this.firsts[segment] = starts[group]!;
      this.bodies[segment] = y;
      this.rowsOf[segment++] = rows;
      if (rows) y += rows * this.pitch - frame.gap + AFTER;
      total += rows;
      begun = false;
      group = shut ? ends[group]! : group + 1;
    }
    this.headings = this.heads[segment] = heading;
    this.segments = segment;
    this.tops[segment] = y;
    this.firsts[segment] = count;
    this.rows = total;
    this.height = length ? y + frame.margin : 0;
  }

  override x(position: number): number {
    const segment = this.segmentOf(position);
    return this.frame.margin + ((position - this.firsts[segment]!) % this.columns) * this.stride;
  }

  /** Of a hidden position: the top of the heading that hides it. */
  override y(position: number): number {
    const segment = this.segmentOf(position);
    const body = this.bodies[segment]!;
    return this.rowsOf[segment] ? body + this.rowIn(segment, position) * this.pitch : body - HEADING;
  }

  override bands(top: number, height: number): Range[] {
    const ranges: Range[] = [];
    const { pitch, columns, frame } = this;
    for (let segment = Math.max(0, this.segmentAt(top)); segment < this.segments && this.tops[segment]! < top + height; segment++) {
      const [first, body, rows] = [this.firsts[segment]!, this.bodies[segment]!, this.rowsOf[segment]!];
      const from = first + Math.max(0, Math.floor((top - body + frame.gap) / pitch)) * columns;
      const last = Math.min(rows, Math.floor((top + height - body - 1) / pitch) + 1);
      const to = Math.min(this.firsts[segment + 1]!, first + last * columns);
      if (from >= to) continue;
      const before = ranges[ranges.length - 1];
      if (before?.to === from) ranges[ranges.length - 1] = { from: before.from, to };
      else ranges.push({ from, to });
    }
    return ranges;
  }

  /** Indexes [from, to) into `groups` of the headings that touch a band. */
  headingBand(top: number, height: number): Range {
    const from = lastUpTo(this.headingTops, this.headings, top - HEADING) + 1;
    return { from, to: Math.max(from, lastUpTo(this.headingTops, this.headings, top + height - 1) + 1) };
  }

  /** The innermost group whose heading has begun to leave a view's top; −1: none has. */
  groupAt(top: number): number {
    const heading = lastUpTo(this.headingTops, this.headings, top - 1);
    return heading < 0 ? -1 : this.groups[heading]!;
  }

  /** Top of a group's heading, or of the one that hides it. */
  headingTop(group: number): number {
    return this.headingTops[lastUpTo(this.groups, this.headings, group)]!;
  }

  override topOf(position: number): number {
    const segment = this.segmentOf(position);
    return segment < 0 ? 0 : this.anchor(segment, this.rowsOf[segment] ? this.rowIn(segment, position) : 0);
  }

  override positionAt(top: number, viewport: number): number {
    const segment = this.segmentAt(top);
    if (segment < 0) return 0;
    const rows = this.rowsOf[segment]!;
    const row = Math.max(0, Math.min(rows - 1, Math.floor((top - this.bodies[segment]! + this.frame.gap) / this.pitch)));
    const here = this.anchor(segment, row);
    const [nextSegment, nextRow] = row + 1 < rows ? [segment, row + 1] : [segment + 1, 0];
    const atEnd = top >= this.height - viewport - 2;
    const next = this.anchor(nextSegment, nextRow);
    const onward = nextSegment < this.segments && here < top && (atEnd || next - top < top - here);
    return onward ? this.firsts[nextSegment]! + nextRow * this.columns : this.firsts[segment]! + row * this.columns;
  }

  override reveal(cursor: number, top: number, viewport: number): number {
    const { gap, margin } = this.frame;
    const group = groupOfCursor(cursor);
    const segment = this.segmentOf(cursor);
    const isFirst = group < 0 && this.rowsOf[segment]! > 0 && this.rowIn(segment, cursor) === 0;
    const y = group < 0 ? this.y(cursor) : this.headingTop(group);
    const bottom = y + (group < 0 && this.rowsOf[segment] ? this.tall : HEADING) + margin;
    const wished = isFirst ? this.tops[segment]! : y - gap;
    const from = bottom - wished <= viewport ? wished : y - gap; // with its headings, where they fit
    if (from < top) return Math.max(0, from);
    return bottom > top + viewport ? bottom - viewport : top;
  }

  /** The cursor itself, or where it is hidden the heading that hides it. */
  override shown(cursor: number): number {
    const group = groupOfCursor(cursor);
    if (group >= 0) return headingCursor(this.groups[lastUpTo(this.groups, this.headings, group)]!);
    const segment = this.segmentOf(cursor);
    return cursor < 0 || this.rowsOf[segment] ? cursor : headingCursor(this.groups[this.heads[segment + 1]! - 1]!);
  }

  override step(cursor: number, step: Step, viewport: number): number {
    const from = this.shown(cursor);
    switch (step) {
      case "left":
      case "right":
        return from < 0 ? this.lineStep(from, step === "left" ? -1 : 1) : this.neighbour(from, step === "left" ? -1 : 1);
      case "up":
      case "down":
        return this.lineStep(from, step === "up" ? -1 : 1);
      case "pageup":
      case "pagedown":
        return this.page(from, (step === "pageup" ? -1 : 1) * Math.max(this.pitch, viewport - this.pitch));
      case "home":
        return this.neighbour(-1, 1, headingCursor(0));
      case "end":
        return this.neighbour(this.count, -1, headingCursor(this.groups[this.headings - 1]!));
    }
  }

  /** The next cell that is shown in a direction; `otherwise` where there is none. */
  private neighbour(position: number, direction: -1 | 1, otherwise = position): number {
    const next = position + direction;
    if (next < 0 || next >= this.count) return otherwise;
    for (let segment = this.segmentOf(next); segment >= 0 && segment < this.segments; segment += direction) {
      if (!this.rowsOf[segment]) continue;
      const [first, last] = [this.firsts[segment]!, this.firsts[segment + 1]! - 1];
      return Math.min(last, Math.max(first, next));
    }
    return otherwise;
  }

  /** One line up or down: rows of cells and headings alike. */
  private lineStep(cursor: number, direction: -1 | 1): number {
    const group = groupOfCursor(cursor);
    if (group < 0) {
      const segment = this.segmentOf(cursor);
      const row = this.rowIn(segment, cursor) + direction;
      if (row >= 0 && row < this.rowsOf[segment]!) return Math.min(this.firsts[segment + 1]! - 1, cursor + direction * this.columns);
      return this.headingAt(direction < 0 ? this.heads[segment + 1]! - 1 : this.heads[segment + 1]!, cursor);
    }
    const heading = lastUpTo(this.groups, this.headings, group);
    const segment = lastUpTo(this.heads, this.segments, heading);
    if (direction > 0 && heading === this.heads[segment + 1]! - 1 && this.rowsOf[segment]) return this.firsts[segment]!;
    if (direction < 0 && heading === this.heads[segment] && segment > 0 && this.rowsOf[segment - 1]) {
      return this.firsts[segment - 1]! + (this.rowsOf[segment - 1]! - 1) * this.columns;
    }
    return this.headingAt(heading + direction, cursor);
  }

  private headingAt(heading: number, otherwise: number): number {
    return heading < 0 || heading >= this.headings ? otherwise : headingCursor(this.groups[heading]!);
  }

  private page(cursor: number, distance: number): number {
    const group = groupOfCursor(cursor);
    const y = (group < 0 ? this.y(cursor) : this.headingTop(group)) + distance;
    const segment = Math.max(0, this.segmentAt(y));
    const [first, rows] = [this.firsts[segment]!, this.rowsOf[segment]!];
    const column = group < 0 ? (cursor - this.firsts[this.segmentOf(cursor)]!) % this.columns : 0;
    const row = Math.max(0, Math.min(rows - 1, Math.floor((y - this.bodies[segment]! + this.frame.gap) / this.pitch)));
    const to = rows
      ? Math.min(this.firsts[segment + 1]! - 1, first + row * this.columns + column)
      : headingCursor(this.groups[this.heads[segment + 1]! - 1]!);
    const moved = this.before(cursor, to) === distance > 0 && to !== cursor;
    return moved ? to : this.lineStep(cursor, distance < 0 ? -1 : 1);
  }

  /** Whether one cursor stands above or before another. */
  private before(a: number, b: number): boolean {
    const y = (cursor: number): number => (cursor < 0 ? this.headingTop(groupOfCursor(cursor)) : this.y(cursor));
    return y(a) === y(b) ? a < b : y(a) < y(b);
  }

  /** The scroll offset that belongs to a segment's row: the first has its headings with it. */
  private anchor(segment: number, row: number): number {
    return row ? this.bodies[segment]! + row * this.pitch - this.frame.gap : this.tops[segment]!;
  }

  private rowIn(segment: number, position: number): number {
    return Math.floor((position - this.firsts[segment]!) / this.columns);
  }

  private segmentOf(position: number): number {
    return lastUpTo(this.firsts, this.segments, position);
  }

  private segmentAt(y: number): number {
    return lastUpTo(this.tops, this.segments, y);
  }
}
