/** What one property says of an image or instance: read, edited in place by its type, and painted onto a selection. */

import { html, nothing, render, type TemplateResult } from "lit";
import { type Row, propertyOf } from "../../core/image.js";
import type { Texts } from "../../core/i18n.js";
import type { Project, Property, Said, Saying, Tag } from "../../core/project.js";
import { reasonOf } from "../../core/api.js";
import { webAddress, words } from "../../core/value-words.js";
import * as icons from "../icons.js";
import type { PanopticValue, ValueChange } from "../value-editor.js";

/** What a statement needs of where it stands. */
export interface Ground {
  readonly project: Project;
  readonly texts: Texts;
  /** Write what is said of an instance, or of its image. */
  write(instance: number, sayings: readonly Saying[]): Promise<void>;
  /** Go on to the next statement, or back to the one before. */
  move(from: Statement, step: -1 | 1): void;
  /** Say a value of all that is selected; absent: there is nothing to select. */
  readonly paint?: ((saying: Saying) => void) | undefined;
  /** How many are selected. */
  selected(): number;
}

export class Statement {
  private row!: Row;
  private scope!: Property["scope"];
  private instance: number | null = null;
  private editor: PanopticValue | null = null;

  constructor(
    readonly element: HTMLElement,
    private readonly ground: Ground,
  ) {}

  /** `instance`: what it is written of; null: it is only read. */
  show(row: Row, scope: Property["scope"], instance: number | null): void {
    if (instance !== this.instance) this.close(); // another image came: what was typed is of the one before
    Object.assign(this, { row, scope, instance });
    this.draw();
  }

  focus(): void {
    this.element.querySelector<HTMLElement>("button.value")?.focus();
  }

  edit(): void {
    if (this.instance === null || this.editor) return;
    const { project, texts } = this.ground;
    const { row, instance } = this;
    const editor = document.createElement("panoptic-value") as PanopticValue;
    Object.assign(editor, { project, texts, property: propertyOf(row, this.scope), said: row.plain ?? undefined, subject: row.label });
    editor.title = texts.t("ui.value.keys");
    editor.addEventListener("value-change", (event) => {
      void this.save(editor, instance!, (event as CustomEvent<ValueChange>).detail);
    });
    editor.addEventListener("value-cancel", (event) => {
      this.leave(editor, (event as CustomEvent<Pick<ValueChange, "move">>).detail.move);
    });
    this.editor = editor;
    this.draw();
  }

  private async save(editor: PanopticValue, instance: number, { sayings, move }: ValueChange): Promise<void> {
    try {
      await this.ground.write(instance, sayings);
      this.leave(editor, move);
    } catch (error) {
      editor.fault = reasonOf(error);
    }
  }

  private leave(editor: PanopticValue, move: -1 | 0 | 1): void {
    if (editor !== this.editor) return;
    const hadFocus = editor.contains(document.activeElement) || document.activeElement === document.body;
    this.close();
    if (move) this.ground.move(this, move);
    else if (hadFocus) this.focus();
  }

  private close(): void {
    if (!this.editor) return;
    this.editor = null;
    this.draw();
  }

  private draw(): void {
    render(html`${this.editor ?? this.value()}${this.editor ? nothing : this.tools()}`, this.element);
  }

  private value(): TemplateResult {
    const { row, ground } = this;
    const { texts } = ground;
    const isSet = row.plain !== null;
    const shown = isSet ? drawn(texts, row, row.plain!) : html`<span class="none">${texts.t("value.unset")}</span>`;
    if (this.instance === null) return html`<span class="value" data-key=${row.key} title=${row.said || nothing}>${shown}</span>`;
    const label = texts.t("ui.value.edit", { name: row.label, value: isSet ? row.value : texts.t("ui.value.unset") });
    return html`<button
      type="button"
      class="value"
      data-key=${row.key}
      aria-label=${label}
      title=${row.said || nothing}
      @click=${() => this.edit()}
    >
      ${shown}
    </button>`;
  }

  private tools(): TemplateResult {
    const { row, ground } = this;
    const address = row.type === "url" && row.plain !== null ? webAddress(String(row.plain)) : null;
    const open = ground.texts.t("ui.value.open");
    return html`${address
      ? html`<a class="quiet" href=${address} target="_blank" rel="nofollow noopener" aria-label=${open} title=${open}>${icons.outside}</a>`
      : nothing}${ground.paint && this.instance !== null && row.plain !== null ? this.bucket(ground.paint) : nothing}`;
  }

  private bucket(paint: (saying: Saying) => void): TemplateResult {
    const { row, ground } = this;
    const n = ground.selected();
    const label = n ? ground.texts.count("ui.paint", n, { name: row.label }) : ground.texts.t("ui.paint.none");
    return html`<button
      type="button"
      class="quiet paint"
      aria-disabled=${n ? "false" : "true"}
      aria-label=${label}
      title=${label}
      @click=${() => paint({ act: "set", name: row.key, text: row.text! })}
    >
      ${icons.paint}
    </button>`;
  }
}

function drawn(texts: Texts, { type }: Row, said: Said): unknown {
  if (Array.isArray(said)) {
    return (said as readonly Pick<Tag, "name" | "color">[]).map(
      ({ name, color }) => html`<span class="tag" style=${color ? `--tag: ${color}` : nothing}>${name}</span>`,
    );
  }
  const text = type === "url" ? String(said) : words(texts, type, said as string | number | boolean);
  if (type === "color") return html`<span class="swatch" style=${`background: ${String(said)}`}></span>${text}`;
  return text === "" ? html`<span class="none">“”</span>` : html`<span class="words">${text}</span>`;
}
