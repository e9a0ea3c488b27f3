/** What a stamp sets a property to: a field by the property's type, whose value is a text as people write it. */

import { html, nothing, type TemplateResult } from "lit";
import type { Texts } from "../core/i18n.js";
import { COLOR_NAMES, PALETTE } from "../core/palette.js";
import { type FieldType, hasTags, type Project, type Property } from "../core/project.js";
import { splitTags, joinTags } from "../core/tag-match.js";
import { pickTags } from "./vocabulary/tag-picker.js";

interface Place {
  readonly project: Project;
  readonly texts: Texts;
}

const INPUT_MODES: Partial<Record<FieldType, string>> = { number: "decimal", url: "url" };

export function stampField(
  place: Place,
  property: Property,
  text: string,
  isWrong: boolean,
  change: (text: string) => void,
): TemplateResult {
  const { texts } = place;
  const label = texts.t("ui.stamp.value", { property: property.name });
  if (property.type === "checkbox") return choice(label, text, [["true", texts.t("value.yes")], ["false", texts.t("value.no")]], change);
  const input = html`<input
    type="text"
    inputmode=${INPUT_MODES[property.type] ?? nothing}
    placeholder=${hasTags(property) ? texts.t("filters.value_hint") : property.type === "date" ? texts.t("ui.value.date_hint") : nothing}
    aria-label=${label}
    aria-invalid=${isWrong}
    autocomplete="off"
    .value=${text}
    @input=${(event: Event) => change((event.target as HTMLInputElement).value)}
  />`;
  if (property.type === "color") return html`<div class="with">${input}${colors(texts, text, change)}</div>`;
  if (!hasTags(property)) return input;
  return html`<div class="with">
    ${input}<button
      type="button"
      @click=${(event: Event) => void collect(place, property, text, change, event.currentTarget as Element)}
    >
      ${texts.t("ui.stamp.choose")}
    </button>
  </div>`;
}

function choice(label: string, text: string, options: readonly (readonly [string, string])[], change: (text: string) => void): TemplateResult {
  return html`<select aria-label=${label} .value=${text} @change=${(event: Event) => change((event.target as HTMLSelectElement).value)}>
    <option value=""></option>
    ${options.map(([value, name]) => html`<option value=${value} ?selected=${value === text}>${name}</option>`)}
  </select>`;
}

function colors(texts: Texts, text: string, change: (text: string) => void): TemplateResult {
  return html`<div class="colors">
    ${PALETTE.map((color, at) => {
      const name = texts.t(`ui.color.${COLOR_NAMES[at]}`);
      return html`<button
        type="button"
        class="swatch"
        style=${`background: ${color}`}
        aria-label=${name}
        title=${name}
        aria-pressed=${color === text}
        @click=${() => change(color)}
      ></button>`;
    })}
  </div>`;
}

/** Let the tag picker write the list of tags; nothing is said of any cell yet. */
async function collect(
  { project, texts }: Place,
  property: Property,
  text: string,
  change: (text: string) => void,
  anchor: Element,
): Promise<void> {
  let names = splitTags(text);
  const tags = await project.tags(property.id!);
  await pickTags({
    project,
    texts,
    title: property.name,
    property,
    anchor,
    having: async () => new Map(tags.filter(({ name }) => names.includes(name)).map(({ id }) => [id, "all"])),
    say: async ({ act, text: said = "" }) => {
      const [name] = splitTags(said);
      const others = property.type === "tag" && act === "add" ? [] : names.filter((one) => one !== name);
      names = act === "add" ? [...others, name!] : others;
      change(joinTags(names));
    },
  });
}
