/**
 * `<panoptic-value>`: edits what one property says, in place, by its type.
 *
 *   const editor = document.createElement("panoptic-value") as PanopticValue;
 *   Object.assign(editor, { texts, project, property, said });
 *   place.append(editor); // it takes the focus
 *
 * Events: `value-change` {sayings, spread, move}, `value-cancel` {move}. `spread`: Ctrl and Enter, said of all that is
 * selected; `move`: 1 after Tab, −1 after Shift and Tab. Whoever listens writes, then removes the editor; or sets `fault`
 * to what the server said, and the person goes on typing.
 */

import { html, nothing, type TemplateResult } from "lit";
import { COLOR_NAMES, PALETTE } from "../core/palette.js";
import { hasTags, type Project, type Property, type Said, type Saying, type Tag } from "../core/project.js";
import { typed } from "../core/value-words.js";
import * as icons from "./icons.js";
import { LightElement } from "./light.js";
import { pickTags } from "./vocabulary/tag-picker.js";

export interface ValueChange {
  readonly sayings: readonly Saying[];
  readonly spread: boolean;
  readonly move: -1 | 0 | 1;
}

export class PanopticValue extends LightElement {
  static override properties = {
    property: { attribute: false },
    said: { attribute: false },
    fault: { attribute: false },
    text: { state: true },
  };
  project!: Project;
  declare property: Property;
  /** What is said now; undefined: nothing. */
  declare said: Said | undefined;
  /** Why it could not be written. */
  declare fault: string;
  /** What stands in the field when it opens, in place of what is said: the key that opened it. */
  first: string | null = null;
  /** What is edited, for the heading of the tag picker. */
  subject = "";
  declare private text: string;
  private done = false;

  constructor() {
    super();
    this.fault = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.text = this.first ?? typed(this.property.type, this.said);
    this.addEventListener("keydown", this.pressed);
    this.addEventListener("focusout", this.left);
  }

  protected override firstUpdated(): void {
    if (hasTags(this.property)) return void this.pick();
    const field = this.querySelector<HTMLElement>("textarea, input, [tabindex='0']");
    field?.focus({ preventScroll: true });
    if (this.first === null && field instanceof HTMLInputElement && field.type === "text") field.select();
    if (field instanceof HTMLTextAreaElement) field.setSelectionRange(this.text.length, this.text.length);
  }

