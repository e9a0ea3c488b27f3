/** The live cells of the grid: recycles them as the band moves and paints a bounded number of thumbnails a frame. */

import type { Layout, Range } from "../../core/layout.js";
import type { Selection } from "../../core/selection.js";
import type { Size, Thumb, Thumbs } from "../../core/thumbs.js";
import type { View } from "../../core/view.js";

const REBASE = 50_000; // cards stand near their stage's origin: 32-bit floats are exact to a pixel there
const SLOW_FRAME_MS = 24;
const MOST_PAINTS = 48;

/** Where the cards lead. */
export interface Hrefs {
  image(imageId: number, id: number): string;
  position(position: number): string;
}

/** One cell's DOM, reused for position after position: a card, or a row of a table. */
export interface Slot {
  readonly element: HTMLElement;
  readonly position: number;
  /** Undefined while the view's record is not here. */
  readonly id: number | undefined;
  readonly thumb: Thumb | undefined;
  /** Its thumbnail has the size that is wanted. */
  settled: boolean;
  /** Id of the element that the keyboard's cursor is on when it is here. */
  readonly pointed: string;
  /** Stand for another position, empty; `href` leads there until more is known. */
  assign(position: number, count: number, href: string): void;
  place(x: number, y: number, side: number): void;
  /** Show the mean colour in the image's shape. */
  preset(id: number, look: number): void;
  /** `stacked`: it stands for all instances of the image. */
  show(thumb: Thumb, href: string, stacked: boolean): void;
  mark(selected: boolean, active: boolean): void;
  /** Whether a point of the window is in the corner that selects. */
  picks(x: number, y: number): boolean;
}

export class Pool<Cell extends Slot = Slot> {
  readonly cards = new Map<number, Cell>();
  private readonly free: Cell[] = [];
  private made = 0;
  /** Content y of the stage's top. */
  origin = 0;
  private role = "option";
  private offset = Number.NaN;
  private size: Size = "grid";
  /** Whether a picture has been shown. */
  shows = false;
  private paints = MOST_PAINTS;
  private lastFrame = 0;

  constructor(
    private readonly stage: HTMLElement,
    private readonly create: (slot: number) => Cell,
    private readonly hrefs: Hrefs,
  ) {}

  /** Let go of every card: the view has changed. */
  empty(): void {
    for (const card of this.cards.values()) this.free.push(card);
    this.cards.clear();
  }

  /** Leave the stage to another pool. */
  leave(): void {
    this.empty();
    for (const card of this.free) card.element.hidden = true;
    this.offset = Number.NaN;
  }

  /** What a card is to assistive technology: an option of a list, a leaf of a tree of groups, a row. */
  setRole(role: "option" | "treeitem" | "row"): void {
    if (role === this.role) return;
    this.role = role;
    for (const card of [...this.cards.values(), ...this.free]) card.element.setAttribute("role", role);
  }

  /** Make the cards those of some stretches; `shift` turns a content y into one in the spacer. */
  cover(layout: Layout, ranges: readonly Range[], top: number, shift: number): void {
    for (const [position, card] of this.cards) {
      if (ranges.some(({ from, to }) => position >= from && position < to)) continue;
      this.cards.delete(position);
      this.free.push(card);
    }
    if (Math.abs(top - this.origin) > REBASE) {
      this.origin = top;
      for (const card of this.cards.values()) this.place(card, layout);
    }
    const offset = this.origin + shift;
    if (offset !== this.offset) this.stage.style.transform = `translateY(${offset}px)`;
    this.offset = offset;
    for (const { from, to } of ranges) {
      for (let position = from; position < to; position++) {
        if (this.cards.has(position)) continue;
        const card = this.free.pop() ?? this.make();
        if (card.element.hidden) card.element.hidden = false;
        card.assign(position, layout.count, this.hrefs.position(position));
        this.place(card, layout);
        this.cards.set(position, card);
      }
    }
    for (const card of this.free) if (!card.element.hidden) card.element.hidden = true;
  }

  /** Stand every card anew: the cells have another size. */
  placeAll(layout: Layout): void {
    for (const card of this.cards.values()) this.place(card, layout);
  }

  /** The card that an element belongs to. */
  cardOf(target: EventTarget | null): Cell | undefined {
    if (!(target instanceof Node) || !this.stage.contains(target)) return undefined;
    for (const card of this.cards.values()) if (card.element.contains(target)) return card;
    return undefined;
  }

  mark(selection: Selection, active: number): void {
    for (const card of this.cards.values()) card.mark(selection.has(card.position), card.position === active);
  }

  /** Fill in colours and thumbnails that are here. True: more are here than one frame should paint. */
  paint(view: View, thumbs: Thumbs, size: Size, placeholders: boolean): boolean {
    let left = placeholders ? 0 : this.allowance();
    let more = false;
    for (const card of this.cards.values()) {
      if (card.id === undefined) {
        const id = view.id(card.position);
        const look = view.look(card.position);
        if (id === undefined || look === undefined) continue;
        card.preset(id, look);
      }
      if (placeholders || (card.settled && size === this.size)) continue;
      const thumb = thumbs.get(card.id!, size);
      if (!thumb || (card.settled = thumb.url === card.thumb?.url && thumbs.has(card.id!, size))) continue;
      if (thumb.url === card.thumb?.url) continue;
      if (left === 0) more = true;
      else {
        card.show(thumb, this.hrefs.image(thumb.image_id, thumb.id), view.header.mode === "images");
        left--;
        this.shows = true;
      }
    }
    this.size = size;
    return more;
  }

  /** Ids of the live cards, those nearest to the middle of the viewport first. */
  nearestFirst(layout: Layout, middle: number): number[] {
    const known = [...this.cards.values()].filter((card) => card.id !== undefined);
    const far = (card: Cell): number => Math.abs(layout.y(card.position) + layout.cell / 2 - middle);
    return known.sort((a, b) => far(a) - far(b) || a.position - b.position).map((card) => card.id!);
  }

  /** How many thumbnails this frame may start to decode: halved by a slow frame, won back by quick ones. */
  private allowance(): number {
    const now = performance.now();
    const slow = now - this.lastFrame > SLOW_FRAME_MS && now - this.lastFrame < 200; // longer: there was no frame to draw
    this.lastFrame = now;
    this.paints = slow ? Math.max(6, this.paints >> 1) : Math.min(MOST_PAINTS, this.paints + 4);
    return this.paints;
  }

  private place(card: Cell, layout: Layout): void {
    card.place(layout.x(card.position), layout.y(card.position) - this.origin, layout.cell);
  }

  private make(): Cell {
    const card = this.create(this.made++);
    card.element.setAttribute("role", this.role);
    this.stage.append(card.element);
    return card;
  }
}
