/**
 * The form that everything with plugins asks by: which one, with which settings, on which vectors.
 *
 *     const choice = await askPlugin(app, "clusterer", { title: texts.t("ui.cluster.create"), anchor: button });
 *     if (choice) await postJson(`${base}/cluster`, { ...choice, query });
 *
 * `askPlugin(app, role, {title, only?, anchor?})` opens a dialog and resolves with what was chosen, null where it was
 * cancelled. `only` keeps the plugins that it says true to; `anchor` gets the focus back. On the server, `web.plugins.called`
 * reads a choice, and `store.plugin_defaults.remember` keeps one that is `by_default`.
 */

import { html, nothing, render, type TemplateResult } from "lit";
import { getJson, postJson, reasonOf } from "../../core/api.js";
import type { App } from "../grid-page.js";
import type { Choice, Plugin, Plugins, Role } from "../../core/plugins.js";
import { choiceOf, initialOf, valuesOf } from "../../core/plugins.js";
import type { Property } from "../../core/project.js";
import * as icons from "../icons.js";
import type { Job } from "../job.js";
import { PluginFields } from "./plugin-fields.js";
import { watchJob } from "../watch-job.js";

export type { Choice, Plugin, Role };

export interface Asking {
  readonly title: string;
  readonly only?: (plugin: Plugin) => boolean;
  readonly anchor?: HTMLElement;
}

/** The parts of a page that the form needs: the grid page has them, and the image page. */
export type Asker = Pick<App, "project" | "texts">;

let asked = 0;

export async function askPlugin(app: Asker, role: Role, { title, only = () => true, anchor }: Asking): Promise<Choice | null> {
  const { texts, project } = app;
  const dialog = document.createElement("dialog");
  const heading = `panoptic-plugin-${++asked}`;
  dialog.className = "panoptic ask plugin-form";
  dialog.setAttribute("aria-labelledby", heading);
  (document.querySelector("panoptic-app, .panoptic") ?? document.body).append(dialog);
  const [known, properties] = await Promise.all([
    getJson<Plugins>(`${project.base}/plugins.json?role=${role}`),
    project.properties(),
  ]).catch((error: unknown) => [reasonOf(error), [] as readonly Property[]] as const);
  const plugins = typeof known === "string" ? [] : known.plugins.filter(only);
  const first = typeof known === "string" ? undefined : initialOf(plugins, known.chosen[role] ?? null);
  let choice: Choice | null = null;
  let lacksVectors = false;

  const submitted = (event: SubmitEvent, plugin: Plugin): void => {
    event.preventDefault();
    choice = choiceOf(plugin, new FormData(event.target as HTMLFormElement));
    dialog.close();
  };
  const draw = (plugin: Plugin | undefined): void => {
    const fields = plugin && typeof known !== "string" ? new PluginFields(texts, plugin, known.spaces, properties) : null;
    const chosen = (event: Event): void => draw(plugins.find(({ id }) => id === (event.target as HTMLSelectElement).value));
    const compute = (): void => {
      lacksVectors = true;
      dialog.close();
    };
    const close = texts.t("ui.close");
    render(
      html`<form @submit=${(event: SubmitEvent) => plugin && submitted(event, plugin)}>
        <header>
          <h2 id=${heading}>${title}</h2>
          <button type="button" class="quiet" aria-label=${close} title=${close} @click=${() => dialog.close()}>${icons.close}</button>
        </header>
        ${typeof known === "string" ? html`<p class="fault" role="alert">${known}</p>` : nothing}
        ${plugins.length ? chooser(app, plugins, plugin, chosen) : html`<p>${texts.t("ui.plugin.none")}</p>`}
        ${fields && !fields.isComplete
          ? html`<p class="warning">${texts.t("ui.plugin.no_space")} <button type="button" @click=${compute}>${texts.t("ui.plugin.compute")}</button></p>`
          : nothing}
        ${fields && plugin ? html`<div class="fields" aria-live="polite">${fields.draw(valuesOf(plugin))}</div>` : nothing}
        ${plugin ? html`<label class="choice"><input type="checkbox" name="by_default" /> <span>${texts.t("ui.plugin.by_default")}</span></label>` : nothing}
        <footer>
          <button type="button" @click=${() => dialog.close()}>${texts.t("ui.plugin.cancel")}</button>
          <button class="main" ?disabled=${!fields?.isComplete}>${texts.t("ui.plugin.call")}</button>
        </footer>
      </form>`,
      dialog,
    );
  };
  draw(first);
  dialog.showModal();
  dialog.querySelector<HTMLElement>("select, .main")?.focus();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  dialog.remove();
  if (lacksVectors && (await embedded(app))) return askPlugin(app, role, { title, only, ...(anchor && { anchor }) });
  anchor?.focus({ preventScroll: true });
  return choice;
}

/** Have vectors computed by the usual embedder; false where that fails, which the page of jobs explains. */
async function embedded(app: Asker): Promise<boolean> {
  const { job } = await postJson<{ job: Job }>(`${app.project.base}/embed`, {});
  return (await watchJob(app, job.kind_label, `${app.project.base}/jobs/${job.id}.json`)).state === "done";
}

/** One that cannot be run is shown too, with what would install it. */
function chooser({ texts }: Asker, plugins: readonly Plugin[], plugin: Plugin | undefined, chosen: (event: Event) => void): TemplateResult {
  const missing = plugins.filter((one) => one.missing);
  return html`<label>
      <span>${texts.t("ui.plugin.function")}</span>
      <select name="plugin" @change=${chosen}>
        ${plugins.map(
          (one) => html`<option value=${one.id} ?disabled=${one.missing !== ""} .selected=${one.id === plugin?.id}>
            ${one.missing ? texts.t("ui.plugin.not_installed", { name: one.label }) : one.label}
          </option>`,
        )}
      </select>
    </label>
    ${plugin ? html`<p class="says">${plugin.description}</p>` : nothing}
    ${missing.length
      ? html`<ul class="missing">
          ${missing.map((one) => html`<li>${one.label}: <code>${one.missing}</code></li>`)}
        </ul>`
      : nothing}`;
}