  protected override updated(): void {
    if (this.fault) this.done = false;
    const area = this.querySelector("textarea");
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`; // with its border
  }

  protected override render(): TemplateResult {
    const { type } = this.property;
    return html`${type === "color"
        ? this.colors()
        : type === "checkbox"
          ? this.states()
          : hasTags(this.property)
            ? nothing
            : type === "text"
              ? this.area()
              : this.line(type === "date" ? this.texts.t("ui.value.date_hint") : "")}
      ${this.fault ? html`<p class="fault" role="alert" id="panoptic-value-fault">${this.fault}</p>` : nothing}`;
  }

  private area(): TemplateResult {
    return html`<textarea
      rows="1"
      aria-label=${this.property.name}
      aria-invalid=${this.fault ? "true" : "false"}
      .value=${this.text}
      @input=${this.type}
    ></textarea>`;
  }

  private line(hint: string): TemplateResult {
    const { type, name } = this.property;
    const label = this.texts.t("ui.value.pick_date");
    return html`<span class=${type === "date" ? "line has-button" : "line"}>
      <input
        type="text"
        inputmode=${type === "number" ? "decimal" : type === "url" ? "url" : "text"}
        autocomplete="off"
        spellcheck="false"
        aria-label=${name}
        aria-invalid=${this.fault ? "true" : "false"}
        placeholder=${hint}
        title=${hint}
        .value=${this.text}
        @input=${this.type}
      />
      ${type === "date"
        ? html`<input class="native" type="date" tabindex="-1" aria-hidden="true" @change=${this.picked} />
            <button type="button" class="quiet" tabindex="-1" aria-label=${label} title=${label} @click=${this.openDates}>
              ${icons.calendar}
            </button>`
        : nothing}
    </span>`;
  }

  private colors(): TemplateResult {
    const { texts, text } = this;
    const chosen = (PALETTE as readonly string[]).indexOf(text);
    const custom = texts.t("ui.value.custom_color");
    return html`<span class="colors" role="radiogroup" aria-label=${this.property.name}>
      ${PALETTE.map((color, at) =>
        this.choice(color, text === color, at === Math.max(0, chosen), texts.t(`ui.color.${COLOR_NAMES[at]!}`), nothing, `--tag: ${color}`),
      )}
      ${this.choice("", text === "", false, texts.t("ui.value.unset"), "–")}
      <input
        type="color"
        aria-label=${custom}
        title=${custom}
        .value=${/^#[0-9a-f]{6}$/.test(text) ? text : "#888888"}
        @change=${(event: Event) => this.choose((event.target as HTMLInputElement).value)}
      />
    </span>`;
  }

  private states(): TemplateResult {
    const { texts, text } = this;
    const states = [["true", "value.yes", "☑"], ["false", "value.no", "☐"], ["", "ui.value.unset", "–"]] as const;
    return html`<span class="states" role="radiogroup" aria-label=${this.property.name}>
      ${states.map(([value, key, mark]) => this.choice(value, text === value, text === value, texts.t(key), mark))}
    </span>`;
  }

  private choice(value: string, chosen: boolean, first: boolean, label: string, mark: unknown, style = ""): TemplateResult {
    return html`<button
      type="button"
      role="radio"
      aria-checked=${chosen}
      tabindex=${first ? 0 : -1}
      aria-label=${label}
      title=${label}
      style=${style}
      @click=${() => this.choose(value)}
    >
      ${mark}
    </button>`;
  }

  private readonly type = (event: Event): void => {
    this.text = (event.target as HTMLInputElement).value;
    this.fault = "";
  };

  private readonly picked = (event: Event): void => {
    const { value } = event.target as HTMLInputElement;
    if (value) this.text = value;
    this.querySelector<HTMLElement>("input")?.focus();
  };

  private readonly openDates = (): void => {
    const native = this.querySelector<HTMLInputElement>("input.native")!;
    native.value = /^\d{4}-\d\d-\d\d/.exec(this.text)?.[0] ?? "";
    native.showPicker();
  };

  private choose(value: string): void {
    this.text = value;
    this.finish();
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    event.stopPropagation(); // the page below has keys of its own
    if (event.isComposing || event.altKey) return;
    if (event.key === "Escape") this.cancel();
    else if (event.key === "Tab") this.finish(event.shiftKey ? -1 : 1);
    else if (event.key === "Enter" && !event.shiftKey) this.enter(event);
    else if (!this.rove(event)) return;
    event.preventDefault();
  };

  /** On a choice, Enter chooses it. */
  private enter(event: KeyboardEvent): void {
    const choice = (event.target as Element).closest<HTMLElement>("[role=radio]");
    if (choice && !event.ctrlKey && !event.metaKey) choice.click();
    else this.finish(0, event.ctrlKey || event.metaKey);
  }

  /** Arrows go from choice to choice, around the ends. */
  private rove(event: KeyboardEvent): boolean {
    const choices = [...this.querySelectorAll<HTMLElement>("[role=radio]")];
    const at = choices.indexOf(event.target as HTMLElement);
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || step === undefined) return false;
    choices[(at + step + choices.length) % choices.length]!.focus();
    return true;
  }

  /** Clicking elsewhere saves, as in a spreadsheet. */
  private readonly left = (event: FocusEvent): void => {
    const to = event.relatedTarget as Node | null;
    if (!this.isConnected || this.fault || (to && this.contains(to)) || !document.hasFocus()) return;
    if (["color", "checkbox"].includes(this.property.type)) this.cancel();
    else this.finish();
  };

  private finish(move: -1 | 0 | 1 = 0, spread = false): void {
    const { name, type } = this.property;
    const text = type === "text" ? this.text : this.text.trim();
    if (text === typed(type, this.said) && !spread) return this.cancel(move);
    this.tell([text === "" ? { act: "erase", name } : { act: "set", name, text }], spread, move);
  }

  private tell(sayings: readonly Saying[], spread: boolean, move: -1 | 0 | 1): void {
    if (this.done) return;
    this.done = true;
    this.emit("value-change", { sayings, spread, move } satisfies ValueChange);
  }

  private cancel(move: -1 | 0 | 1 = 0): void {
    if (this.done) return;
    this.done = true;
    this.emit("value-cancel", { move });
  }

  /** Tags are picked one by one, and said together when the picker closes. */
  private async pick(): Promise<void> {
    const { project, texts, property } = this;
    const had = new Map(((this.said ?? []) as readonly Pick<Tag, "id" | "name">[]).map(({ id, name }) => [id, name]));
    const acts = new Map<string, "add" | "remove">();
    await pickTags({
      project,
      texts,
      property,
      title: this.subject || property.name,
      anchor: this,
      having: async () => new Map([...had.keys()].map((id) => [id, "all"])),
      say: async ({ act, text }) => {
        if (property.type === "tag" && act === "add") acts.clear();
        acts.set(text!, act as "add" | "remove");
      },
    });
    const said = (act: "add" | "remove"): Saying[] => {
      const names = [...acts].filter(([, is]) => is === act).map(([text]) => text); // written as the text of a saying already
      return names.length ? [{ act, name: property.name, text: names.join(",") }] : [];
    };
    const sayings = [...said("remove"), ...said("add")];
    if (sayings.length) this.tell(sayings, false, 0);
    else this.cancel();
  }
}
