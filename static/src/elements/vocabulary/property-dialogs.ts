/** What makes, changes and deletes properties and their groups, each in a dialog of its own. */

import { html, nothing, render, type TemplateResult } from "lit";
import { getJson } from "../../core/api.js";
import type { App } from "../grid-page.js";
import type { Heading } from "../../core/panel.js";
import type { FieldType, Property, Written } from "../../core/project.js";
import { ask } from "../dialogs/ask.js";
import { typeIcon } from "./type-icons.js";

const TYPES: readonly FieldType[] = ["text", "number", "date", "tag", "multi_tags", "url", "color", "checkbox"];

interface About {
  readonly values: number;
  readonly types: readonly FieldType[];
}

interface Preview {
  readonly converts: number;
  readonly failing: number;
  readonly fails: readonly { readonly value: string; readonly count: number; readonly reason: string }[];
  readonly tags: number;
}

export class PropertyDialogs {
  /** `told` learns what was written. */
  constructor(
    private readonly app: App,
    private readonly headings: () => readonly Heading[],
    private readonly told: (words: string, written: Written) => void,
  ) {}

  create(): void {
    const { texts, project } = this.app;
    const choice = (kind: "type" | "scope", key: string, first: boolean): TemplateResult =>
      html`<label class="choice">
        <input type="radio" name=${kind} value=${key} ?checked=${first} />
        ${kind === "type" ? typeIcon(key as FieldType) : nothing} <strong>${texts.t(`${kind}.${key}`)}</strong>
        <span>${texts.t(`${kind}.${key}.long`)}</span>
      </label>`;
    const body = html`${this.line("name", "properties.name", "", true)}
      <fieldset class="types">
        <legend>${texts.t("properties.type")}</legend>
        ${TYPES.map((type, at) => choice("type", type, at === 0))}
      </fieldset>
      <fieldset>
        <legend>${texts.t("properties.scope")}</legend>
        ${choice("scope", "image", true)} ${choice("scope", "instance", false)}
      </fieldset>
      ${this.line("description", "properties.description", "")} ${this.group(null)}`;
    ask(this.app, texts, { title: texts.t("properties.new"), body, act: texts.t("properties.create") }, async (form) => {
      const written = await project.write("properties", Object.fromEntries(form));
      this.told(texts.t("ui.properties.made", { name: String(form.get("name")) }), written);
    });
  }

  createGroup(): void {
    const { texts, project } = this.app;
    const question = { title: texts.t("properties.new_group"), body: this.line("name", "properties.name", "", true), act: texts.t("properties.create_group") };
    ask(this.app, texts, question, async (form) => {
      const written = await project.write("property-groups", Object.fromEntries(form));
      this.told(texts.t("ui.properties.made", { name: String(form.get("name")) }), written);
    });
  }

  /** Rename it, describe it, put it under another heading. */
  change(property: Property): void {
    const { texts, project } = this.app;
    const body = html`${this.line("name", "properties.name", property.name, true)}
    ${this.line("description", "properties.description", property.description ?? "")} ${this.group(property.group)}`;
    const question = { title: property.name, body, act: texts.t("properties.save") };
    ask(this.app, texts, question, async (form) => {
      const written = await project.write(`properties/${property.id}`, Object.fromEntries(form));
      if (written.changeset !== null) this.told(texts.t("ui.properties.changed", { name: String(form.get("name")) }), written);
    });
  }

  renameGroup({ id, name }: Heading): void {
    const { texts, project } = this.app;
    const question = { title: name!, body: this.line("name", "properties.name", name!, true), act: texts.t("properties.rename") };
    ask(this.app, texts, question, async (form) => {
      const written = await project.write(`property-groups/${id}`, Object.fromEntries(form));
      if (written.changeset !== null) this.told(texts.t("ui.properties.changed", { name: String(form.get("name")) }), written);
    });
  }

