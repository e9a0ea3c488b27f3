/** A dialog that lists what is said of an image, and says what is ticked of it of a whole selection. */

import { html, nothing, render, type TemplateResult } from "lit";
import type { ImageContext, Pane, Row } from "../../core/image.js";
import type { Texts } from "../../core/i18n.js";
import type { Saying } from "../../core/project.js";
import * as icons from "../icons.js";

/** Resolves with what is to be said of the selection; null: nothing, the dialog was closed. */
export function chooseValues(host: Element, texts: Texts, context: ImageContext, selected: number): Promise<readonly Saying[] | null> {
  const dialog = document.createElement("dialog");
  dialog.className = "panoptic copy-values";
  dialog.setAttribute("aria-labelledby", "panoptic-copy-title");
  const panes = context.panes.filter(({ key, rows }) => key !== "panoptic" && rows.some(isSet));
  const close = texts.t("ui.close");
  render(
    html`<form method="dialog">
      <header>
        <h2 id="panoptic-copy-title">${texts.count("ui.copy.title", selected)}</h2>
        <button class="quiet" value="" aria-label=${close} title=${close}>${icons.close}</button>
      </header>
      ${panes.length ? panes.map((pane) => fieldset(pane)) : html`<p>${texts.t("pane.none")}</p>`}
      <footer>
        ${panes.length ? html`<button class="main" value="copy">${texts.count("ui.copy.apply", selected)}</button>` : nothing}
      </footer>
    </form>`,
    dialog,
  );
  host.append(dialog);
  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // the image below has keys of its own
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      const ticked = [...dialog.querySelectorAll<HTMLInputElement>("input:checked")].map(({ value }) => value);
      const rows = panes.flatMap(({ rows }) => rows).filter(({ property_id }) => ticked.includes(String(property_id)));
      const sayings = rows.map(({ key, text }): Saying => ({ act: "set", name: key, text: text! }));
      dialog.remove();
      resolve(dialog.returnValue === "copy" && sayings.length ? sayings : null);
    });
  });
}

const isSet = ({ text }: Row): boolean => text !== null;

/** What is said of an image may be meant for all its like, what is said of an instance seldom is. */
function fieldset({ key, label, rows }: Pane): TemplateResult {
  return html`<fieldset>
    <legend>${label}</legend>
    ${rows
      .filter(isSet)
      .map(
        (row) => html`<label>
          <input type="checkbox" name="property" value=${row.property_id} ?checked=${key === "image"} />
          <span>${row.label}</span> <strong>${row.value}</strong>
        </label>`,
      )}
  </fieldset>`;
}
