/** The examples in the similarity bar: small pictures and words, wanted or not, and what adds more of them. */

import { html, nothing, type TemplateResult } from "lit";
import { reasonOf } from "../../core/api.js";
import type { App } from "../grid-page.js";
import { pictureOf, sendPicture } from "../../core/sent.js";
import { type Example, examplesOfWords, isSame, similarOf } from "../../core/similar.js";
import { Thumbs } from "../../core/thumbs.js";
import * as icons from "../icons.js";
import { selectedExamples } from "./selection.js";
import type { Toast } from "../toast.js";

/** Examples with a chip of their own; of the others, their number is told. */
const MOST_CHIPS = 8;

export class SimilarExamples {
  private readonly thumbs: Thumbs;

  /** `changed`: others are wanted; `arrived`: pictures have come. */
  constructor(
    private readonly app: App,
    private readonly toast: Toast,
    private readonly changed: (examples: readonly Example[]) => void,
    private readonly arrived: () => void,
  ) {
    this.thumbs = new Thumbs(app.page.thumbs_url, "images");
    this.thumbs.onThumbs = () => this.arrived();
  }

  content(examples: readonly Example[]): TemplateResult {
    const { texts } = this.app;
    const shown = examples.slice(0, MOST_CHIPS);
    this.thumbs.want(shown.flatMap(({ kind, key }) => (kind === "image" ? [Number(key)] : [])), "grid");
    return html`<ul class="examples">
        ${shown.map((example) => this.chip(example, examples))}
        ${examples.length > MOST_CHIPS ? html`<li class="more">+${texts.number(examples.length - MOST_CHIPS)}</li>` : nothing}
      </ul>
      <form class="add" @submit=${(event: SubmitEvent) => this.submitted(event, examples)}>
        <input type="text" name="words" autocomplete="off" placeholder=${texts.t("ui.similar.add")} aria-label=${texts.t("ui.similar.add_label")} />
        ${this.app.grid.selection.count
          ? html`<button type="button" title=${texts.t("ui.similar.selected_title")} @click=${() => void this.addSelected(examples)}>
              ${icons.plus} ${texts.t("ui.similar.selected")}
            </button>`
          : nothing}
        <label class="button" title=${texts.t("ui.similar.picture_title")}>
          ${icons.plus} ${texts.t("ui.similar.picture")}
          <input type="file" class="unseen" accept="image/*" @change=${(event: Event) => this.picked(event.target as HTMLInputElement)} />
        </label>
      </form>`;
  }

  /** Add examples to those that the view has; one that is there already is now as it is given. */
  add(added: readonly Example[]): void {
    const examples = similarOf(this.app.address)?.examples ?? [];
    this.changed([...examples.filter((one) => !added.some((other) => isSame(one, other))), ...added]);
  }

  /** Send a picture and compare with it, beside what is compared with already. */
  async send(picture: Blob): Promise<void> {
    const { page, address, texts } = this.app;
    this.toast.show(texts.t("ui.similar.sending"));
    try {
      const example = await sendPicture(page.base, picture, similarOf(address)?.space ?? null);
      this.toast.hide();
      this.add([example]);
    } catch (error) {
      this.tell(texts.t("ui.failed", { reason: reasonOf(error) }));
    }
  }

  tell(text: string): void {
    this.toast.show(text);
  }

  private chip(example: Example, examples: readonly Example[]): TemplateResult {
    const { texts } = this.app;
    const what = texts.t(`similar.${example.kind}`, { key: example.key });
    const flip = texts.t(example.isNegative ? "ui.similar.flip_back" : "ui.similar.flip", { what });
    const drop = texts.t("ui.similar.drop", { what });
    const url = this.picture(example);
    const flipped = examples.map((one) => (one === example ? { ...one, isNegative: !one.isNegative } : one));
    const canFlip = flipped.some(({ isNegative }) => !isNegative);
    return html`<li class="example ${example.isNegative ? "unwanted" : ""}">
      <button type="button" class="flip" ?disabled=${!canFlip} aria-label=${flip} title=${flip} @click=${() => this.changed(flipped)}>
        <span class="sign" aria-hidden="true">${example.isNegative ? "−" : "+"}</span>
        ${url ? html`<img src=${url} alt="" />` : html`<span class="words">${example.kind === "text" ? example.key : what}</span>`}
      </button>
      <button type="button" class="drop" aria-label=${drop} title=${drop} @click=${() => this.changed(examples.filter((one) => one !== example))}>×</button>
    </li>`;
  }

  private picture({ kind, key }: Example): string | null {
    if (kind === "image") return this.thumbs.get(Number(key), "grid")?.url ?? null;
    return kind === "file" ? pictureOf(this.app.page.base, key) : null;
  }

  private submitted(event: SubmitEvent, examples: readonly Example[]): void {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).elements.namedItem("words") as HTMLInputElement;
    const added = examplesOfWords(input.value);
    input.value = "";
    if (added.length && examples.length) this.add(added);
  }

  private async addSelected(examples: readonly Example[]): Promise<void> {
    const added = await selectedExamples(this.app, false);
    if (added && examples.length) this.add(added);
  }

  private picked(input: HTMLInputElement): void {
    const [picture] = input.files ?? [];
    input.value = "";
    if (picture) void this.send(picture);
  }
}
