/**
 * One cell of the grid: DOM that is reused for position after position. Two elements only, the size of the picture, not of
 * the cell; the circle that selects and the number of copies are drawn by the style sheet. Each attribute is written when
 * it changes and never otherwise: setting it again costs a frame as much as changing it.
 */

import { aspectOf, colorOf, isTransparent, MAT } from "../../core/codec.js";
import type { Thumb } from "../../core/thumbs.js";
import type { Slot } from "./pool.js";

export interface CardTexts {
  /** What a screen reader says before the thumbnail is here. */
  readonly label: (position: number) => string;
  readonly copies: (n: number) => string;
  readonly number: (n: number) => string;
}

/** Side of the corner that selects, in pixels. */
const PICK = 34;
const SMALLEST = 8;

export class Card implements Slot {
  readonly element = document.createElement("a");
  position = -1;
  id: number | undefined;
  thumb: Thumb | undefined;
  settled = false;
  private readonly image = document.createElement("img");
  private look: number | undefined;
  private box = { left: 0, top: 0, width: 0, height: 0 };
  private cell = { x: 0, y: 0, side: 0 };
  private selected: boolean | null = null;
  private active = false;
  private count = 0;

  constructor(
    slot: number,
    private readonly texts: CardTexts,
  ) {
    this.element.id = `panoptic-card-${slot}`;
    this.element.className = "card";
    this.element.tabIndex = -1;
    this.element.draggable = false;
    this.image.alt = "";
    this.image.decoding = "async";
    this.image.draggable = false;
    this.element.append(this.image);
  }

  get pointed(): string {
    return this.element.id;
  }

  assign(position: number, count: number, href: string): void {
    if (count !== this.count) this.element.setAttribute("aria-setsize", String(count));
    this.count = count;
    this.position = position;
    this.id = undefined;
    this.look = undefined;
    if (this.thumb) {
      this.image.removeAttribute("src");
      this.element.removeAttribute("title");
      if (this.element.dataset.copies) delete this.element.dataset.copies;
      this.thumb = undefined;
    }
    this.element.href = href; // never none: a link more or less is another style
    this.settled = false;
    this.element.setAttribute("aria-posinset", String(position + 1));
    this.element.setAttribute("aria-label", this.texts.label(position));
  }

  place(x: number, y: number, side: number): void {
    this.cell = { x, y, side };
    this.fit();
  }

  preset(id: number, look: number): void {
    this.id = id;
    this.look = look;
    this.element.style.backgroundColor = colorOf(look);
    this.fit();
  }

  show(thumb: Thumb, href: string, stacked: boolean): void {
    this.image.src = thumb.url;
    if (isTransparent(thumb)) this.element.style.backgroundColor = MAT;
    this.thumb = thumb;
    this.fit();
    const copies = !stacked || thumb.copies < 2 ? [] : [this.texts.copies(thumb.copies)];
    if (copies.length) this.element.dataset.copies = this.texts.number(thumb.copies);
    this.element.href = href;
    this.element.title = [thumb.name, ...copies].join(" · ");
    this.element.setAttribute("aria-label", [thumb.name, ...copies, this.texts.label(this.position)].join(", "));
  }

  mark(selected: boolean, active: boolean): void {
    if (selected !== this.selected) this.element.setAttribute("aria-selected", String(selected));
    if (active !== this.active) this.element.classList.toggle("active", active);
    this.selected = selected;
    this.active = active;
  }

  picks(x: number, y: number): boolean {
    const { left, top } = this.element.getBoundingClientRect();
    return x < left + PICK && y < top + PICK;
  }

  private get aspect(): number {
    if (this.thumb) return this.thumb.width / this.thumb.height;
    return this.look === undefined ? 1 : aspectOf(this.look);
  }

  private fit(): void {
    const { x, y, side } = this.cell;
    const { aspect } = this;
    const width = Math.max(SMALLEST, Math.round(aspect >= 1 ? side : side * aspect));
    const height = Math.max(SMALLEST, Math.round(aspect >= 1 ? side / aspect : side));
    const box = { left: x + Math.floor((side - width) / 2), top: y + Math.floor((side - height) / 2), width, height };
    const { style } = this.element;
    if (box.left !== this.box.left) style.left = `${box.left}px`;
    if (box.top !== this.box.top) style.top = `${box.top}px`;
    if (width !== this.box.width) style.width = `${width}px`;
    if (height !== this.box.height) style.height = `${height}px`;
    this.box = box;
  }
}
