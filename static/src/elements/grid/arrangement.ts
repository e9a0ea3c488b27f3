/**
 * Shows the view as its address says: as cards, with some properties below each picture, or as a table. Keys: `V` for the
 * one or the other, `E` to edit what is said of the image with the cursor.
 */

import type { App } from "../grid-page.js";
import type { Mode } from "../../core/codec.js";
import { isTyping } from "../../core/image-keys.js";
import { HELP_TABLE } from "../../core/keys.js";
import { style } from "../../core/bundles.js";
import type { Property } from "../../core/project.js";
import { allColumns, FILE_COLUMNS, fieldsOf, readShown, SYSTEM_COLUMNS, writeShown } from "../../core/shown.js";
import { Values } from "../../core/values.js";
import { Captions } from "./captions.js";
import type { PanopticHelp } from "../dialogs/help.js";
import { Inline } from "../inline.js";
import { Shown } from "./shown.js";
import { Table } from "../table/table.js";
import { TableInput } from "../table/input.js";
import { Toast } from "../toast.js";
import { PanopticValue } from "../value-editor.js";

/** What cards may show besides what a table does. */
const MORE_FIELDS = ["bytes", "format"];

if (!customElements.get("panoptic-value")) customElements.define("panoptic-value", PanopticValue);

export class Arrangement {
  private fields: readonly Property[] = [];
  private readonly values: Readonly<Record<Mode, Values>>;
  private readonly inline: Inline;
  private readonly captions: Captions;
  private readonly table: Table;
  private readonly shown: Shown;
  private readonly toast: Toast;
  private readonly style = style("panoptic-tools");

  constructor(private readonly app: App) {
    const { grid, project, texts } = app;
    this.values = { instances: new Values(project, "instances"), images: new Values(project, "images") };
    for (const values of Object.values(this.values)) values.onValues = () => grid.schedule();
    const values = (): Values => this.values[app.address.mode];
    this.toast = new Toast(app, texts);
    this.inline = new Inline(app);
    this.captions = new Captions(app, grid.cards, this.inline, values);
    this.table = new Table(app, this.inline, {
      label: (field) => this.label(field),
      reorder: (names) => this.show(names),
      values,
      tell: (text, changeset) => this.tell(text, changeset),
    });
    new TableInput(app, this.table, () => this.isTable);
    this.shown = new Shown(texts);
    (app.querySelector(".panoptic-filters") ?? app.querySelector("panoptic-bar"))?.append(this.shown.element);
    const help = app.querySelector<PanopticHelp>("panoptic-help")!;
    help.more = [...help.more, ["ui.keys.table", HELP_TABLE]];
    app.addEventListener("app-layout", () => this.follow());
    app.addEventListener("app-view", () => this.follow());
    project.addEventListener("change", () => void this.read());
    window.addEventListener("keydown", (event) => this.pressed(event));
    void this.read();
  }

  private get isTable(): boolean {
    return this.app.address.layout._view === "table";
  }

  /** In a stack of identical images only what is said of the image can be shown. */
  private get possible(): readonly Property[] {
    const isStacked = this.app.address.mode === "images";
    return this.fields.filter(({ scope }) => !isStacked || scope === "image");
  }

  private get names(): string[] | null {
    return readShown(this.app.address.layout._show);
  }

  private async read(): Promise<void> {
    await this.style;
    const fields = await this.app.project.fields();
    if (JSON.stringify(fields) !== JSON.stringify(this.fields)) this.fields = fields; // the same ones keep their columns
    this.follow();
  }

  /** Show what the address says. */
  private follow(): void {
    if (!this.fields.length) return; // not yet
    const { app, table, captions, possible, isTable, names } = this;
    const { grid } = app;
    const shown = names ? fieldsOf(possible, names) : isTable ? allColumns(possible) : [];
    if (isTable) {
      captions.leave();
      table.show(shown);
      table.enter();
      table.renew();
    } else {
      table.leave();
      grid.wear(grid.cards);
      captions.show(shown);
    }
    const ofSystem = fieldsOf(possible, [...SYSTEM_COLUMNS, ...MORE_FIELDS, ...FILE_COLUMNS]).filter(({ id }) => id === null);
    const offered = [...possible.filter(({ id }) => id !== null), ...ofSystem];
    this.shown.draw({
      isTable,
      fields: offered,
      names: shown.map(({ name }) => name),
      label: (field) => this.label(field),
      show: (all) => this.show(all),
      asTable: (as) => this.asTable(as),
    });
  }

  private label({ id, name }: Property): string {
    const key = `row.${name}`;
    const words = id === null ? this.app.texts.t(key) : key;
    return words === key ? name : words;
  }

  /** What cannot be shown in this mode stays in the address. */
  private show(names: readonly string[]): void {
    const possible = new Set(this.possible.map(({ name }) => name));
    const hidden = (this.names ?? []).filter((name) => !possible.has(name) && this.fields.some((field) => field.name === name));
    this.app.arrange({ _show: names.length || this.isTable ? writeShown([...names, ...hidden]) : null });
  }

  private asTable(isTable: boolean): void {
    if (isTable !== this.isTable) this.app.arrange({ _view: isTable ? "table" : null });
    this.app.grid.focus();
  }

  private tell(text: string, changeset?: number | null): void {
    const { texts, project } = this.app;
    const undo = (id: number): void => {
      this.toast.hide();
      project.undo(id).catch((error: unknown) => this.tell(texts.t("ui.failed", { reason: String(error) })));
    };
    this.toast.show(text, changeset ? { label: texts.t("ui.undo"), act: () => undo(changeset) } : undefined);
  }

  private pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open], [role=menu], :popover-open")) return;
    const key = event.key.toLowerCase();
    if (key === "v") this.asTable(!this.isTable);
    else if (key === "e" && !this.isTable && this.app.page.can_edit) this.edit();
    else return;
    event.preventDefault();
  }

  private edit(): void {
    const { active } = this.app.grid;
    if (!this.names) this.shown.open();
    else if (active >= 0) this.captions.edit(active);
  }
}
