/** The table: the same view as the cards, a row for each cell and a column for each field that is shown. */

import type { App } from "../grid-page.js";
import type { Frame } from "../../core/layout.js";
import { remember, remembered } from "../../core/memory.js";
import { sameName } from "../../core/names.js";
import type { Property, Said } from "../../core/project.js";
import { type Column, columnsOf, FIRST_NARROW, FIRST_WIDTH, moved, type Widths } from "../../core/table.js";
import type { Values } from "../../core/values.js";
import { isSame, saidOf, systemNames } from "../grid/captions.js";
import type { Display } from "../grid/display.js";
import type { Inline } from "../inline.js";
import { Pool } from "../grid/pool.js";
import { type Sorted, TableHead } from "./head.js";
import { type Cursor, TableRow } from "./row.js";

const HEAD = 37;
const WIDTHS = "column-widths";
const SMALL = 640; // pixels of a table with little room
const SHARE = 0.3; // of a picture's wished size: the height of a row
const [LOWEST, HIGHEST] = [32, 120];

export interface TableActs {
  label(field: Property): string;
  /** The columns are to be these, in this order. */
  reorder(names: readonly string[]): void;
  values(): Values;
  /** Say what was done, and offer to take a changeset back. */
  tell(text: string, changeset?: number | null): void;
}

export class Table implements Display {
  readonly head = HEAD;
  readonly pool: Pool<TableRow>;
  readonly cursor: Cursor = { column: 0, area: null };
  columns: readonly Column[] = [];
  private fields: readonly Property[] = [];
  private readonly header: TableHead;
  private widths: Widths;
  private first = FIRST_WIDTH;
  private isAside = false;
  private readonly scroller: HTMLElement;

  constructor(
    private readonly app: App,
    private readonly inline: Inline,
    readonly acts: TableActs,
  ) {
    const { parts } = app.grid;
    this.scroller = parts.scroller;
    this.widths = remembered<Widths>(app.page.base, WIDTHS) ?? {};
    this.pool = new Pool(parts.stage, (slot) => new TableRow(slot, app.texts, this.cursor), app.links);
    this.scroller.addEventListener("scroll", () => this.stick(), { passive: true });
    this.header = new TableHead(app.texts, {
      label: ({ field }) => acts.label(field),
      sorted: (name) => this.sorted(name),
      sort: (name, add) => this.sort(name, add),
      resize: (at, width, done) => this.resize(at, width, done),
      move: (from, to) => acts.reorder(moved(this.fields.map(({ name }) => name), from, to)),
    });
  }

  /** Take the scroller over. */
  enter(): void {
    this.app.grid.classList.add("as-table");
    if (!this.header.element.isConnected) this.scroller.prepend(this.header.element);
    this.app.grid.wear(this);
  }

  /** Give the scroller back as it was. */
  leave(): void {
    this.app.grid.classList.remove("as-table");
    this.header.element.remove();
    for (const name of ["aria-rowcount", "aria-colcount"]) this.scroller.removeAttribute(name);
    for (const name of ["--columns", "--wide"]) this.scroller.style.removeProperty(name);
    this.scroller.scrollLeft = 0;
  }

  /** Show these fields from now on. */
  show(fields: readonly Property[]): void {
    if (isSame(fields, this.fields) && this.columns.length) return;
    this.fields = fields;
    this.lay();
    this.cursor.column = Math.min(this.cursor.column, fields.length);
    this.cursor.area = null;
    this.header.show(this.columns);
    this.app.grid.schedule();
  }

  /** The view is another one: say by what it is sorted, and how long it is. */
  renew(): void {
    this.header.mark();
    this.scroller.setAttribute("aria-rowcount", String(this.app.grid.layout.count + 1));
  }

  roles(grouped: boolean): readonly [string, string] {
    this.pool.setRole("row");
    return [grouped ? "treegrid" : "grid", "row"];
  }

  frame(scroller: HTMLElement, thumb: number): Frame {
    const first = scroller.clientWidth < SMALL ? FIRST_NARROW : FIRST_WIDTH;
    if (first !== this.first) {
      this.first = first;
      this.lay();
    }
    const height = Math.min(HIGHEST, Math.max(LOWEST, Math.round(thumb * SHARE)));
    scroller.style.setProperty("--line", `${height - 1}px`);
    return { width: height, thumb: height, gap: 0, margin: 0 }; // one column of cells as high as a row
  }

