/** Up or down. */

import { html, type TemplateResult } from "lit";
import type { Texts } from "../../core/i18n.js";
import * as icons from "../icons.js";

export function directionButton(texts: Texts, descending: boolean, reverse: () => void): TemplateResult {
  const label = texts.t(descending ? "ui.descending" : "ui.ascending");
  return html`<button type="button" class="quiet direction" aria-label=${label} title=${label} @click=${reverse}>
    ${descending ? icons.descending : icons.ascending}
  </button>`;
}
