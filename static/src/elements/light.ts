/** Base of our Lit elements: they render into themselves, so that the page's one style sheet and forms reach them. */

import { LitElement } from "lit";
import type { Texts } from "../core/i18n.js";

export class LightElement extends LitElement {
  texts!: Texts;

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren(); // the server's HTML has done its work
    return this;
  }

  protected emit(name: string, detail?: object): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}
