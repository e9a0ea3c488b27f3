/** How the grid's scroller moves: where its content is, how fast it goes, and when it has come to rest. */

import { BigScroll } from "../../core/scroll.js";

const IDLE_MS = 140;
const FLING = 12; // pixels per millisecond: faster than thumbnails could be seen

/** A position and how much of its row is scrolled away, 0 to 1. */
export interface Place {
  readonly at: number;
  readonly share: number;
}

export class Motion {
  /** What is at the top, kept through size changes until somebody scrolls. */
  held: Place | null = null;
  /** Pixels per millisecond. */
  speed = 0;
  private readonly big = new BigScroll();
  private idle = 0;
  private lastTop = 0;
  private lastTime = 0;

  /** `moved`: draw again; `rested`: the scrolling has stopped. */
  constructor(
    private readonly scroller: HTMLElement,
    private readonly spacer: HTMLElement,
    private readonly moved: () => void,
    private readonly rested: () => void,
  ) {
    scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
  }

  /** How far the content is scrolled. */
  get top(): number {
    return this.big.top;
  }

  /** Add this to a y in the content to get its y in the spacer. */
  get shift(): number {
    return this.big.shift;
  }

  get isFlinging(): boolean {
    return this.speed > FLING;
  }

  /** Take new heights and go to `top`. */
  resize(content: number, viewport: number, top: number): void {
    const physical = this.big.resize(content, viewport, top);
    this.spacer.style.height = `${this.big.spacer}px`;
    this.scroller.scrollTop = physical;
  }

  moveTo(top: number): void {
    if (Math.round(top) === this.big.top) return;
    this.held = null;
    this.scroller.scrollTop = this.big.moveTo(top);
    this.rest();
  }

  /** When the scrolling has stopped: bring the scrollbar back, and tell. */
  rest(): void {
    clearTimeout(this.idle);
    this.idle = window.setTimeout(() => {
      this.speed = 0;
      this.settle();
      this.rested();
    }, IDLE_MS);
  }

  private scrolled(): void {
    const before = this.big.top;
    const urgent = this.big.scrolled(this.scroller.scrollTop);
    if (this.big.top !== before) this.held = null;
    if (urgent) this.settle();
    const now = performance.now();
    const speed = Math.abs(this.big.top - this.lastTop) / Math.max(1, now - this.lastTime);
    this.speed = now - this.lastTime > IDLE_MS ? 0 : 0.5 * this.speed + 0.5 * speed;
    this.lastTop = this.big.top;
    this.lastTime = now;
    this.moved();
    this.rest();
  }

  private settle(): void {
    const physical = this.big.settle();
    if (physical !== null) this.scroller.scrollTop = physical;
  }
}
