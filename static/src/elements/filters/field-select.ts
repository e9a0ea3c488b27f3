/** A choice among the fields of a project: the properties under their headings, then what the import found out. */

import { html, nothing, type TemplateResult } from "lit";
import { sameName } from "../../core/names.js";
import type { Property } from "../../core/project.js";
import type { WhereWords } from "../../core/where-words.js";
import { typeIcon } from "../vocabulary/type-icons.js";

export interface FieldChoice {
  readonly words: WhereWords;
  readonly fields: readonly Property[];
  readonly chosen: string;
  readonly label: string;
  /** Choices that are no fields, by their keys, first. */
  readonly more?: readonly (readonly [key: string, label: string])[];
  readonly change: (name: string) => void;
}

export function fieldSelect({ words, fields, chosen, label, more = [], change }: FieldChoice): TemplateResult {
  const { texts } = words;
  const groups = Map.groupBy(
    fields,
    ({ id, group }) => group ?? texts.t(id === null ? "ui.field.system" : "ui.field.properties"),
  );
  const system = texts.t("ui.field.system");
  const ordered = [...groups].sort(([a], [b]) => Number(a === system) - Number(b === system));
  const is = (name: string): boolean => sameName(name, chosen);
  const field = words.field(chosen);
  const isOffered = [...fields.map(({ name }) => name), ...more.map(([key]) => key)].some(is);
  return html`<span class="field-select">
    ${field ? typeIcon(field.type) : nothing}
    <select aria-label=${label} @change=${(event: Event) => change((event.target as HTMLSelectElement).value)}>
      ${field && !isOffered ? html`<option value=${field.name} selected>${words.fieldLabel(field.name)}</option>` : nothing}
      ${more.map(([key, text]) => html`<option value=${key} .selected=${is(key)}>${text}</option>`)}
      ${ordered.map(
        ([group, some]) => html`<optgroup label=${group}>
          ${some.map(({ name }) => html`<option value=${name} .selected=${is(name)}>${words.fieldLabel(name)}</option>`)}
        </optgroup>`,
      )}
    </select>
  </span>`;
}
