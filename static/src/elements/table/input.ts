/**
 * Keys and pointers on the table, as in a spreadsheet. In the first column, that of the images, they mean what they mean
 * in the grid; in the others, arrows move from cell to cell, and letters are typed into them.
 */

import type { App } from "../grid-page.js";
import type { Step } from "../../core/layout.js";
import { areaOf, type Area, neighbour, type Spot } from "../../core/table.js";
import { TableClipboard } from "./clipboard.js";
import type { Table } from "./table.js";

const LINES: Readonly<Record<string, Step>> = { ArrowUp: "up", ArrowDown: "down", PageUp: "pageup", PageDown: "pagedown" };
const ACROSS: Readonly<Record<string, -1 | 1>> = { ArrowLeft: -1, ArrowRight: 1 };

export class TableInput {
  /** The end of the marked cells that moves; the cursor is the other. */
  private far: Spot | null = null;
  private readonly sheet: TableClipboard;

  constructor(
    private readonly app: App,
    private readonly table: Table,
    private readonly isShown: () => boolean,
  ) {
    this.sheet = new TableClipboard(app, table, () => this.area);
    const on = <Name extends keyof HTMLElementEventMap>(name: Name, act: (event: HTMLElementEventMap[Name]) => void): void =>
      app.grid.addEventListener(
        name,
        (event) => {
          if (this.isShown() && app.grid.parts.scroller.contains(event.target as Node) && !this.isElsewhere(event)) act(event);
        },
        { capture: true },
      );
    on("keydown", (event) => {
      if (!this.pressed(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    on("pointerdown", (event) => this.grabbed(event));
    on("click", (event) => this.clicked(event));
    on("copy", (event) => this.sheet.copy(event));
    on("paste", (event) => this.sheet.paste(event));
  }

  /** Where the cursor is; null: on no cell. */
  private get spot(): Spot | null {
    const { active } = this.app.grid;
    return active < 0 ? null : { row: active, column: this.table.cursor.column };
  }

  /** The marked cells, or the one with the cursor; null: that is in the images' column. */
  private get area(): Area | null {
    const { spot } = this;
    return spot?.column ? (this.table.cursor.area ?? areaOf(spot, spot)) : null;
  }

  private isElsewhere(event: Event): boolean {
    return event.target instanceof Element && event.target.closest(".table-head, panoptic-value, a.outside") !== null;
  }

  /** True: it meant something here. */
  private pressed(event: KeyboardEvent): boolean {
    const { spot } = this;
    if (!spot || event.isComposing || event.altKey) return false;
    const { column } = spot;
    const control = event.ctrlKey || event.metaKey;
    const across = ACROSS[event.key];
    const line = LINES[event.key];
    if (across) return this.across(spot, across, event.shiftKey, control);
    if (line) return event.shiftKey && column > 0 ? this.extend({ ...this.end(spot), row: this.stepped(line) }) : this.unmark(false);
    if ((event.key === "Home" || event.key === "End") && !control) return this.go({ ...spot, column: event.key === "Home" ? 0 : this.table.columns.length });
    if (!column) return event.key === "F2" || event.key === "Tab" ? false : this.unmark(false);
    if (event.key === "Tab") return this.move(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") return this.table.cursor.area ? this.unmark(true) : this.go({ ...spot, column: 0 });
    if (event.key === "Enter" && control) return this.fill();
    if (event.key === "Enter" || event.key === "F2") return this.edit() || true;
    if (event.key === "Delete" || event.key === "Backspace") return this.erase();
    if (event.key.length !== 1 || control || !this.table.columns[column - 1]?.editable) return false;
    return this.edit(event.key);
  }

  private across(spot: Spot, step: -1 | 1, extend: boolean, toEnd: boolean): boolean {
    const { length } = this.table.columns;
    const from = extend ? this.end(spot) : spot;
    if (extend && !spot.column) return true;
    const column = Math.min(length, Math.max(extend ? 1 : 0, toEnd ? (step < 0 ? 1 : length) : from.column + step));
    return extend ? this.extend({ ...from, column }) : this.go({ ...spot, column });
  }

  private end(spot: Spot): Spot {
    return this.far ?? spot;
  }

  private stepped(step: Step): number {
    const { layout, viewport, active } = this.app.grid;
    const row = layout.step(this.far?.row ?? active, step, viewport);
    return row < 0 ? (this.far?.row ?? active) : row; // not onto a heading
  }

  private extend(to: Spot): boolean {
    const { grid } = this.app;
    this.far = to;
    this.table.cursor.area = areaOf({ row: grid.active, column: this.table.cursor.column }, to);
    grid.moveTo(grid.layout.reveal(to.row, grid.top, grid.viewport));
    this.table.reveal(to.column);
    grid.schedule();
    return true;
  }

  /** Let go of the marked cells; returns what the key meant. */
  private unmark(meant: boolean): boolean {
    this.far = null;
    this.table.cursor.area = null;
    this.app.grid.schedule();
    return meant;
  }

  private go({ row, column }: Spot): boolean {
    this.unmark(true);
    this.table.to(column);
    if (row !== this.app.grid.active) this.app.grid.go(row);
    return true;
  }

  /** To the next cell in reading order. */
  private move(step: 1 | -1): boolean {
    const to = this.spot && neighbour(this.spot, step, this.table.columns.length, this.app.grid.layout.count);
    if (to) this.go(to);
    return to !== null;
  }

  private edit(first?: string): boolean {
    const { spot } = this;
    if (!spot) return false;
    return this.table.edit(spot.row, spot.column, first, (move) => move && this.move(move));
  }

  private erase(): boolean {
    const { area } = this;
    if (area) void this.sheet.write([[""]], area);
    return true;
  }

  private fill(): boolean {
    const { spot, area } = this;
    if (spot && area) void this.sheet.fill(spot, area);
    return true;
  }

  private spotOf(target: EventTarget | null): Spot | null {
    const row = this.table.pool.cardOf(target);
    const column = row && target instanceof Node ? row.columnOf(target) : -1;
    return row && column >= 0 ? { row: row.position, column } : null;
  }

  /** Press on a cell and drag to mark others; a finger scrolls. */
  private grabbed(event: PointerEvent): void {
    const spot = this.spotOf(event.target);
    if (!spot?.column || event.button || event.pointerType === "touch") return;
    event.preventDefault(); // no selection of text
    this.app.grid.focus();
    if (event.shiftKey && this.table.cursor.column) return void this.extend(spot);
    if (this.is(spot)) return; // the click will edit it
    this.go(spot);
    const moved = ({ clientX, clientY }: PointerEvent): void => {
      const to = this.spotOf(document.elementFromPoint(clientX, clientY));
      if (to?.column && (this.far || !this.is(to))) this.extend(to);
    };
    this.fresh = true;
    window.addEventListener("pointermove", moved);
    window.addEventListener("pointerup", () => window.removeEventListener("pointermove", moved), { once: true });
  }

  /** The cursor came with the press that this click ends. */
  private fresh = false;

  private is({ row, column }: Spot): boolean {
    return row === this.app.grid.active && column === this.table.cursor.column && !this.table.cursor.area;
  }

  private clicked(event: MouseEvent): void {
    const spot = this.spotOf(event.target);
    if (!spot) return;
    if (!spot.column) {
      this.unmark(false);
      this.table.to(0);
      return; // the grid selects, or opens
    }
    event.stopPropagation();
    event.preventDefault();
    if (!this.fresh && this.is(spot)) this.edit();
    else if (!this.fresh && !event.shiftKey) this.go(spot);
    this.fresh = false;
  }
}
