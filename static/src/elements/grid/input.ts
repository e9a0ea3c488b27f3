/** Keys, clicks and wheel on the grid, turned into moves of its cursor, its selection and its cells' size. */

import { clampThumb } from "../../core/address.js";
import { groupOfCursor, headingCursor } from "../../core/grouped.js";
import { type Command, commandOf } from "../../core/keys.js";
import type { Layout, Step } from "../../core/layout.js";
import { Selection } from "../../core/selection.js";
import type { Groups } from "./groups.js";

/** What keys, clicks and the wheel act on. */
interface Surface {
  active: number;
  size: number;
  readonly groups: Groups;
  readonly layout: Layout;
  readonly selection: Selection;
  readonly top: number;
  readonly viewport: number;
  clear(): void;
  emit(name: string, detail?: object): void;
  focus(): void;
  go(cursor: number): void;
  picks(event: MouseEvent): boolean;
  positionOf(target: EventTarget | null): number;
  schedule(): void;
  select(selection: Selection): void;
  selectAll(): void;
}

export class GridInput {
  /** Where a range starts; −1: nowhere yet. */
  anchor = -1;
  /** The selection that a range is added to. */
  private base = Selection.none;

  constructor(
    private readonly grid: Surface,
    private readonly scroller: HTMLElement,
  ) {}

  listen(): void {
    this.scroller.addEventListener("keydown", (event) => this.pressed(event));
    this.scroller.addEventListener("click", (event) => this.clicked(event));
    this.scroller.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    this.scroller.addEventListener("focus", () => this.focused());
  }

  private focused(): void {
    if (this.grid.active !== -1 || !this.grid.layout.count) return;
    const { layout, top, viewport } = this.grid;
    this.grid.active = layout.shown(layout.positionAt(top, viewport));
    this.grid.schedule();
  }

  private clicked(event: MouseEvent): void {
    const group = this.grid.groups.groupOf(event.target);
    if (group >= 0) return this.fold(group);
    const position = this.grid.positionOf(event.target);
    if (position < 0) return;
    event.preventDefault();
    this.grid.active = position;
    if (event.shiftKey) this.extend(position);
    else if (event.ctrlKey || event.metaKey || this.grid.picks(event)) this.toggle(position);
    else this.grid.emit("grid-open", { position });
    this.grid.focus();
    this.grid.schedule();
  }

  private fold(group: number): void {
    this.grid.active = headingCursor(group);
    this.grid.groups.fold(group);
    this.grid.focus();
  }

  private wheeled(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.resize(event.deltaY < 0 ? 1.08 : 1 / 1.08);
  }

  private pressed(event: KeyboardEvent): void {
    const command = commandOf(event);
    if (command && this.grid.layout.count && this.obey(command)) event.preventDefault();
  }

  /** False: it meant nothing here. */
  private obey(command: Command): boolean {
    const { grid } = this;
    if (command.kind === "step") {
      const from = grid.active === -1 ? 0 : grid.active;
      if (this.folds(groupOfCursor(from), command.step)) return true;
      const to = this.stepped(from, command.step, command.extend);
      if (command.extend && from >= 0 && to >= 0) this.extend(to, from);
      grid.go(to);
      return true;
    }
    switch (command.action) {
      case "open":
        if (grid.active >= 0) grid.emit("grid-open", { position: grid.active });
        else if (grid.active < -1) grid.groups.fold(groupOfCursor(grid.active));
        return true;
      case "toggle":
        if (grid.active >= 0) this.toggle(grid.active);
        return true;
      case "all":
        grid.selectAll();
        return true;
      case "clear":
        if (!grid.selection.count) return false;
        grid.clear();
        return true;
      case "bigger":
      case "smaller":
        this.resize(command.action === "bigger" ? 1.15 : 1 / 1.15);
        return true;
      case "help":
        return false; // the page's own key
    }
  }

  /** Where a step leads; one that extends the selection passes over headings. */
  private stepped(from: number, step: Step, extend: boolean): number {
    const { layout, viewport } = this.grid;
    let to = layout.step(from, step, viewport);
    for (let before = from; extend && to < 0 && to !== before; ) [before, to] = [to, layout.step(to, step, viewport)];
    return to < 0 && extend && from >= 0 ? from : to;
  }

  /** As in any tree: right opens a folded group, left folds an open one. */
  private folds(group: number, step: Step): boolean {
    if (group < 0 || (step !== "left" && step !== "right")) return false;
    if (this.grid.groups.isFolded(group) !== (step === "right")) return false;
    this.grid.groups.fold(group);
    return true;
  }

  private resize(factor: number): void {
    const { grid } = this;
    const next = clampThumb(grid.size * factor);
    grid.size = next === grid.size ? next + Math.sign(factor - 1) : next;
    grid.emit("grid-thumb", { thumb: grid.size });
  }

  private toggle(position: number): void {
    this.anchor = position;
    this.base = this.grid.selection.toggle(position);
    this.grid.select(this.base);
  }

  /** Select everything between the anchor and a position, and what was selected before the range began. */
  private extend(position: number, start = position): void {
    if (this.anchor < 0) {
      this.anchor = start;
      this.base = this.grid.selection;
    }
    const [from, to] = [Math.min(this.anchor, position), Math.max(this.anchor, position)];
    this.grid.select(this.base.add(from, to + 1));
  }
}
