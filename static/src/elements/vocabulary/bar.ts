/** What stands above the tag tree: search, order, and the way back and forth. */

import { html, nothing, type TemplateResult } from "lit";
import type { Texts } from "../../core/i18n.js";
import type { SortKey } from "../../core/vocabulary.js";

export interface BarState {
  readonly texts: Texts;
  readonly typed: string;
  readonly sort: SortKey;
  readonly count: number;
  readonly canEdit: boolean;
  search(typed: string): void;
  order(sort: SortKey): void;
  undo(): void;
  redo(): void;
}

export function barOf(state: BarState): TemplateResult {
  const { texts } = state;
  const value = (event: Event): string => (event.target as HTMLInputElement).value;
  const steps = html`<span class="steps">
    <button type="button" title="Z" @click=${state.undo}>${texts.t("ui.tags.undo")}</button>
    <button type="button" title="Shift Z" @click=${state.redo}>${texts.t("ui.tags.redo")}</button>
  </span>`;
  return html`<div class="vocabulary-find" role="search">
    <label>
      <span class="unseen">${texts.t("tags.search")}</span>
      <input type="search" placeholder=${texts.t("tags.search")} .value=${state.typed} @input=${(event: Event) => state.search(value(event))} />
    </label>
    <label>
      ${texts.t("tags.sort")}
      <select @change=${(event: Event) => state.order(value(event) as SortKey)}>
        ${(["name", "count"] as const).map(
          (key) => html`<option value=${key} ?selected=${key === state.sort}>${texts.t(`tags.sort.${key}`)}</option>`,
        )}
      </select>
    </label>
    <span class="count">${texts.count("tags.count", state.count)}</span>
    ${state.canEdit ? steps : nothing}
  </div>`;
}
