/** `<panoptic-help>`: the keys, in a dialog. */

import { html, type TemplateResult } from "lit";
import { HELP, type HelpRows } from "../../core/keys.js";
import * as icons from "../icons.js";
import { LightElement } from "../light.js";

export class PanopticHelp extends LightElement {
  static override properties = { more: { attribute: false } };
  /** Further lists of keys, each below the key of its heading's text. */
  declare more: readonly (readonly [string, HelpRows])[];

  constructor() {
    super();
    this.more = [];
  }

  show(): void {
    this.querySelector("dialog")?.showModal();
  }

  protected override render(): TemplateResult {
    const close = this.texts.t("ui.close");
    return html`<dialog class="help" aria-labelledby="panoptic-help-title" @click=${this.dismissed}>
      <header>
        <h2 id="panoptic-help-title">${this.texts.t("ui.help")}</h2>
        <form method="dialog">
          <button class="quiet" aria-label=${close} title=${close}>${icons.close}</button>
        </form>
      </header>
      <div class="lists">
        ${this.list(HELP)}
        ${this.more.map(([title, rows]) => html`<section><h3>${this.texts.t(title)}</h3>${this.list(rows)}</section>`)}
      </div>
    </dialog>`;
  }

  private list(rows: HelpRows): TemplateResult {
    return html`<dl>
      ${rows.map(
        ([keys, text]) => html`<div>
          <dt>${keys.map((key) => html`<kbd>${this.texts.t(key)}</kbd> `)}</dt>
          <dd>${this.texts.t(text)}</dd>
        </div>`,
      )}
    </dl>`;
  }

  /** A click on the backdrop closes. */
  private dismissed(event: MouseEvent): void {
    if (event.target instanceof HTMLDialogElement) event.target.close();
  }
}
