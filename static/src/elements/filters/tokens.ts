/**
 * `<panoptic-tokens>`: several values, each chosen from a list that follows what is typed.
 * Event: `tokens-change` {values}.
 */

import { html, nothing, type TemplateResult } from "lit";
import { isAbort } from "../../core/api.js";
import * as icons from "../icons.js";
import { LightElement } from "../light.js";

export interface Suggestion {
  readonly value: string;
  readonly label?: string;
  readonly color?: string | null;
  /** What is said beside it: the tags above, a count. */
  readonly note?: string;
}

export type Suggest = (typed: string, signal: AbortSignal) => Promise<readonly Suggestion[]>;

let made = 0;

export class PanopticTokens extends LightElement {
  static override properties = {
    values: { attribute: false },
    label: { attribute: false },
    describedby: { attribute: false },
    found: { state: true },
    active: { state: true },
    isOpen: { state: true },
  };
  declare values: readonly string[];
  declare label: string;
  /** Id of what explains the field. */
  declare describedby: string;
  suggest: Suggest = async () => [];
  /** Any text may be a value, not only those of the list. */
  free = false;
  /** Values there may be. */
  most = Number.POSITIVE_INFINITY;
  labelOf: (value: string) => string = (value) => value;
  private declare found: readonly Suggestion[];
  private declare active: number;
  private declare isOpen: boolean;
  private readonly list = `panoptic-tokens-${made++}`;
  private asking: AbortController | null = null;

  constructor() {
    super();
    this.values = [];
    this.label = "";
    this.describedby = "";
    this.found = [];
    this.active = -1;
    this.isOpen = false;
  }

  private get input(): HTMLInputElement {
    return this.querySelector("input")!;
  }

  override focus(): void {
    this.querySelector("input")?.focus();
  }

  /** Take what is typed and not yet a value; tell whether there was something. */
  settle(): boolean {
    const typed = this.querySelector("input")?.value.trim() ?? "";
    if (!typed || !this.free) return false;
    this.add(typed);
    return true;
  }

  protected override render(): TemplateResult {
    return html`<div class="tokens" @click=${(event: Event) => event.target === event.currentTarget && this.focus()}>
      ${this.values.map(
        (value) => html`<span class="token">
          <span>${this.labelOf(value)}</span>
          <button
            type="button"
            aria-label=${this.texts.t("filters.remove", { label: this.labelOf(value) })}
            @click=${() => this.drop(value)}
          >
            ${icons.close}
          </button>
        </span>`,
      )}
      <input
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck="false"
        aria-label=${this.label}
        aria-describedby=${this.describedby || nothing}
        aria-autocomplete="list"
        aria-expanded=${this.isOpen}
        aria-controls=${this.list}
        aria-activedescendant=${this.isOpen && this.active >= 0 ? `${this.list}-${this.active}` : nothing}
        placeholder=${this.values.length ? "" : this.texts.t("ui.filter.type_to_find")}
        @input=${() => this.ask()}
        @focus=${() => this.ask()}
        @blur=${() => this.left()}
        @keydown=${(event: KeyboardEvent) => this.pressed(event)}
      />
      <ul class="suggestions" id=${this.list} role="listbox" popover="manual" aria-label=${this.label}>
        ${this.found.map((one, at) => this.option(one, at))}
      </ul>
    </div>`;
  }

  private option({ value, label, color, note }: Suggestion, at: number): TemplateResult {
    return html`<li
      id=${`${this.list}-${at}`}
      role="option"
      aria-selected=${at === this.active}
      @pointerdown=${(event: Event) => {
        event.preventDefault(); // the field keeps the focus
        this.add(value);
      }}
    >
      ${color ? html`<span class="swatch" style="background: ${color}"></span>` : nothing}
      <span class="name">${label ?? value}</span>
      ${note ? html`<span class="note">${note}</span>` : nothing}
    </li>`;
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const typed = this.input.value.trim();
    try {
      const found = await this.suggest(typed, asking.signal);
      if (asking.signal.aborted) return;
      this.found = found.filter(({ value }) => !this.values.includes(value));
      this.active = typed && this.found.length && !this.free ? 0 : -1;
      this.open(this.found.length > 0 && document.activeElement === this.input);
    } catch (error) {
      if (!isAbort(error)) this.open(false); // without suggestions one can still type
    }
  }

  private open(isOpen: boolean): void {
    const list = this.querySelector<HTMLElement>(".suggestions");
    if (!list) return;
    this.isOpen = isOpen;
    if (!isOpen) return void (list.matches(":popover-open") && list.hidePopover());
    const box = this.getBoundingClientRect();
    const below = innerHeight - box.bottom;
    const isAbove = below < 200 && box.top > below;
    Object.assign(list.style, {
      left: `${box.left}px`,
      width: `${box.width}px`,
      maxHeight: `${Math.min(300, (isAbove ? box.top : below) - 12)}px`,
      top: isAbove ? "auto" : `${box.bottom + 2}px`,
      bottom: isAbove ? `${innerHeight - box.top + 2}px` : "auto",
    });
    if (!list.matches(":popover-open")) list.showPopover();
  }

  private left(): void {
    this.asking?.abort();
    this.settle();
    this.open(false);
  }

  private pressed(event: KeyboardEvent): void {
    const { key } = event;
    const last = this.found.length - 1;
    if ((key === "ArrowDown" || key === "ArrowUp") && this.found.length) {
      if (!this.isOpen) this.open(true);
      const next = this.active + (key === "ArrowDown" ? 1 : -1);
      this.active = next > last ? 0 : next < 0 ? last : next;
      void this.updateComplete.then(() => this.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }));
    } else if (key === "Enter" && this.isOpen && this.found[this.active]) this.add(this.found[this.active]!.value);
    else if (key === "Enter" && this.settle()) event.preventDefault();
    else if (key === "," && this.free && this.settle()) event.preventDefault();
    else if (key === "Escape" && this.isOpen) this.open(false);
    else if (key === "Backspace" && !this.input.value && this.values.length) this.drop(this.values[this.values.length - 1]!);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private add(value: string): void {
    this.input.value = "";
    this.open(false);
    this.found = [];
    if (!this.values.includes(value)) this.change([...this.values, value].slice(-this.most));
  }

  private drop(value: string): void {
    this.change(this.values.filter((other) => other !== value));
    this.focus();
  }

  private change(values: readonly string[]): void {
    this.values = values;
    this.emit("tokens-change", { values });
  }
}
