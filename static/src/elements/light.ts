/** Base of our Lit elements: they render into themselves, so that the page's one style sheet and forms reach them. */

import { LitElement, type PropertyDeclarations } from "lit";
import type { Texts } from "../core/i18n.js";

export class LightElement extends LitElement {
  static override properties: PropertyDeclarations = { texts: { attribute: false } };
  declare texts: Texts;

  /** Nothing can be said before there are words. */
  protected override shouldUpdate(): boolean {
    return this.texts !== undefined;
  }

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren(); // the server's HTML has done its work
    return this;
  }

  protected emit(name: string, detail?: object): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}
