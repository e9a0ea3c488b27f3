/** Copying, pasting, filling and erasing cells of the table: whole rectangles, each write one changeset. */

import type { App } from "../grid-page.js";
import { cellText, readSheet, writeSheet } from "../../core/sheet.js";
import { idsAt } from "../subject.js";
import { type Area, cellsOf, type Spot, spread } from "../../core/table.js";
import { saidOf } from "../grid/captions.js";
import type { Table } from "./table.js";

/** Cells that are copied or written at once, as the server has it. */
const MOST = 10_000;
const BATCH = 200;

export class TableClipboard {
  constructor(
    private readonly app: App,
    private readonly table: Table,
    private readonly area: () => Area | null,
  ) {}

  copy(event: ClipboardEvent): void {
    const area = this.area();
    if (!area || !event.clipboardData) return;
    event.preventDefault();
    if (cellsOf(area) > MOST) return this.tell("ui.table.too_many", cellsOf(area));
    const { view } = this.app;
    const ids = rows(area).map((row) => view!.id(row));
    const known = ids.every((id) => id !== undefined && this.table.acts.values().get(id) !== undefined);
    if (known) event.clipboardData.setData("text/plain", this.text(ids as number[], area));
    else void this.attempt(async () => navigator.clipboard.writeText(this.text(await this.read(area), area)));
    this.tell("ui.table.copied", cellsOf(area));
  }

  paste(event: ClipboardEvent): void {
    const area = this.area();
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!area || !text) return;
    event.preventDefault();
    void this.write(readSheet(text), area);
  }

  /** Give all cells of an area what one of them says. */
  fill(from: Spot, area: Area): Promise<void> {
    const id = this.app.view!.id(from.row);
    if (id === undefined) return Promise.resolve();
    const { type } = this.table.columns[from.column - 1]!.field;
    return this.write([[cellText(type, this.table.said(id, from.column))]], area);
  }

  /** Write texts into cells from the area's first on; a single one into the whole area. Empty ones erase. */
  write(texts: readonly (readonly string[])[], area: Area): Promise<void> {
    return this.attempt(async () => {
      const { app, table } = this;
      const spots = spread(texts, area, table.columns.length, app.grid.layout.count);
      if (spots.length > MOST) return this.tell("ui.table.too_many", spots.length);
      const fixed = spots.find(([{ column }]) => !table.columns[column - 1]!.editable);
      if (fixed) return this.tell("ui.table.fixed", 0, table.columns[fixed[0].column - 1]!.field.name);
      const ids = await idsAt(app, area.top, Math.max(...spots.map(([{ row }]) => row)) + 1);
      const cells = spots.map(([{ row, column }, text]) => [ids[row - area.top], table.columns[column - 1]!.field.name, text || null]);
      const { changed, changeset } = await app.project.write("cells", { mode: app.address.mode, cells });
      table.acts.tell(app.texts.count("ui.table.written", changed), changeset);
    });
  }

  private text(ids: readonly number[], { left, right }: Area): string {
    const columns = this.table.columns.slice(left - 1, right);
    const values = this.table.acts.values();
    return writeSheet(ids.map((id) => columns.map(({ field }) => cellText(field.type, saidOf(values.get(id), field)))));
  }

  /** Read all values of an area; returns the ids of its rows. */
  private async read({ top, bottom }: Area): Promise<number[]> {
    const ids = await idsAt(this.app, top, bottom + 1);
    for (let at = 0; at < ids.length; at += BATCH) await this.table.acts.values().read(ids.slice(at, at + BATCH));
    return ids;
  }

  private tell(key: string, n: number, name = ""): void {
    this.table.acts.tell(this.app.texts.count(key, n, { name }));
  }

  private async attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.table.acts.tell(this.app.texts.t("ui.failed", { reason: error instanceof Error ? error.message : String(error) }));
    }
  }
}

function rows({ top, bottom }: Area): number[] {
  return Array.from({ length: bottom - top + 1 }, (_, at) => top + at);
}
