/**
 * `<panoptic-bar>`: what is shown and how: counts, mode, sort, size.
 * Events: `bar-change` {a part of an Address}, `bar-thumb` {thumb, done}, `bar-sorts`, `bar-folders`, `bar-help`.
 */

import { html, nothing, type TemplateResult } from "lit";
import { type Address, type Sort, THUMB_MAX, THUMB_MIN } from "../core/address.js";
import type { Mode } from "../core/codec.js";
import type { Page } from "../core/page.js";
import * as icons from "./icons.js";
import { LightElement } from "./light.js";

const LARGEST_SEED = 1_000_000;

export class PanopticBar extends LightElement {
  static override properties = {
    page: { attribute: false },
    address: { attribute: false },
    count: { attribute: false },
    thumb: { attribute: false },
    foldersOpen: { attribute: false },
  };
  declare page: Page;
  declare address: Address;
  /** Cells of the view; null while it is being read. */
  declare count: number | null;
  declare thumb: number;
  declare foldersOpen: boolean;

  protected override render(): TemplateResult {
    const { texts } = this;
    return html`
      <button
        type="button"
        class="quiet folders-button"
        aria-expanded=${this.foldersOpen}
        aria-label=${texts.t("folders.title")}
        title=${texts.t("folders.title")}
        @click=${() => this.emit("bar-folders")}
      >
        ${icons.menu}
      </button>
      <div class="heading">
        <h1>${this.page.database}</h1>
        <p class="counts">${this.counts()}</p>
      </div>
      <div class="controls">
        <div class="modes" role="group" aria-label=${texts.t("mode.title")}>
          ${this.modeButton("instances")}${this.modeButton("images")}
        </div>
        <div class="sort">
          <select
            aria-label=${texts.t("sort.title")}
            .value=${this.first.key}
            @change=${(event: Event) => this.sortBy((event.target as HTMLSelectElement).value)}
          >
            ${this.choices().map(
              ({ key, label }) => html`<option value=${key} ?selected=${key === this.first.key}>${label}</option>`,
            )}
          </select>
          ${this.first.key === "random" ? this.seedButton() : this.directionButton()}${this.thenButton()}
        </div>
      </div>
      ${this.slider()}
      <button
        type="button"
        class="quiet help-button"
        aria-label=${texts.t("ui.help")}
        title=${texts.t("ui.help")}
        @click=${() => this.emit("bar-help")}
      >
        ?
      </button>
    `;
  }

  private counts(): string | typeof nothing {
    if (this.count === null) return nothing;
    return this.texts.count(this.address.mode === "images" ? "counts.images" : "counts.instances", this.count);
  }

  private modeButton(mode: Mode): TemplateResult {
    return html`<button
      type="button"
      aria-pressed=${this.address.mode === mode}
      title=${this.texts.t(`ui.mode.${mode}.title`)}
      @click=${() => this.emit("bar-change", { mode })}
    >
      ${this.texts.t(`mode.${mode}`)}
    </button>`;
  }

  private directionButton(): TemplateResult {
    const { key, descending } = this.first;
    const label = this.texts.t(descending ? "ui.descending" : "ui.ascending");
    return html`<button
      type="button"
      class="quiet"
      aria-label=${label}
      title=${label}
      @click=${() => this.emit("bar-change", { sorts: [{ key, descending: !descending }, ...this.address.sorts.slice(1)] })}
    >
      ${descending ? icons.descending : icons.ascending}
    </button>`;
  }

  private seedButton(): TemplateResult {
    const label = this.texts.t("ui.reshuffle");
    return html`<button
      type="button"
      class="quiet"
      aria-label=${label}
      title=${label}
      @click=${() => this.sortBy("random")}
    >
      ${icons.dice}
    </button>`;
  }

  private slider(): TemplateResult {
    const changed = (event: Event, done: boolean): void =>
      this.emit("bar-thumb", { thumb: Number((event.target as HTMLInputElement).value), done });
    return html`<label class="size" title=${this.texts.t("size.title")}>
      ${icons.small}
      <input
        type="range"
        min=${THUMB_MIN}
        max=${THUMB_MAX}
        step="4"
        aria-label=${this.texts.t("size.title")}
        .value=${String(this.thumb)}
        @input=${(event: Event) => changed(event, false)}
        @change=${(event: Event) => changed(event, true)}
      />
      ${icons.large}
    </label>`;
  }

  private sortBy(key: string): void {
    const isRandom = key === "random";
    const first = { key, descending: !isRandom && this.first.descending };
    const then = this.address.sorts.slice(1).filter((sort) => sort.key !== key);
    const seed = isRandom ? 1 + Math.floor(Math.random() * LARGEST_SEED) : this.address.seed;
    this.emit("bar-change", { sorts: [first, ...(isRandom ? [] : then)], seed });
  }

  private get first(): Sort {
    return this.address.sorts[0] ?? { key: "id", descending: false };
  }

  /** What to sort by; a key that the address names and the list has not is added. */
  private choices(): Page["sorts"] {
    const { sorts } = this.page;
    const { key } = this.first;
    return sorts.some((sort) => sort.key === key) ? sorts : [...sorts, { key, label: key === "similarity" ? this.texts.t("row.similarity") : key }];
  }

  private thenButton(): TemplateResult {
    const label = this.texts.t("ui.sort.then");
    const more = this.address.sorts.length - 1;
    return html`<button type="button" class="quiet" aria-label=${label} title=${label} @click=${() => this.emit("bar-sorts")}>
      ${more > 0 ? `+${more}` : icons.more}
    </button>`;
  }
}
