/** A dialog with a list of levels, the first of which decides: they are added, moved, changed and removed. */

import { html, nothing, render, type TemplateResult } from "lit";
import { withQuery } from "../../core/address.js";
import { getJson } from "../../core/api.js";
import type { App } from "../grid-page.js";
import * as icons from "../icons.js";

export interface Levels<Level> {
  /** Keys of texts: the dialog's heading, what one level is called, what the button says that adds one. */
  readonly title: string;
  readonly level: string;
  readonly add: string;
  readonly levels: readonly Level[];
  fresh(levels: readonly Level[]): Level;
  /** The fields of one level. */
  row(level: Level, change: (changed: Partial<Level>) => void): TemplateResult;
  /** The query of the view that the levels make: the server says whether it can be. */
  query(levels: readonly Level[]): string;
  apply(levels: readonly Level[]): void;
}

export class LevelsDialog<Level extends object> {
  private readonly dialog = document.createElement("dialog");
  private what!: Levels<Level>;
  private levels: Level[] = [];
  private problem = "";

  constructor(private readonly app: App) {
    this.dialog.className = "builder levels";
    this.dialog.addEventListener("close", () => app.grid.focus());
    app.append(this.dialog);
  }

  open(what: Levels<Level>): void {
    this.what = what;
    this.problem = "";
    this.levels = what.levels.length ? [...what.levels] : [what.fresh([])];
    this.dialog.setAttribute("aria-label", this.app.texts.t(what.title));
    this.draw();
    this.dialog.showModal();
    this.focus(0);
  }

  private focus(at: number): void {
    this.dialog.querySelectorAll<HTMLElement>(".level")[at]?.querySelector<HTMLElement>("select")?.focus();
  }

  private draw(): void {
    const { texts } = this.app;
    const { title, add, level } = this.what;
    render(
      html`<form @submit=${(event: Event) => void this.submitted(event)}>
        <header>
          <h2>${texts.t(title)}</h2>
          ${this.button("ui.close", icons.close, () => this.dialog.close())}
        </header>
        <div class="builder-root">
          ${this.levels.map((one, at) => this.level(one, at, texts.t(level, { n: at + 1 })))}
        </div>
        <div class="adders">
          <button type="button" class="text-button" @click=${() => this.add()}>${icons.plus} ${texts.t(add)}</button>
        </div>
        <footer>
          <p class="found problem" role="alert">${this.problem}</p>
          <button class="primary">${texts.t("form.apply")}</button>
        </footer>
      </form>`,
      this.dialog,
    );
  }

  private level(level: Level, at: number, name: string): TemplateResult {
    const change = (changed: Partial<Level>): void => {
      this.levels = this.levels.with(at, { ...level, ...changed });
      this.draw();
    };
    return html`<div class="level" role="group" aria-label=${name}>
      <span class="moves">
        ${at > 0 ? this.button("ui.level.up", icons.up, () => this.move(at, at - 1)) : nothing}
        ${at < this.levels.length - 1 ? this.button("ui.level.down", icons.down, () => this.move(at, at + 1)) : nothing}
      </span>
      <div class="fields">${this.what.row(level, change)}</div>
      ${this.button("ui.level.remove", icons.close, () => this.remove(at))}
    </div>`;
  }

  private button(key: string, icon: TemplateResult, act: () => void): TemplateResult {
    const label = this.app.texts.t(key);
    return html`<button type="button" class="quiet" aria-label=${label} title=${label} @click=${act}>${icon}</button>`;
  }

  private add(): void {
    this.levels = [...this.levels, this.what.fresh(this.levels)];
    this.draw();
    this.focus(this.levels.length - 1);
  }

  private move(from: number, to: number): void {
    const moved = this.levels[from]!;
    this.levels = this.levels.toSpliced(from, 1).toSpliced(to, 0, moved);
    this.draw();
    this.focus(to);
  }

  private remove(at: number): void {
    this.levels = this.levels.toSpliced(at, 1);
    this.draw();
    if (this.levels.length) this.focus(Math.min(at, this.levels.length - 1));
    else this.dialog.querySelector<HTMLElement>(".adders button")?.focus();
  }

  private async submitted(event: Event): Promise<void> {
    event.preventDefault();
    const { levels, what } = this;
    try {
      await getJson(withQuery(`${this.app.page.base}/count.json`, what.query(levels)));
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      return this.draw();
    }
    this.dialog.close();
    what.apply(levels);
  }
}
