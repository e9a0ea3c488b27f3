/** `<panoptic-selection>`: says how many are selected, beside what can be done with them. Events: `selection-all`, `selection-clear`. */

import { html, nothing, type TemplateResult } from "lit";
import * as icons from "./icons.js";
import { LightElement } from "./light.js";

export class PanopticSelection extends LightElement {
  static override properties = { selected: { attribute: false }, total: { attribute: false }, tools: { attribute: false } };
  declare selected: number;
  declare total: number;
  /** Buttons for the selection, once the page's tools are there. */
  declare tools: HTMLElement | null;

  constructor() {
    super();
    this.selected = 0;
    this.total = 0;
    this.tools = null;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.selected) return nothing;
    const all = html`<button type="button" @click=${() => this.emit("selection-all")}>
      ${this.texts.t("ui.select_all")}
    </button>`;
    const clear = this.texts.t("ui.clear_selection");
    return html`<div class="selection-bar" role="region" aria-label=${this.texts.t("ui.selection")}>
      <strong>${this.texts.count("ui.selected", this.selected)}</strong>
      ${this.selected < this.total ? all : nothing}${this.tools}
      <button type="button" class="quiet" aria-label=${clear} title=${clear} @click=${() => this.emit("selection-clear")}>
        ${icons.close}
      </button>
    </div>`;
  }
}
