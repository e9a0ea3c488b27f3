/** The fields for the settings of one plugin, by their kinds. */

import { html, nothing, type TemplateResult } from "lit";
import type { Texts } from "../../core/i18n.js";
import { type Called, OWN, type Parameter, type Plugin, type Space, type Value } from "../../core/plugins.js";
import { hasTags, type Property } from "../../core/project.js";

interface Option {
  readonly key: string;
  readonly label: string;
}

export class PluginFields {
  private readonly spaces: readonly Space[];

  constructor(
    private readonly texts: Texts,
    private readonly plugin: Plugin,
    spaces: readonly Space[],
    private readonly properties: readonly Property[],
  ) {
    this.spaces = spaces.filter(({ images }) => images > 0);
  }

  /** Whether the project has what the plugin must be given. */
  get isComplete(): boolean {
    return !this.needsSpace || this.spaces.length > 0;
  }

  private get needsSpace(): boolean {
    const { given, parameters } = this.plugin;
    return given.includes("vectors") || parameters.some(({ kind, required }) => kind === "space" && required);
  }

  draw(values: Called): TemplateResult {
    const { given, parameters } = this.plugin;
    const { texts } = this;
    const described = this.properties.filter((property) => property.type === "text" || hasTags(property));
    return html`${given.includes("vectors") && this.spaces.length
      ? this.labelled(texts.t("ui.plugin.space"), this.select("space", this.spaceOptions(), String(values.space ?? "")))
      : nothing}
    ${given.includes("texts")
      ? this.labelled(texts.t("ui.plugin.texts"), this.select("texts", [{ key: "", label: texts.t("ui.plugin.texts.files") }, ...described.map(named)], values.texts ?? ""))
      : nothing}
    ${parameters.map((one) => this.field(one, values.params[one.name] ?? null))}
    ${given.includes("seed")
      ? this.labelled(
          texts.t("ui.plugin.seed"),
          html`<input type="number" name="seed" min="0" max="4294967295" step="1" required .value=${String(values.seed)} />`,
          texts.t("ui.plugin.seed.help"),
        )
      : nothing}`;
  }

  private field(one: Parameter, value: Value): TemplateResult {
    const name = OWN + one.name;
    if (one.kind === "checkbox") {
      return html`<label class="choice"
        ><input type="checkbox" name=${name} .checked=${value === true} /> <span>${one.label}${one.help ? html`<small>${one.help}</small>` : nothing}</span></label
      >`;
    }
    return this.labelled(one.label, this.control(one, name, value === null ? "" : String(value)), one.help);
  }

  private control(one: Parameter, name: string, value: string): TemplateResult {
    const empty = one.optional ? [{ key: "", label: this.texts.t("ui.plugin.empty") }] : [];
    switch (one.kind) {
      case "choice":
        return this.select(name, [...empty, ...one.choices], value);
      case "space":
        return this.select(name, [...(one.required ? [] : [{ key: "", label: this.texts.t("ui.plugin.default_space") }]), ...this.spaceOptions()], value);
      case "tag-property":
        return this.select(name, [...empty, ...this.properties.filter(hasTags).map(named)], value);
      case "property":
        return html`<input type="text" name=${name} list=${`${name}-known`} autocomplete="off" .value=${value} ?required=${!one.optional} /><datalist
            id=${`${name}-known`}
          >
            ${this.properties.map((property) => html`<option value=${property.name}></option>`)}
          </datalist>`;
      case "integer":
      case "number":
        return html`<input
          type="number"
          name=${name}
          min=${one.minimum ?? nothing}
          max=${one.maximum ?? nothing}
          step=${one.kind === "integer" ? "1" : "any"}
          .value=${value}
          ?required=${!one.optional}
        />`;
      default:
        return html`<input type="text" name=${name} autocomplete="off" .value=${value} ?required=${one.required} />`;
    }
  }

  private labelled(label: string, control: TemplateResult, help = ""): TemplateResult {
    return html`<label><span>${label}</span>${control}${help ? html`<small>${help}</small>` : nothing}</label>`;
  }

  private select(name: string, options: readonly Option[], value: string): TemplateResult {
    return html`<select name=${name}>
      ${options.map(({ key, label }) => html`<option value=${key} .selected=${key === value}>${label}</option>`)}
    </select>`;
  }

  private spaceOptions(): Option[] {
    return this.spaces.map(({ id, label, images }) => ({ key: String(id), label: `${label} · ${this.texts.count("counts.images", images)}` }));
  }
}

const named = ({ name }: Property): Option => ({ key: name, label: name });
