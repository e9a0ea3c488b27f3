/**
 * `<panoptic-tag-question>`: what moving, merging, splitting and deleting tags ask before they do it.
 * Events: `tags-answer` with the answer, `tags-close`.
 */

import { html, nothing, type TemplateResult } from "lit";
import { getJson } from "../../core/api.js";
import { matchTags } from "../../core/tag-match.js";
import type { Term, Vocabulary } from "../../core/vocabulary.js";
import { LightElement } from "../light.js";
import type { Samples } from "./panel.js";

const MOST = 30;

export type Kind = "move" | "merge" | "split" | "delete";

/** `target` is the tag to put below (null: at the top) or to merge into; `also` keeps the places it has. */
export interface Answer {
  readonly kind: Kind;
  readonly target: number | null;
  readonly also: boolean;
  readonly name: string;
  readonly query: string;
}

export class PanopticTagQuestion extends LightElement {
  static override properties = {
    kind: { attribute: false },
    typed: { state: true },
    at: { state: true },
    query: { state: true },
  };
  declare kind: Kind;
  declare private typed: string;
  declare private at: number;
  declare private query: string;
  vocabulary!: Vocabulary;
  tags: readonly Term[] = [];
  base = "";
  private also = false;

  constructor() {
    super();
    Object.assign(this, { typed: "", at: 0, query: "" });
  }

  protected override firstUpdated(): void {
    const dialog = this.querySelector("dialog")!;
    dialog.addEventListener("close", () => {
      this.remove();
      this.emit("tags-close");
    });
    dialog.showModal();
  }

  /** The tags to choose from: none that would be put below itself or merged into itself. */
  private get found(): readonly Term[] {
    const isOut = (tag: Term): boolean =>
      this.kind === "move"
        ? this.tags.some(({ id }) => this.vocabulary.isBelow(tag.id, id))
        : this.tags.length === 1 && this.tags[0]!.id === tag.id;
    const found = matchTags(this.vocabulary.tags, this.typed, MOST * 4) as Term[];
    return found.filter((tag) => !isOut(tag)).slice(0, MOST);
  }

  protected override render(): TemplateResult {
    const { texts } = this;
    const names = this.tags.length > 3 ? texts.count("tags.count", this.tags.length) : this.tags.map(({ name }) => name).join(", ");
    const count = this.tags.reduce((sum, tag) => sum + tag.count, 0);
    const title =
      this.kind === "delete"
        ? texts.count("ui.tags.delete_ask", count, { names })
        : texts.t(`ui.tags.${this.kind}_ask`, { names, name: names });
    return html`<dialog class="tag-question" aria-labelledby="panoptic-question" @keydown=${this.pressed}>
      <form method="dialog" @submit=${this.submitted}>
        <h2 id="panoptic-question">${title}</h2>
        ${this.kind === "split" ? this.splitting() : this.kind === "delete" ? nothing : this.picker()}
        ${this.kind === "move"
          ? html`<label class="check"><input type="checkbox" @change=${(event: Event) => (this.also = (event.target as HTMLInputElement).checked)} /> ${texts.t("ui.tags.move_also")}</label>`
          : nothing}
        <p class="commands">
          <button type="button" @click=${this.close}>${texts.t("ui.tags.cancel")}</button>
          ${this.kind === "move" ? html`<button type="button" @click=${() => this.answer(null)}>${texts.t("ui.tags.to_top")}</button>` : nothing}
          <button class=${this.kind === "delete" ? "danger" : "primary"}>
            ${texts.t(this.kind === "delete" ? "ui.tags.delete_now" : `tags.${this.kind}`)}
          </button>
        </p>
      </form>
    </dialog>`;
  }

  private picker(): TemplateResult {
    const { texts, found } = this;
    return html`<input
        type="text"
        role="combobox"
        autocomplete="off"
        aria-label=${texts.t("ui.tags.pick")}
        placeholder=${texts.t("ui.tags.pick")}
        aria-expanded="true"
        aria-controls="panoptic-found"
        aria-activedescendant=${found.length ? `panoptic-found-${this.at}` : nothing}
        .value=${this.typed}
        @input=${this.type}
      />
      ${found.length
        ? html`<div id="panoptic-found" class="found" role="listbox" aria-label=${texts.t("tags.all")}>
            ${found.map((tag, at) => this.option(tag, at))}
          </div>`
        : html`<p id="panoptic-found" class="none">${texts.t("ui.tags.pick_none")}</p>`}`;
  }

  private option(tag: Term, at: number): TemplateResult {
    return html`<div
      role="option"
      id=${`panoptic-found-${at}`}
      aria-selected=${at === this.at}
      @click=${() => (this.kind === "split" ? this.taken(tag) : this.answer(tag.id))}
    >
      <span class="swatch" style=${tag.color ? `background: ${tag.color}` : ""}></span>
      <span class="name">${tag.name}${tag.parents.length ? html` <span class="path">${tag.parents.join(", ")}</span>` : nothing}</span>
      <span class="count">${this.texts.number(tag.count_below)}</span>
    </div>`;
  }

  private splitting(): TemplateResult {
    const { texts } = this;
    return html`<label>${texts.t("ui.tags.split_name")}<input type="text" name="name" autocomplete="off" required /></label>
      <label>
        ${texts.t("ui.tags.split_query")}
        <input type="text" name="query" autocomplete="off" placeholder="width__gt=1000" .value=${this.query} required />
      </label>
      <p class="hint">${texts.t("ui.tags.split_also")}</p>
      ${this.picker()}`;
  }

  /** Ask the server how the query of a tag is written: a property may have any name. */
  private async taken(tag: Term): Promise<void> {
    this.typed = tag.name;
    this.query = (await getJson<Samples>(`${this.base}/tags/${tag.id}/images.json`)).query;
  }

  private type(event: Event): void {
    this.typed = (event.target as HTMLInputElement).value;
    this.at = 0;
  }

  private pressed(event: KeyboardEvent): void {
    event.stopPropagation(); // the tree has keys of its own
    const { found } = this;
    if ((event.target as Element).role !== "combobox" || !found.length) return;
    if (event.key === "ArrowDown") this.at = (this.at + 1) % found.length;
    else if (event.key === "ArrowUp") this.at = (this.at + found.length - 1) % found.length;
    else if (event.key === "Enter" && this.kind === "split") void this.taken(found[this.at]!);
    else return;
    event.preventDefault();
    void this.updateComplete.then(() => this.querySelector('[role="option"][aria-selected="true"]')?.scrollIntoView({ block: "nearest" }));
  }

  private submitted(event: SubmitEvent): void {
    event.preventDefault();
    const target = this.found[this.at]?.id;
    if (this.kind === "split" || this.kind === "delete") this.answer(null);
    else if (target !== undefined) this.answer(target);
  }

  private answer(target: number | null): void {
    const value = (name: string): string => this.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.value.trim() ?? "";
    const detail: Answer = { kind: this.kind, target, also: this.also, name: value("name"), query: value("query") };
    this.emit("tags-answer", detail);
    this.close();
  }

  private readonly close = (): void => this.querySelector("dialog")?.close();
}
