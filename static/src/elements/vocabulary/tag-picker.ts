/**
 * The tag picker: a dialog over whatever is open, where tags of one property are found, made, added and removed by typing.
 *
 *   await pickTags({ project, texts, title, property, having, say, anchor });
 *
 * Resolves when it is closed. Each tag that is confirmed is said at once through `say`, which either writes it
 * (`project.annotate`) or collects it; a rejection is shown and the picker stays open.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { reasonOf } from "../../core/api.js";
import type { Texts } from "../../core/i18n.js";
import { stepColor } from "../../core/palette.js";
import type { Property, Tag } from "../../core/project.js";
import { type Picking as Desk, type Row, TagDesk } from "../../core/tag-desk.js";
import { pathOf } from "../../core/tag-match.js";
import { beside } from "../dialogs/beside.js";
import * as icons from "../icons.js";
import { LightElement } from "../light.js";
import { propertyForm } from "./property-form.js";
import { newRow, propertyChooser, tagChips, tagRow } from "./tag-rows.js";

const MOST = 50; // rows: nobody looks at more, and ten thousand take seconds to draw

export interface Picking extends Desk {
  readonly texts: Texts;
  /** What is tagged, as a heading: "12 images". */
  readonly title: string;
  /** The picker opens beside it; else at the bottom of the page. */
  readonly anchor?: Element | undefined;
  /** Digits bound to tags. Binding a digit that a tag has frees it; null: the next that is free, or the tag's own. */
  readonly favourites?: {
    digitOf(property: Property, tag: Tag): number | null;
    bind(property: Property, tag: Tag, digit: number | null): void;
  };
}

export function pickTags(picking: Picking): Promise<void> {
  const picker = document.createElement("panoptic-tag-picker") as PanopticTagPicker;
  picker.begin(picking);
  (document.querySelector("panoptic-app, .panoptic") ?? document.body).append(picker);
  return new Promise((resolve) => picker.addEventListener("picker-close", () => resolve(), { once: true }));
}

export class PanopticTagPicker extends LightElement {
  static override properties = {
    typed: { state: true },
    at: { state: true },
    said: { state: true },
    fault: { state: true },
  };
  declare private typed: string;
  /** Index of the active row. */
  declare private at: number;
  declare private said: string;
  declare private fault: string;
  private picking!: Picking;
  private desk!: TagDesk;
  /** Settles when the tags are here: what is confirmed before waits for them. */
  private ready: Promise<void> = Promise.resolve();

  constructor() {
    super();
    Object.assign(this, { typed: "", at: 0, said: "", fault: "" });
  }

  begin(picking: Picking): void {
    this.texts = picking.texts;
    this.picking = picking;
    this.desk = new TagDesk(picking);
    this.desk.addEventListener("change", () => this.requestUpdate());
    this.settle(this.desk.open());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.picking.project.addEventListener("change", this.renew);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.picking.project.removeEventListener("change", this.renew);
  }

  private readonly renew = (): void => void this.attempt(() => this.desk.renew());

  private take(property: Property | null): void {
    this.typed = this.fault = "";
    this.at = 0;
    this.settle(this.desk.take(property));
  }

  /** Wait for the tags of a property, or the form that makes one, and give it the focus. */
  private settle(arriving: Promise<void>): void {
    this.ready = this.attempt(() => arriving).then(async () => {
      await this.updateComplete;
      this.querySelector<HTMLElement>("input")?.focus();
    });
  }

  protected override firstUpdated(): void {
    const dialog = this.querySelector("dialog")!;
    dialog.showModal();
    if (this.picking.anchor) beside(dialog, this.picking.anchor);
    dialog.addEventListener("close", () => {
      this.remove();
      this.dispatchEvent(new CustomEvent("picker-close"));
    });
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("at")) this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  private get input(): HTMLInputElement | null {
    return this.querySelector('input[role="combobox"]');
  }

  private get rows(): readonly Row[] {
    return this.desk.rows(this.typed, MOST);
  }

  protected override render(): TemplateResult {
    const { texts, picking, desk } = this;
    const { property } = desk;
    const close = texts.t("ui.close");
    return html`<dialog
      class="panoptic tag-picker"
      aria-label=${texts.t("ui.tag.title")}
      @keydown=${this.pressed}
      @click=${(event: MouseEvent) => event.target instanceof HTMLDialogElement && event.target.close()}
    >
      ${property === null ? propertyForm(texts, picking.project, (made) => this.take(made)) : this.body()}
      <header>
        <h2>${picking.title}</h2>
        ${desk.properties.length ? propertyChooser(texts, desk, (chosen) => this.take(chosen)) : nothing}
        <form method="dialog"><button class="quiet" aria-label=${close} title=${close}>${icons.close}</button></form>
      </header>
      <p class="said" role="status">${this.said}</p>
      <p class="fault" role="alert">${this.fault}</p>
    </dialog>`;
  }