  drawn(calm: boolean): void {
    const { grid } = this.app;
    const values = this.acts.values();
    for (const row of this.pool.cards.values()) {
      row.lay(this.columns);
      const cell = row.id === undefined ? undefined : values.get(row.id);
      row.fill((field) => saidOf(cell, field));
    }
    if (calm) values.want(this.pool.nearestFirst(grid.layout, grid.top + grid.viewport / 2), systemNames(this.fields));
    else values.pause();
  }

  /** What is said in a column of a cell, as far as it is here. */
  said(id: number, column: number): Said | undefined {
    return saidOf(this.acts.values().get(id), this.columns[column - 1]!.field);
  }

  /** Put the cursor into a column, in sight. */
  to(column: number): void {
    this.cursor.column = column;
    this.reveal(column);
    this.app.grid.schedule();
  }

  reveal(column: number): void {
    if (column === 0) return;
    const left = this.left(column) - this.first;
    const right = left + this.columns[column - 1]!.width;
    const room = this.scroller.clientWidth - this.first;
    if (left < this.scroller.scrollLeft || room < 0) this.scroller.scrollLeft = left;
    else if (right > this.scroller.scrollLeft + room) this.scroller.scrollLeft = right - room;
  }

  /** Open the editor on a cell; `first`: the key that opened it. */
  edit(position: number, column: number, first: string | undefined, closed: (move: -1 | 0 | 1) => void): boolean {
    const row = this.pool.cards.get(position);
    const spec = this.columns[column - 1];
    if (!row || row.id === undefined || !spec?.editable) return false;
    const { layout } = this.app.grid;
    this.inline.open(
      {
        position,
        id: row.id,
        field: spec.field,
        said: this.said(row.id, column),
        box: { left: this.left(column), top: layout.y(position) + (layout.cell - 30) / 2, width: spec.width, above: HEAD },
        subject: row.thumb?.name ?? "",
        closed,
        ...(first === undefined ? {} : { first }),
      },
      this.acts.values(),
    );
    return true;
  }

  /** The first column sticks while it is needed: each element that sticks costs every frame of scrolling. */
  private stick(): void {
    const isAside = this.scroller.scrollLeft > 0;
    if (isAside === this.isAside) return;
    this.isAside = isAside;
    this.app.grid.classList.toggle("aside", isAside);
  }

  private left(column: number): number {
    return this.columns.slice(0, column - 1).reduce((sum, { width }) => sum + width, this.first);
  }

  private lay(): void {
    const { can_edit: can } = this.app.page;
    this.columns = columnsOf(this.fields, this.widths, ({ id }) => can && id !== null);
    const widths = [this.first, ...this.columns.map(({ width }) => width)];
    const { style } = this.scroller;
    style.setProperty("--columns", widths.map((width) => `${width}px`).join(" "));
    style.setProperty("--wide", `${widths.reduce((sum, width) => sum + width)}px`);
    this.scroller.setAttribute("aria-colcount", String(widths.length));
  }

  private resize(at: number, width: number, done: boolean): void {
    this.widths = { ...this.widths, [this.fields[at]!.name]: width };
    this.lay();
    if (!done) return this.app.grid.schedule();
    remember(this.app.page.base, WIDTHS, this.widths);
    this.header.show(this.columns);
    this.app.grid.reflow(); // a scrollbar may have come or gone
  }

  private sorted(name: string): Sorted {
    const sort = this.app.address.sorts.find(({ key }) => sameName(key, name));
    return sort ? (sort.descending ? "descending" : "ascending") : null;
  }

  /** Ascending, then descending, then no longer by it; `add`: after what the view is sorted by already. */
  private sort(name: string, add: boolean): void {
    const { sorts } = this.app.address;
    const at = sorts.findIndex(({ key }) => sameName(key, name));
    const next = at < 0 ? [{ key: name, descending: false }] : sorts[at]!.descending ? [] : [{ key: name, descending: true }];
    this.app.navigate({ sorts: !add ? next : at < 0 ? [...sorts, ...next] : sorts.toSpliced(at, 1, ...next), seed: null });
  }
}
