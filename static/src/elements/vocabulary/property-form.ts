/** The short form that makes a tag property where there is none. */

import { html, type TemplateResult } from "lit";
import { reasonOf } from "../../core/api.js";
import type { Texts } from "../../core/i18n.js";
import type { Project, Property } from "../../core/project.js";

/** `made` is called with the new property; a fault of the name is shown at the name. */
export function propertyForm(texts: Texts, project: Project, made: (property: Property) => void): TemplateResult {
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const input = form.elements.namedItem("name") as HTMLInputElement;
    const body = Object.fromEntries(new FormData(form));
    try {
      const { id } = await project.write("properties", body);
      const found = (await project.properties()).find((property) => property.id === id);
      if (found) made(found);
    } catch (error) {
      input.setCustomValidity(reasonOf(error));
      input.reportValidity();
    }
  };
  const clear = (event: Event): void => (event.target as HTMLInputElement).setCustomValidity("");
  return html`<form class="property-form" @submit=${submit}>
    <p>${texts.t("ui.property.first")}</p>
    <label><span>${texts.t("ui.property.name")}</span><input type="text" name="name" required maxlength="200" autocomplete="off" @input=${clear} /></label>
    <label
      ><span>${texts.t("ui.property.holds")}</span>
      <select name="type">
        <option value="multi_tags">${texts.t("ui.property.multi_tags")}</option>
        <option value="tag">${texts.t("ui.property.tag")}</option>
      </select></label
    >
    <label
      ><span>${texts.t("ui.property.scope")}</span>
      <select name="scope">
        <option value="image">${texts.t("ui.property.scope.image")}</option>
        <option value="instance">${texts.t("ui.property.scope.instance")}</option>
      </select></label
    >
    <button class="main">${texts.t("ui.property.create")}</button>
  </form>`;
}