  deleteGroup({ id, name, properties }: Heading): void {
    const { texts, project } = this.app;
    const choice = (key: string, label: string, first: boolean): TemplateResult =>
      html`<label class="choice"><input type="radio" name="properties" value=${key} ?checked=${first} /> <span>${label}</span></label>`;
    const body = properties.length
      ? html`<fieldset>
          <legend>${texts.count("ui.properties.inside", properties.length)}</legend>
          ${choice("keep", texts.t("ui.properties.keep"), true)} ${choice("delete", texts.t("ui.properties.delete_too"), false)}
        </fieldset>`
      : html`<p>${texts.t("ui.properties.undoable")}</p>`;
    const question = { title: texts.t("ui.properties.delete_group", { name: name! }), body, act: texts.t("ui.properties.delete_now"), isGrave: true };
    ask(this.app, texts, question, async (form) => {
      const written = await project.write(`property-groups/${id}/delete`, Object.fromEntries(form));
      this.told(texts.t("ui.properties.deleted", { name: name! }), written);
    });
  }

  async delete({ id, name }: Property): Promise<void> {
    const { texts, project } = this.app;
    const { values } = await this.about(id!);
    const body = html`<p>${texts.count("ui.properties.loses", values)} ${texts.t("ui.properties.undoable")}</p>`;
    const question = { title: texts.t("ui.properties.delete", { name }), body, act: texts.t("ui.properties.delete_now"), isGrave: true };
    ask(this.app, texts, question, async () => {
      this.told(texts.t("ui.properties.deleted", { name }), await project.write(`properties/${id}/delete`, {}));
    });
  }

  /** Another type is chosen, what that would do is shown, and then it is done. */
  async changeType({ id, name, type }: Property): Promise<void> {
    const { texts, project } = this.app;
    const { types } = await this.about(id!);
    const seen = document.createElement("div");
    seen.className = "preview";
    seen.setAttribute("aria-live", "polite");
    let failing = 0;
    const look = async (to: string): Promise<void> => {
      const preview = await getJson<Preview>(`${project.base}/properties/${id}/type.json?type=${to}`);
      failing = preview.failing;
      render(this.preview(preview), seen);
    };
    const chosen = (event: Event): void => void look((event.target as HTMLSelectElement).value);
    const body = html`<p>${typeIcon(type)} ${texts.t(`type.${type}`)}</p>
      <label
        ><span>${texts.t("properties.change_type")}</span>
        <select name="type" @change=${chosen}>
          ${types.map((each) => html`<option value=${each}>${texts.t(`type.${each}`)}</option>`)}
        </select></label
      >
      ${seen}`;
    ask(this.app, texts, { title: name, body, act: texts.t("properties.change"), isGrave: true }, async (form) => {
      const asked = { type: form.get("type"), failing: failing ? "erase" : "refuse" };
      this.told(texts.t("ui.properties.changed", { name }), await project.write(`properties/${id}/type`, asked));
    });
    await look(types[0]!);
  }

  private preview({ converts, failing, fails, tags }: Preview): TemplateResult {
    const { texts } = this.app;
    return html`<p>${texts.count("properties.converts", converts)} ${tags ? texts.count("properties.makes_tags", tags) : nothing}</p>
      ${failing
        ? html`<p class="warning">${texts.count("properties.failing", failing)}</p>
            <ul>
              ${fails.map(({ value, count, reason }) => html`<li title=${reason}><code>${value || "“”"}</code> × ${texts.number(count)}</li>`)}
            </ul>`
        : nothing}`;
  }

  private about(id: number): Promise<About> {
    return getJson<About>(`${this.app.project.base}/properties/${id}.json`);
  }

  private line(name: string, key: string, value: string, required = false): TemplateResult {
    return html`<label
      ><span>${this.app.texts.t(key)}</span
      ><input type="text" name=${name} autocomplete="off" .value=${value} ?required=${required}
    /></label>`;
  }

  private group(chosen: string | null): TemplateResult {
    const names = this.headings().flatMap(({ name }) => name ?? []);
    return html`<label
      ><span>${this.app.texts.t("properties.in_group")}</span
      ><input type="text" name="group" list="panoptic-property-groups" autocomplete="off" .value=${chosen ?? ""} /><datalist
        id="panoptic-property-groups"
      >
        ${names.map((name) => html`<option value=${name}></option>`)}
      </datalist></label
    >`;
  }
}
