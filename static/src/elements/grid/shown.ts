/** How the view is shown: cards or a table, and a button whose popover says which properties are shown with each cell. */

import { html, nothing, render, type TemplateResult } from "lit";
import type { Texts } from "../../core/i18n.js";
import type { Property } from "../../core/project.js";
import * as icons from "../icons.js";

export interface ShownActs {
  readonly isTable: boolean;
  /** All that may be shown: the properties, then fields of the system. */
  readonly fields: readonly Property[];
  /** Of what is shown, in order. */
  readonly names: readonly string[];
  label(field: Property): string;
  show(names: readonly string[]): void;
  asTable(isTable: boolean): void;
}

export class Shown {
  readonly element = document.createElement("div");

  constructor(private readonly texts: Texts) {
    this.element.className = "shown";
  }

  open(): void {
    this.element.querySelector<HTMLElement>("[popover]")?.showPopover();
  }

  draw(acts: ShownActs): void {
    const { texts } = this;
    const title = texts.t("ui.shown");
    render(
      html`<div class="modes" role="group" aria-label=${texts.t("ui.view")}>
          ${this.view(acts, false, icons.cards)}${this.view(acts, true, icons.table)}
        </div>
        <button type="button" class="quiet" popovertarget="panoptic-shown" aria-label=${title} title=${title}>${icons.eye}</button>
        <div
          id="panoptic-shown"
          class="panoptic shown-popover"
          popover
          role="dialog"
          aria-label=${title}
          @toggle=${(event: ToggleEvent) => this.toggled(event)}
          @keydown=${(event: KeyboardEvent) => event.stopPropagation()}
        >
          <h2>${title}</h2>
          ${acts.fields.length ? nothing : html`<p>${texts.t("ui.shown.none")}</p>`}
          <ul>
            ${acts.fields.map((field) => this.choice(acts, field))}
          </ul>
        </div>`,
      this.element,
    );
  }

  private view(acts: ShownActs, isTable: boolean, icon: TemplateResult): TemplateResult {
    const label = this.texts.t(isTable ? "ui.view.table" : "ui.view.grid");
    return html`<button
      type="button"
      aria-pressed=${acts.isTable === isTable}
      aria-label=${label}
      title=${`${label} (V)`}
      @click=${() => acts.asTable(isTable)}
    >
      ${icon}
    </button>`;
  }

  private choice(acts: ShownActs, field: Property): TemplateResult {
    const isShown = acts.names.includes(field.name);
    const change = (): void => acts.show(isShown ? acts.names.filter((name) => name !== field.name) : [...acts.names, field.name]);
    return html`<li class=${field.id === null ? "system" : ""}>
      <label><input type="checkbox" .checked=${isShown} @change=${change} /> ${acts.label(field)}</label>
    </li>`;
  }

  /** Below its button, within the window. */
  private toggled(event: ToggleEvent): void {
    const popover = event.target as HTMLElement;
    if (event.newState !== "open") return;
    const { right, bottom } = popover.previousElementSibling!.getBoundingClientRect();
    popover.style.top = `${bottom + 6}px`;
    popover.style.left = `${Math.max(8, Math.min(right, innerWidth - 8) - popover.offsetWidth)}px`;
    popover.querySelector("input")?.focus();
  }
}
