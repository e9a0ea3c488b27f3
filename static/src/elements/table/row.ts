/** One row of the table: DOM that is reused for position after position. Each attribute is written when it changes. */

import { aspectOf, colorOf, isTransparent, MAT } from "../../core/codec.js";
import type { Texts } from "../../core/i18n.js";
import type { Property, Said } from "../../core/project.js";
import type { Area, Column } from "../../core/table.js";
import type { Thumb } from "../../core/thumbs.js";
import type { Slot } from "../grid/pool.js";
import { ValueCell } from "./value-cell.js";

/** Width of the corner that selects, in pixels. */
const PICK = 34;
const PADDING = 20;

/** The cursor of the table: which column it is in, and the cells that are marked around it. */
export interface Cursor {
  column: number;
  area: Area | null;
}

export class TableRow implements Slot {
  readonly element = document.createElement("div");
  position = -1;
  id: number | undefined;
  thumb: Thumb | undefined;
  settled = false;
  private readonly head = document.createElement("div");
  private readonly image = document.createElement("img");
  private readonly name = document.createElement("a");
  private readonly words = document.createTextNode(""); // see ValueCell: no node comes or goes while the table scrolls
  private columns: readonly Column[] = [];
  private cells: ValueCell[] = [];
  private top = Number.NaN;
  private side = 0;
  private selected: boolean | null = null;
  private active = -1;
  private range = "";

  constructor(
    slot: number,
    private readonly texts: Texts,
    private readonly cursor: Cursor,
  ) {
    const { element, head, image, name } = this;
    element.id = `panoptic-row-${slot}`;
    element.className = "row";
    head.id = `${element.id}-0`;
    head.className = "first";
    head.setAttribute("role", "rowheader");
    head.setAttribute("aria-colindex", "1");
    image.alt = "";
    image.decoding = "async";
    image.draggable = name.draggable = false;
    name.tabIndex = -1;
    name.append(this.words);
    head.append(image, name);
    element.append(head);
  }

  get pointed(): string {
    return this.cells[this.cursor.column - 1]?.element.id ?? this.head.id;
  }

  /** Have these columns from now on. */
  lay(columns: readonly Column[]): void {
    if (columns === this.columns) return;
    const isSame = columns.length === this.columns.length && columns.every(({ field }, at) => field === this.columns[at]!.field);
    this.columns = columns;
    if (isSame) return;
    for (const { element } of this.cells) element.remove();
    this.active = -1;
    this.range = "";
    this.cells = columns.map(({ editable }, at) => {
      const element = document.createElement("div");
      element.id = `${this.element.id}-${at + 1}`;
      element.className = "value";
      element.setAttribute("role", "gridcell");
      element.setAttribute("aria-colindex", String(at + 2));
      if (!editable) element.setAttribute("aria-readonly", "true");
      return new ValueCell(element, this.texts);
    });
    this.element.append(...this.cells.map(({ element }) => element));
  }

  /** Show what is said in each column's field; undefined: nothing, or not known yet. */
  fill(say: (field: Property) => Said | undefined): void {
    this.cells.forEach((cell, at) => cell.show(this.columns[at]!.field, say(this.columns[at]!.field), this.columns[at]!.width - PADDING));
  }

  assign(position: number, _count: number, href: string): void {
    this.position = position;
    this.id = undefined;
    this.settled = false;
    if (this.thumb) this.image.removeAttribute("src");
    this.thumb = undefined;
    this.name.href = href;
    this.words.data = this.texts.number(position + 1);
    this.element.setAttribute("aria-rowindex", String(position + 2)); // the first is the header's
  }

  place(_x: number, y: number, side: number): void {
    if (y !== this.top) this.element.style.top = `${y}px`;
    if (side !== this.side) this.element.style.height = `${side}px`;
    this.top = y;
    this.side = side;
  }

  preset(id: number, look: number): void {
    this.id = id;
    this.image.style.backgroundColor = colorOf(look);
    this.image.style.aspectRatio = aspectOf(look).toFixed(2);
  }

  show(thumb: Thumb, href: string, stacked: boolean): void {
    this.image.src = thumb.url;
    this.image.style.backgroundColor = isTransparent(thumb) ? MAT : "transparent";
    this.thumb = thumb;
    this.name.href = href;
    const copies = stacked && thumb.copies > 1 ? [this.texts.count("counts.instances", thumb.copies)] : [];
    this.words.data = thumb.name;
    this.name.title = [thumb.name, ...copies].join(" · ");
  }

  mark(selected: boolean, active: boolean): void {
    const { column, area } = this.cursor;
    const at = active ? column : -1;
    const isIn = area !== null && this.position >= area.top && this.position <= area.bottom;
    const range = isIn ? `${area.left} ${area.right}` : "";
    if (selected !== this.selected) this.element.setAttribute("aria-selected", String(selected));
    if (at !== this.active) {
      this.at(this.active)?.classList.remove("cursor");
      this.at(at)?.classList.add("cursor");
    }
    if (range !== this.range) {
      this.cells.forEach(({ element }, index) => {
        element.classList.toggle("ranged", isIn && index + 1 >= area.left && index + 1 <= area.right);
      });
    }
    this.selected = selected;
    this.active = at;
    this.range = range;
  }

  picks(x: number, y: number): boolean {
    const { left, top, bottom } = this.element.parentElement!.parentElement!.parentElement!.getBoundingClientRect();
    return x >= left && x < left + PICK && y >= top && y < bottom;
  }

  /** The column of an element within the row; −1: it is in none. */
  columnOf(target: Node): number {
    return this.head.contains(target) ? 0 : this.cells.findIndex(({ element }) => element.contains(target)) + 1 || -1;
  }

  /** The element of a column. */
  at(column: number): HTMLElement | undefined {
    return column === 0 ? this.head : this.cells[column - 1]?.element;
  }
}
