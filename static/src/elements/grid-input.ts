/** Keys, clicks and wheel on the grid, turned into moves of its cursor, its selection and its cells' size. */

import { clampThumb } from "../core/address.js";
import { type Command, commandOf } from "../core/keys.js";
import { Selection } from "../core/selection.js";
import type { PanopticGrid } from "./grid.js";

export class GridInput {
  /** Where a range starts; −1: nowhere yet. */
  anchor = -1;
  /** The selection that a range is added to. */
  private base = Selection.none;

  constructor(
    private readonly grid: PanopticGrid,
    private readonly scroller: HTMLElement,
  ) {}

  listen(): void {
    this.scroller.addEventListener("keydown", (event) => this.pressed(event));
    this.scroller.addEventListener("click", (event) => this.clicked(event));
    this.scroller.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    this.scroller.addEventListener("focus", () => this.focused());
  }

  private focused(): void {
    if (this.grid.active >= 0 || !this.grid.layout.count) return;
    this.grid.active = this.grid.first;
    this.grid.schedule();
  }

  private clicked(event: MouseEvent): void {
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
      const from = Math.max(0, grid.active);
      const to = grid.layout.step(from, command.step, grid.viewport);
      if (command.extend) this.extend(to, from);
      grid.go(to);
      return true;
    }
    switch (command.action) {
      case "open":
        if (grid.active >= 0) grid.emit("grid-open", { position: grid.active });
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
