/** Editing one property of one cell where it stands: opens `<panoptic-value>` over it, writes what it says, closes it. */

import { queryText } from "../core/address.js";
import type { App } from "./grid-page.js";
import type { Property, Said } from "../core/project.js";
import type { Values } from "../core/values.js";
import type { PanopticValue, ValueChange } from "./value-editor.js";

/** Where the editor stands, from the top left of the content; `above`: what stays in sight over the content. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly above: number;
}

export interface Edit {
  readonly position: number;
  readonly id: number;
  readonly field: Property;
  readonly said: Said | undefined;
  readonly box: Box;
  /** What is edited, in words. */
  readonly subject: string;
  /** The key that opened it. */
  readonly first?: string;
  /** It is closed; `move` says where the person wants to go. */
  closed(move: -1 | 0 | 1): void;
}

const NARROWEST = 160;

export class Inline {
  private editor: PanopticValue | null = null;
  private box: Box | null = null;
  private readonly layer = document.createElement("div");

  /** Editors stand in a layer over the scroller: a list of options, or a grid of cells, may not hold them. */
  constructor(private readonly app: App) {
    this.layer.className = "editors";
    app.grid.append(this.layer);
    app.grid.parts.scroller.addEventListener("scroll", () => this.place(), { passive: true });
  }

  get isOpen(): boolean {
    return this.editor !== null;
  }

  open(edit: Edit, values: Values): void {
    this.editor?.remove();
    const { grid, project, texts } = this.app;
    const editor = (this.editor = document.createElement("panoptic-value") as PanopticValue);
    const { box, field, said, subject, first = null } = edit;
    Object.assign(editor, { project, texts, property: field, said, subject, first });
    editor.title = grid.selection.has(edit.position) ? texts.t("ui.value.keys_all") : texts.t("ui.value.keys");
    editor.classList.add("inline");
    const low = grid.layout.y(edit.position) - grid.top > grid.viewport / 2;
    editor.classList.toggle("low", low);
    editor.style.width = `${Math.max(box.width, NARROWEST)}px`;
    this.box = box;
    editor.addEventListener("value-change", (event) => void this.save(editor, edit, values, (event as CustomEvent<ValueChange>).detail));
    editor.addEventListener("value-cancel", (event) => this.close(editor, edit, (event as CustomEvent<Pick<ValueChange, "move">>).detail.move));
    this.place();
    this.layer.append(editor);
  }

  /** Stand where the value stands, also while it is scrolled. */
  private place(): void {
    if (!this.editor || !this.box) return;
    const { grid } = this.app;
    const { scroller } = grid.parts;
    const { left, top, above } = this.box;
    const right = scroller.clientWidth - Math.max(this.box.width, NARROWEST);
    this.editor.style.left = `${Math.max(0, Math.min(right, left - scroller.scrollLeft))}px`;
    this.editor.style.top = `${scroller.offsetTop + above + top - grid.top}px`;
  }

  private async save(editor: PanopticValue, edit: Edit, values: Values, { sayings, spread, move }: ValueChange): Promise<void> {
    const { app } = this;
    const { selection } = app.grid;
    const isSpread = spread && selection.has(edit.position);
    const positions = isSpread ? selection.ranges.map(({ from, to }) => [from, to] as const) : [[edit.position, edit.position + 1] as const];
    const target = { query: queryText(app.address), positions, version: app.view!.header.version };
    try {
      await app.project.annotate(target, sayings, "inline");
      await values.read([edit.id]).catch(() => []); // the new value is there before the editor goes
      this.close(editor, edit, move);
    } catch (error) {
      editor.fault = error instanceof Error ? error.message : String(error);
    }
  }

  private close(editor: PanopticValue, edit: Edit, move: -1 | 0 | 1): void {
    if (editor !== this.editor) return;
    this.editor = null;
    const hadFocus = editor.contains(document.activeElement) || document.activeElement === document.body;
    editor.remove();
    if (hadFocus) this.app.grid.focus();
    edit.closed(move);
  }
}
