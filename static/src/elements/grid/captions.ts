/** What is said of the images, in lines below their cards: one line per property that is shown. */

import type { App } from "../grid-page.js";
import type { Property, Said } from "../../core/project.js";
import type { CellValues, Values } from "../../core/values.js";
import type { Cards } from "./display.js";
import type { Inline } from "../inline.js";
import type { Slot } from "./pool.js";
import { ValueCell } from "../table/value-cell.js";

const LINE = 20;
const ABOVE = 6; // between the picture and its lines

interface Caption {
  readonly element: HTMLElement;
  readonly lines: ValueCell[];
  fields: readonly Property[];
  x: number;
  y: number;
  width: number;
}

export class Captions {
  private fields: readonly Property[] = [];
  private readonly captions = new Map<Slot, Caption>();

  constructor(
    private readonly app: App,
    private readonly cards: Cards,
    private readonly inline: Inline,
    private readonly values: () => Values,
  ) {
    cards.drawn = (calm) => this.draw(calm);
    app.grid.addEventListener("click", (event) => this.clicked(event), { capture: true });
  }

  /** Show these properties from now on. */
  show(fields: readonly Property[]): void {
    if (isSame(fields, this.fields)) return;
    this.fields = fields;
    this.cards.below = fields.length ? ABOVE + LINE * fields.length : 0;
    if (!fields.length) this.leave();
    this.app.grid.reflow();
  }

  /** The cards leave the stage. */
  leave(): void {
    for (const { element } of this.captions.values()) element.hidden = true;
  }

  /** Edit a property of a cell that is on the screen; its first one, if none is named. */
  edit(position: number, field = this.fields.find(({ id }) => id !== null)): void {
    const slot = this.cards.pool.cards.get(position);
    if (!this.app.page.can_edit || !slot || !field || field.id === null || slot.id === undefined) return;
    const { layout } = this.app.grid;
    const top = layout.y(position) + layout.cell + ABOVE + LINE * this.fields.indexOf(field) - 4;
    this.inline.open(
      {
        position,
        id: slot.id,
        field,
        said: this.values().get(slot.id)?.values[field.id],
        box: { left: layout.x(position), top, width: layout.cell, above: 0 },
        subject: slot.thumb?.name ?? "",
        closed: (move) => this.closed(position, field, move),
      },
      this.values(),
    );
  }

  /** Tab goes to the next image's same property. */
  private closed(position: number, field: Property, move: -1 | 0 | 1): void {
    const next = position + move;
    if (!move || next < 0 || next >= this.app.grid.layout.count) return;
    this.app.grid.go(next);
    requestAnimationFrame(() => requestAnimationFrame(() => this.edit(next, field)));
  }

  private draw(calm: boolean): void {
    if (!this.fields.length) return;
    const { layout } = this.app.grid;
    const { pool } = this.cards;
    const values = this.values();
    for (const card of pool.cards.values()) {
      const caption = this.captions.get(card) ?? this.make(card);
      if (caption.element.hidden) caption.element.hidden = false;
      if (caption.fields !== this.fields) this.relay(caption);
      this.place(caption, layout.x(card.position), layout.y(card.position) + layout.cell + ABOVE - pool.origin, layout.cell);
      const cell = card.id === undefined ? undefined : values.get(card.id);
      this.fields.forEach((field, at) => caption.lines[at]!.show(field, saidOf(cell, field), layout.cell));
    }
    for (const [card, { element }] of this.captions) if (card.element.hidden && !element.hidden) element.hidden = true;
    if (calm) values.want(pool.nearestFirst(layout, this.app.grid.top + this.app.grid.viewport / 2), systemNames(this.fields));
    else values.pause();
  }

  private place(caption: Caption, x: number, y: number, width: number): void {
    const { style } = caption.element;
    if (x !== caption.x) style.left = `${x}px`;
    if (y !== caption.y) style.top = `${y}px`;
    if (width !== caption.width) style.width = `${width}px`;
    Object.assign(caption, { x, y, width });
  }

  private make(card: Slot): Caption {
    const element = document.createElement("div");
    element.className = "caption";
    element.id = `${card.element.id}-said`;
    element.setAttribute("aria-hidden", "true"); // it describes its card
    card.element.setAttribute("aria-describedby", element.id);
    this.app.grid.parts.stage.append(element);
    const caption: Caption = { element, lines: [], fields: [], x: Number.NaN, y: Number.NaN, width: Number.NaN };
    this.captions.set(card, caption);
    return caption;
  }

  /** Lay out the lines anew: other properties are shown. */
  private relay(caption: Caption): void {
    caption.fields = this.fields;
    caption.element.style.height = `${LINE * this.fields.length}px`;
    caption.lines.splice(0);
    const lines = this.fields.map((field) => {
      const line = document.createElement("span");
      line.className = "value";
      line.dataset.name = field.name;
      line.classList.toggle("fixed", field.id === null || !this.app.page.can_edit);
      caption.lines.push(new ValueCell(line, this.app.texts));
      return line;
    });
    caption.element.replaceChildren(...lines);
  }

  private clicked(event: MouseEvent): void {
    const line = event.target instanceof Element ? event.target.closest<HTMLElement>(".caption .value") : null;
    if (!line || (event.target as Element).closest("a.outside")) return;
    const caption = line.closest(".caption");
    const slot = [...this.captions].find(([, { element }]) => element === caption)?.[0];
    const field = this.fields.find(({ name }) => name === line.dataset.name);
    if (!slot || !field) return;
    event.preventDefault();
    event.stopPropagation();
    this.app.grid.active = slot.position;
    if (field.id === null || !this.app.page.can_edit) this.app.grid.emit("grid-open", { position: slot.position });
    else this.edit(slot.position, field);
  }
}

/** What is said of a cell in a field, of the project or of the system. */
export function saidOf(cell: CellValues | undefined, field: Property): Said | undefined {
  return field.id === null ? cell?.fields?.[field.name] : cell?.values[field.id];
}

export function systemNames(fields: readonly Property[]): string[] {
  return fields.flatMap(({ id, name }) => (id === null ? [name] : []));
}

export function isSame(a: readonly Property[], b: readonly Property[]): boolean {
  return a.length === b.length && a.every((field, at) => field === b[at]);
}
