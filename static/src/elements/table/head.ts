/**
 * The header of the table: names that sort when clicked, can be dragged to another place, and whose right edge can be
 * dragged to another width. By keyboard: Alt and an arrow resize, Shift and Alt and an arrow move.
 */

import type { Texts } from "../../core/i18n.js";
import { clampWidth, type Column, dropAt } from "../../core/table.js";

const STEP = 16; // pixels that a key resizes by
const SLACK = 6; // pixels that a click may wander

/** How the view is sorted by a field. */
export type Sorted = "ascending" | "descending" | null;

export interface HeadActs {
  /** The words for a field. */
  label(column: Column): string;
  sorted(name: string): Sorted;
  /** `add`: after what the view is sorted by already. */
  sort(name: string, add: boolean): void;
  /** `done`: the person has let go. */
  resize(at: number, width: number, done: boolean): void;
  move(from: number, to: number): void;
}

export class TableHead {
  readonly element = document.createElement("div");
  private columns: readonly Column[] = [];
  private readonly first = cell("columnheader", 1);
  private cells: HTMLElement[] = [];
  /** The pointer has dragged: the click that ends it is none. */
  private dragged = false;

  constructor(
    private readonly texts: Texts,
    private readonly acts: HeadActs,
  ) {
    this.element.className = "table-head";
    this.element.setAttribute("role", "row");
    this.element.setAttribute("aria-rowindex", "1");
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.element.addEventListener("pointerdown", (event) => this.grabbed(event));
    this.element.addEventListener("click", (event) => this.clicked(event));
    this.first.classList.add("first");
    this.element.append(this.first);
  }

  show(columns: readonly Column[]): void {
    const focused = this.columns[this.cells.findIndex((each) => each.contains(document.activeElement))]?.field.name;
    this.columns = columns;
    for (const each of this.cells) each.remove();
    this.cells = columns.map((column, at) => this.make(column, at));
    this.first.replaceChildren(this.button(this.texts.t("sort.name")));
    this.element.append(...this.cells);
    this.mark();
    const at = columns.findIndex(({ field }) => field.name === focused);
    if (at >= 0) this.cells[at]!.querySelector("button")!.focus();
  }

  /** Say by what the view is sorted. */
  mark(): void {
    const names = ["name", ...this.columns.map(({ field }) => field.name)];
    [this.first, ...this.cells].forEach((each, at) => {
      const sorted = this.acts.sorted(names[at]!);
      if (sorted) each.setAttribute("aria-sort", sorted);
      else each.removeAttribute("aria-sort");
    });
  }

  private make(column: Column, at: number): HTMLElement {
    const each = cell("columnheader", at + 2);
    const grip = document.createElement("span");
    grip.className = "grip";
    each.append(this.button(this.acts.label(column)), grip);
    return each;
  }

  private button(label: string): HTMLElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.title = this.texts.t("ui.table.header", { name: label });
    return button;
  }

  private indexOf(target: EventTarget | null): number {
    return target instanceof Node ? this.cells.findIndex((each) => each.contains(target)) : -1;
  }

  private clicked(event: MouseEvent): void {
    event.stopPropagation(); // the grid below would open an image
    if (!(event.target instanceof HTMLButtonElement) || this.dragged) return;
    this.acts.sort(this.columns[this.indexOf(event.target)]?.field.name ?? "name", event.shiftKey);
  }

  private pressed(event: KeyboardEvent): void {
    event.stopPropagation();
    const at = this.indexOf(event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined || at < 0 || !event.altKey) return;
    event.preventDefault();
    const to = at + step;
    if (!event.shiftKey) this.acts.resize(at, clampWidth(this.columns[at]!.width + step * STEP), true);
    else if (to >= 0 && to < this.columns.length) this.acts.move(at, to);
  }

  private grabbed(event: PointerEvent): void {
    const at = this.indexOf(event.target);
    if (at < 0 || event.button) return;
    const isGrip = (event.target as Element).classList.contains("grip");
    const { width } = this.columns[at]!;
    const start = event.clientX;
    const header = this.cells[at]!;
    this.dragged = false;
    const moved = ({ clientX }: PointerEvent): void => {
      this.dragged ||= Math.abs(clientX - start) > SLACK;
      if (isGrip) this.acts.resize(at, clampWidth(width + clientX - start), false);
      else if (this.dragged) header.style.translate = `${clientX - start}px`;
      header.classList.toggle("carried", this.dragged && !isGrip);
    };
    const dropped = ({ clientX }: PointerEvent): void => {
      window.removeEventListener("pointermove", moved);
      header.style.translate = "";
      header.classList.remove("carried");
      if (isGrip) this.acts.resize(at, clampWidth(width + clientX - start), true);
      else if (this.dragged) this.drop(at, clientX);
    };
    window.addEventListener("pointermove", moved);
    window.addEventListener("pointerup", dropped, { once: true });
    if (isGrip) event.preventDefault();
  }

  private drop(from: number, clientX: number): void {
    const x = clientX - this.element.getBoundingClientRect().left - this.first.offsetWidth;
    const to = dropAt(this.columns.map(({ width }) => width), from, x);
    if (to !== from) this.acts.move(from, to);
  }
}

function cell(role: string, index: number): HTMLElement {
  const element = document.createElement("div");
  element.className = "head";
  element.setAttribute("role", role);
  element.setAttribute("aria-colindex", String(index));
  return element;
}
