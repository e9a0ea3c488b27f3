/** What is asked before a cluster is renamed, merged, or saved as tags. The focus returns to where it came from. */

import { html, type TemplateResult } from "lit";
import type { App } from "../grid-page.js";
import { hasTags } from "../../core/project.js";
import { ask, type Question } from "../dialogs/ask.js";

interface Named {
  readonly label: number;
  readonly name: string;
}

export function askName(app: App, name: string, anchor: HTMLElement, rename: (name: string) => Promise<void>): void {
  const { texts } = app;
  const body = field(
    texts.t("ui.cluster.name"),
    html`<input type="text" name="name" maxlength="200" autocomplete="off" .value=${name} />`,
  );
  const title = texts.t("ui.cluster.rename_one", { name });
  open(app, anchor, { title, body, act: texts.t("ui.cluster.rename_act") }, (form) => rename(text(form, "name").trim()));
}

export function askMerge(app: App, name: string, others: readonly Named[], anchor: HTMLElement, merge: (into: Named) => Promise<void>): void {
  const { texts } = app;
  const body = field(
    texts.t("ui.cluster.into"),
    html`<select name="into">
      ${others.map((each) => html`<option value=${each.label}>${each.name}</option>`)}
    </select>`,
  );
  const into = (form: FormData): Promise<void> => merge(others.find(({ label }) => String(label) === form.get("into"))!);
  open(app, anchor, { title: texts.t("ui.cluster.merge_one", { name }), body, act: texts.t("ui.cluster.merge_act") }, into);
}

export async function askTags(
  app: App,
  name: string,
  anchor: HTMLElement,
  save: (property: string, isNested: boolean) => Promise<void>,
): Promise<void> {
  const { texts, project } = app;
  const known = (await project.properties()).filter(hasTags);
  const body = html`${field(
      texts.t("ui.cluster.property"),
      html`<input type="text" name="property" required autocomplete="off" list="cluster-properties" .value=${name} /><datalist
          id="cluster-properties"
        >
          ${known.map((property) => html`<option value=${property.name}></option>`)}
        </datalist>`,
    )}
    <label class="choice"><input type="checkbox" name="nested" /> <span>${texts.t("ui.cluster.nested", { name })}</span></label>
    <p>${texts.t("ui.cluster.save_says")}</p>`;
  const title = texts.t("ui.cluster.save_one", { name });
  open(app, anchor, { title, body, act: texts.t("ui.cluster.save_act") }, (form) => save(text(form, "property").trim(), form.has("nested")));
}

function open(app: App, anchor: HTMLElement, question: Question, submit: (form: FormData) => Promise<void>): void {
  ask(app, app.texts, question, submit);
  app.querySelector("dialog.ask[open]")?.addEventListener("close", () => anchor.focus({ preventScroll: true }));
}

function field(label: string, control: TemplateResult): TemplateResult {
  return html`<label><span>${label}</span>${control}</label>`;
}

function text(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}