  private body(): TemplateResult {
    const { texts, desk, rows } = this;
    const { favourites } = this.picking;
    const active = Math.min(this.at, rows.length - 1);
    const line = (row: Row, at: number): TemplateResult =>
      row.kind === "new"
        ? newRow(texts, row.name, at, at === active, desk.color, (color) => this.paint(color))
        : tagRow(texts, row.tag, at, at === active, {
            path: pathOf(row.tag, desk.byName),
            state: desk.state(row.tag),
            digit: favourites?.digitOf(desk.property!, row.tag),
          });
    return html`${tagChips(texts, desk, (name) => void this.say("remove", name))}
      <input
        type="text"
        role="combobox"
        autofocus
        autocomplete="off"
        spellcheck="false"
        aria-label=${texts.t("ui.tag.find")}
        aria-expanded="true"
        aria-controls="panoptic-tags"
        aria-autocomplete="list"
        aria-activedescendant=${rows.length ? `panoptic-tag-${active}` : nothing}
        placeholder=${texts.t("ui.tag.find")}
        .value=${this.typed}
        @input=${this.type}
      />
      <div id="panoptic-tags" role="listbox" aria-label=${texts.t("ui.tag.list")} @click=${this.clicked}>${rows.map(line)}</div>
      ${rows.length || !desk.known ? nothing : html`<p class="none">${texts.t("ui.tag.none")}</p>`}
      <p class="keys" aria-hidden="true">${texts.t(favourites ? "ui.tag.keys_pin" : "ui.tag.keys")}</p>`;
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
    this.at = 0;
  }

  private paint(color: string): void {
    this.desk.color = color;
    this.requestUpdate();
  }

  private clicked(event: MouseEvent): void {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>("[data-at]");
    if (!row || target.closest("[data-color]")) return;
    this.at = Number(row.dataset.at);
    const chosen = this.rows[this.at];
    if (chosen?.kind === "tag" && target.closest(".pin")) this.pin(chosen.tag, null);
    else this.confirm(target.closest(".less") !== null);
    this.input?.focus();
  }

  private pressed(event: KeyboardEvent): void {
    event.stopPropagation(); // the page below has keys of its own
    if (event.target !== this.input || event.isComposing) return;
    const { rows } = this;
    const { length } = rows;
    const at = Math.min(this.at, length - 1);
    const row = rows[at];
    const { key, altKey, ctrlKey, shiftKey } = event;
    const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
    const side = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (key === "ArrowDown" || key === "ArrowUp") this.at = length ? (at + (key === "ArrowDown" ? 1 : length - 1)) % length : 0;
    else if (key === "Enter") void this.entered(ctrlKey, shiftKey);
    else if (key === "Backspace" && !this.typed && this.desk.chips.length) void this.say("remove", this.desk.chips.at(-1)!);
    else if (altKey && digit && row?.kind === "tag") this.pin(row.tag, Number(digit));
    else if (side && row?.kind === "new") this.paint(stepColor(this.desk.color, side));
    else return;
    event.preventDefault();
  }

  private async entered(makes: boolean, removes: boolean): Promise<void> {
    await this.ready;
    if (makes) this.at = Math.max(0, this.rows.length - 1); // a new tag is the last row
    this.confirm(removes);
  }

  /** Do what the active row is for: make the tag and add it, add it, or take it away where all have it. */
  private confirm(removes: boolean): void {
    const row = this.rows[Math.min(this.at, this.rows.length - 1)];
    if (!row) return;
    const act = row.kind === "tag" && (removes || this.desk.state(row.tag) === "all") ? "remove" : "add";
    void this.say(act, row.kind === "new" ? row.name : row.tag.name, row.kind === "new");
  }

  private async say(act: "add" | "remove", tag: string, isNew = false): Promise<void> {
    this.fault = "";
    await this.attempt(async () => {
      const changed = (await (isNew ? this.desk.make(tag) : this.desk.say(act, tag))) ?? "";
      this.said = this.texts.t(`ui.tag.${act}_done`, { tag, changed }).trim();
    });
    this.input?.select(); // the next letter begins the next tag
  }

  private pin(tag: Tag, digit: number | null): void {
    const { favourites } = this.picking;
    const { property } = this.desk;
    const before = favourites?.digitOf(property!, tag);
    favourites?.bind(property!, tag, digit);
    const now = favourites?.digitOf(property!, tag);
    if (now) this.said = this.texts.t("ui.favourite.bound", { digit: now, tag: tag.name });
    else if (before) this.said = this.texts.t("ui.favourite.free", { digit: before });
    this.requestUpdate();
  }

  private async attempt(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.fault = this.texts.t("ui.failed", { reason: reasonOf(error) });
    }
  }
}

if (!customElements.get("panoptic-tag-picker")) customElements.define("panoptic-tag-picker", PanopticTagPicker);
