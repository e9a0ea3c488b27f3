/** Where the cells of an even grid stand. Pure geometry over positions 0 … count − 1; y counts from the content's top. */

export interface Frame {
  /** Inner width of the scroller, in CSS pixels. */
  readonly width: number;
  /** Wished size of a cell; the real one is a little larger so that the rows fill the width. */
  readonly thumb: number;
  readonly gap: number;
  /** Quiet margin around the grid. */
  readonly margin: number;
  /** Height of what stands below each picture; none: nothing does. */
  readonly below?: number;
}

/** Positions [from, to). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export type Step = "left" | "right" | "up" | "down" | "pageup" | "pagedown" | "home" | "end";

export class Layout {
  readonly columns: number;
  /** Side of a cell's picture, whole pixels. */
  readonly cell: number;
  /** Height of a cell with what stands below its picture. */
  readonly tall: number;
  /** Distance from one row's top to the next one's. */
  readonly pitch: number;
  /** Distance from one column's left to the next one's. */
  readonly stride: number;
  rows: number;
  /** Of the whole content. */
  height: number;

  constructor(
    readonly count: number,
    readonly frame: Frame,
  ) {
    const { width, thumb, gap, margin, below = 0 } = frame;
    const inner = Math.max(1, width - 2 * margin);
    this.columns = Math.max(1, Math.floor((inner + gap) / (thumb + gap)));
    this.cell = Math.max(1, Math.floor((inner - gap * (this.columns - 1)) / this.columns));
    this.tall = this.cell + below;
    this.pitch = this.tall + gap;
    this.stride = this.cell + gap;
    this.rows = Math.ceil(count / this.columns);
    this.height = this.rows ? this.rows * this.pitch - gap + 2 * margin : 0;
  }

  private rowOf(position: number): number {
    return Math.floor(position / this.columns);
  }

  x(position: number): number {
    return this.frame.margin + (position % this.columns) * this.stride;
  }

  y(position: number): number {
    return this.frame.margin + this.rowOf(position) * this.pitch;
  }

  /** Stretches of positions whose rows touch the band of `height` pixels from `top`, ascending. */
  bands(top: number, height: number): Range[] {
    const { margin, gap } = this.frame;
    const first = Math.floor((top - margin + gap) / this.pitch);
    const last = Math.floor((top + height - margin - 1) / this.pitch);
    const from = Math.min(this.count, Math.max(0, first) * this.columns);
    const to = Math.min(this.count, (last + 1) * this.columns);
    return from < to ? [{ from, to }] : [];
  }

  /** The scroll offset that shows a position's row at the top, its margin above it. */
  topOf(position: number): number {
    return this.rowOf(position) * this.pitch;
  }

  /** The position to write into the URL for an offset: of the row nearest the top; at the end, one that leads there. */
  positionAt(top: number, viewport: number): number {
    const row = top >= this.height - viewport - 2 ? Math.ceil(top / this.pitch) : Math.round(top / this.pitch);
    return Math.max(0, Math.min(this.rows - 1, row)) * this.columns;
  }

  /** The smallest scroll from `top` that shows a position whole in a viewport. */
  reveal(position: number, top: number, viewport: number): number {
    const y = this.y(position);
    const { margin } = this.frame;
    if (y - margin < top) return y - margin;
    if (y + this.tall + margin > top + viewport) return y + this.tall + margin - viewport;
    return top;
  }

  /** A cursor, or what stands for it where it is hidden. */
  shown(cursor: number): number {
    return cursor;
  }

  /** Where a key leads from a position; a page is the rows that fit a viewport, less one. */
  step(position: number, step: Step, viewport: number): number {
    const page = Math.max(1, Math.floor(viewport / this.pitch) - 1) * this.columns;
    const column = position % this.columns;
    const last = this.count - 1;
    switch (step) {
      case "left":
        return Math.max(0, position - 1);
      case "right":
        return Math.min(last, position + 1);
      case "up":
        return position < this.columns ? position : position - this.columns;
      case "down":
        return this.rowOf(position) === this.rows - 1 ? position : Math.min(last, position + this.columns);
      case "pageup":
        return position - page < 0 ? column : position - page;
      case "pagedown":
        return Math.min(last, position + page);
      case "home":
        return 0;
      case "end":
        return last;
    }
  }
}
