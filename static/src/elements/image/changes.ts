/** The last changes of an image, folded away: who, when, what, and a way to take each back. */

import { html, nothing, type TemplateResult } from "lit";
import type { Change, ImageContext } from "../../core/image.js";
import type { Texts } from "../../core/i18n.js";

export function changesOf(texts: Texts, { changes, history }: ImageContext, undo: (changeset: number) => void): TemplateResult {
  return html`<details class="pane changes">
    <summary>${texts.t("history.title")}</summary>
    ${changes.length
      ? html`<ul>
          ${changes.map((change) => entry(texts, change, undo))}
        </ul>`
      : html`<p class="none">${texts.t("history.none")}</p>`}
    <p><a href=${history.href}>${history.label}</a></p>
  </details>`;
}

function entry(texts: Texts, change: Change, undo: (changeset: number) => void): TemplateResult {
  const label = texts.t("history.undo_one", { changeset: String(change.id) });
  return html`<li data-changeset=${change.id} class=${change.is_standing ? "" : "undone"}>
    <span>${change.actor_label}, <time datetime=${change.at}>${change.at_label}</time>: ${change.tool_label}</span>
    <span class="what">${change.properties}</span>
    ${change.is_standing ? nothing : html`<span>${change.state_label}</span>`}
    ${change.undo_url
      ? html`<button type="button" aria-label=${label} @click=${() => undo(change.id)}>${texts.t("history.undo")}</button>`
      : nothing}
  </li>`;
}
