/**
 * Scroll content of any height through a scroller whose height browsers cap (16 to 33 million pixels).
 *
 * The scroller's spacer is never taller than `limit`. Small moves (wheel, keys, touch) go 1:1, so that every pixel of
 * the content can be reached; large ones (dragging the scrollbar) are proportional. Near both ends the two scales are
 * the same, so that nobody runs into an end too early. Small moves far from the ends make the two drift apart;
 * `settle` brings the scrollbar back when the scrolling has stopped.
 */

export const SPACER_LIMIT = 8_000_000; // whole pixels are exact in the compositor's 32-bit floats, also at two per CSS pixel

const JUMP = 2_000; // one pixel of a scrollbar is more, one frame of any wheel or fling is less

export class BigScroll {
  /** Offset into the content, exact. */
  top = 0;
  /** The scroller's scrollTop that belongs to it. */
  physical = 0;
  private content = 0;
  private viewport = 0;
  private expected: number | null = null;

  constructor(private readonly limit = SPACER_LIMIT) {}

  /** Height to give the element inside the scroller. */
  get spacer(): number {
    return Math.min(this.content, this.limit);
  }

  get maximum(): number {
    return Math.max(0, this.content - this.viewport);
  }

  /** Add this to a y in the content to get its y in the spacer. */
  get shift(): number {
    return this.physical - this.top;
  }

  /** Take new sizes and go to `top`; returns the scrollTop to set, once the spacer has its new height. */
  resize(content: number, viewport: number, top = this.top): number {
    this.content = content;
    this.viewport = viewport;
    return this.moveTo(top);
  }

  /** Go exactly there; returns the scrollTop to set. */
  moveTo(top: number): number {
    this.top = Math.round(Math.min(this.maximum, Math.max(0, top)));
    this.physical = Math.round(this.toPhysical(this.top));
    this.expected = this.physical;
    return this.physical;
  }

  /** Take a scroll event. True: call `settle` now, an end of the spacer is near. */
  scrolled(physical: number): boolean {
    const echo = this.expected !== null && Math.abs(physical - this.expected) <= 1; // browsers round to device pixels
    this.expected = null;
    const move = physical - this.physical;
    this.physical = physical;
    if (echo) return false;
    const end = this.physicalEnd;
    if (physical <= 0) this.top = 0;
    else if (physical >= end - 1) this.top = this.maximum;
    else if (Math.abs(move) <= JUMP) this.top = Math.min(this.maximum, Math.max(0, this.top + move));
    else this.top = Math.round(this.toContent(physical));
    return this.drifted && Math.min(physical, end - physical) < this.zone / 4;
  }

  /** Bring the scrollbar to where the content is; returns the scrollTop to set, or null where nothing drifted. */
  settle(): number | null {
    if (!this.drifted) return null;
    return this.moveTo(this.top);
  }

  private get drifted(): boolean {
    return Math.abs(this.toPhysical(this.top) - this.physical) > 1;
  }

  private get physicalEnd(): number {
    return Math.max(0, this.spacer - this.viewport);
  }

  /** Height at each end where the two scales are the same. */
  private get zone(): number {
    return this.limit / 8;
  }

  private get slope(): number {
    return (this.maximum - 2 * this.zone) / (this.physicalEnd - 2 * this.zone);
  }

  private toContent(physical: number): number {
    const { zone, physicalEnd: end } = this;
    if (this.content <= this.limit || physical <= zone) return physical;
    if (physical >= end - zone) return this.maximum - (end - physical);
    return zone + (physical - zone) * this.slope;
  }

  private toPhysical(top: number): number {
    const { zone, physicalEnd: end } = this;
    if (this.content <= this.limit || top <= zone) return top;
    if (top >= this.maximum - zone) return end - (this.maximum - top);
    return zone + (top - zone) / this.slope;
  }
}
