/** Parts of the tag picker: a tag with what is known of it, the tag that what is typed would make, chips, properties. */

import { html, nothing, type TemplateResult } from "lit";
import type { Texts } from "../../core/i18n.js";
import { COLOR_NAMES, PALETTE } from "../../core/palette.js";
import type { Property, Tag } from "../../core/project.js";
import type { TagDesk } from "../../core/tag-desk.js";

const NEW_PROPERTY = "new";

export interface About {
  /** Tags above it, outermost first. */
  readonly path: readonly string[];
  /** Null: unknown. */
  readonly state: "all" | "some" | "none" | null;
  /** The digit that is bound to it; null: none, undefined: digits are not offered. */
  readonly digit: number | null | undefined;
}

export function tagRow(texts: Texts, tag: Tag, at: number, active: boolean, { path, state, digit }: About): TemplateResult {
  const said = state && state !== "none" ? texts.t(`ui.tag.state.${state}`) : "";
  return html`<div
    id=${`panoptic-tag-${at}`}
    class="tag-row"
    role="option"
    data-at=${at}
    aria-selected=${active}
    aria-checked=${state === null ? nothing : state === "all" ? "true" : state === "some" ? "mixed" : "false"}
    aria-label=${[...path, tag.name, said, texts.number(tag.count)].filter(Boolean).join(", ")}
  >
    <span class="state">${state === "all" ? "✓" : state === "some" ? "–" : ""}</span>
    <span class="swatch" style=${tag.color ? `background: ${tag.color}` : ""}></span>
    <span class="name">${path.length ? html`<span class="path">${path.join(" › ")} › </span>` : nothing}${tag.name}</span>
    ${digit === undefined
      ? nothing
      : html`<span class=${digit ? "pin bound" : "pin"} title=${texts.t("ui.favourite.pin")}>${digit ?? "☆"}</span>`}
    <span class="count">${texts.number(tag.count)}</span>
    ${state === null || state === "some" ? html`<span class="less" title=${texts.t("ui.tag.remove")}>−</span>` : nothing}
  </div>`;
}

export function newRow(
  texts: Texts,
  name: string,
  at: number,
  active: boolean,
  color: string,
  choose: (color: string) => void,
): TemplateResult {
  const colorName = texts.t(`ui.color.${COLOR_NAMES[(PALETTE as readonly string[]).indexOf(color)] ?? "none"}`);
  return html`<div
    id=${`panoptic-tag-${at}`}
    class="tag-row new"
    role="option"
    data-at=${at}
    aria-selected=${active}
    aria-label=${`${texts.t("ui.tag.create", { tag: name })}, ${colorName}`}
  >
    <span class="state">+</span>
    <span class="swatch" style=${`background: ${color}`}></span>
    <span class="name">${texts.t("ui.tag.create", { tag: name })}</span>
    <span class="colors">
      ${PALETTE.map(
        (one, n) => html`<span
          data-color=${one}
          class=${one === color ? "swatch chosen" : "swatch"}
          style=${`background: ${one}`}
          title=${texts.t(`ui.color.${COLOR_NAMES[n]}`)}
          @click=${() => choose(one)}
        ></span>`,
      )}
    </span>
  </div>`;
}

/** The tags that all have, each with a button that takes it away. */
export function tagChips(texts: Texts, { chips, byName }: TagDesk, remove: (name: string) => void): TemplateResult | typeof nothing {
  if (!chips.length) return nothing;
  const chip = (name: string): TemplateResult => {
    const label = texts.t("ui.tag.remove_one", { tag: name });
    return html`<li class="tag-chip" style=${`--tag: ${byName.get(name)?.color ?? "var(--pan-edge)"}`}>
      <span>${name}</span>
      <button type="button" class="quiet" tabindex="-1" aria-label=${label} title=${label} @click=${() => remove(name)}>×</button>
    </li>`;
  };
  return html`<ul class="chips" aria-label=${texts.t("ui.tag.chips")}>${chips.map(chip)}</ul>`;
}

/** Whose tags are shown. `choose` is called with null where a new property is wanted. */
export function propertyChooser(texts: Texts, desk: TagDesk, choose: (property: Property | null) => void): TemplateResult {
  const change = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    choose(desk.properties.find(({ id }) => String(id) === value) ?? null);
  };
  return html`<select aria-label=${texts.t("ui.property")} @change=${change}>
    ${desk.properties.map(({ id, name }) => html`<option value=${id} ?selected=${id === desk.property?.id}>${name}</option>`)}
    <option value=${NEW_PROPERTY} ?selected=${!desk.property}>${texts.t("ui.property.new")}</option>
  </select>`;
}
