/**
 * The similarity bar: what the view's scores are measured from, in which space, and which scores it shows. It is there as
 * long as the address has examples.
 */

import { html, nothing, render, type TemplateResult } from "lit";
import type { Address } from "../../core/address.js";
import { queryText, withQuery } from "../../core/address.js";
import { getJson, isAbort, postJson, reasonOf } from "../../core/api.js";
import type { App } from "../grid-page.js";
import * as similar from "../../core/similar.js";
import type { Example, Scope, Similar } from "../../core/similar.js";
import * as icons from "../icons.js";
import { SimilarExamples } from "./examples.js";
import { type Counts, rangeSlider } from "./range.js";
import { Toast } from "../toast.js";

interface Space {
  readonly id: number;
  readonly label: string;
  readonly images: number;
  readonly is_basic: boolean;
  readonly has_scale: boolean;
}

type Answer = Counts & { readonly spaces: readonly Space[] };

export class SimilarBar {
  private readonly section = document.createElement("section");
  readonly examples: SimilarExamples;
  private readonly toast: Toast;
  private counts: Answer | null = null;
  private failure = "";
  private asked = "";
  private asking: AbortController | null = null;
  /** What the slider shows while it moves. */
  private moving: Scope | null = null;
  /** What the slider was last moved in. */
  private slid = "";
  /** The filters that were left to see all images. */
  private left: Pick<Address, "rest" | "folders"> | null = null;

  constructor(private readonly app: App) {
    this.section.className = "similar-bar";
    this.section.setAttribute("aria-label", app.texts.t("ui.similar.bar"));
    this.section.hidden = true;
    app.querySelector(".panoptic-filters")?.append(this.section);
    this.toast = new Toast(app, app.texts);
    this.examples = new SimilarExamples(app, this.toast, (examples) => void this.compare(examples), () => this.draw());
    app.addEventListener("app-address", () => this.draw());
    app.addEventListener("app-view", () => void this.read());
    app.addEventListener("grid-select", () => this.draw());
    this.draw();
    void this.read();
  }

  private get similar(): Similar | null {
    return similar.similarOf(this.app.address);
  }

  /** Go to what is similar to other examples, once it is clear that they can be compared; without any, leave. */
  async compare(examples: readonly Example[]): Promise<void> {
    const { app } = this;
    if (!examples.some(({ isNegative }) => !isNegative)) return this.leave();
    const change = similar.toSimilar(app.address, { examples, space: this.similar?.space ?? null });
    try {
      await this.ask({ ...app.address, ...change });
      app.navigate(change);
    } catch (error) {
      await this.tell(error);
    }
  }

  /** Say why examples cannot be compared; where nothing can be yet, offer to compute what is missing. */
  private async tell(error: unknown): Promise<void> {
    const { app } = this;
    const { rows } = await getJson<{ rows: unknown[] }>(`${app.page.base}/spaces.json`).catch(() => ({ rows: [error] }));
    const embed = { label: app.texts.t("similar.embed"), act: () => void this.embed() };
    this.toast.show(reasonOf(error), !rows.length && app.page.can_run ? embed : undefined);
  }

  private async embed(): Promise<void> {
    const { page, texts } = this.app;
    try {
      await postJson(`${page.base}/embed`, {});
      this.toast.show(texts.t("ui.similar.embedding"));
    } catch (error) {
      this.toast.show(reasonOf(error));
    }
  }

  private ask(address: Address, signal?: AbortSignal): Promise<Answer> {
    return getJson<Answer>(withQuery(`${this.app.page.base}/similar-counts.json`, queryText(similar.counted(address))), signal);
  }

  private leave(): void {
    this.app.navigate(similar.leave(this.app.address));
    this.app.grid.focus();
  }

  /** Count the scores anew, where the view or what it is measured from is another. */
  private async read(): Promise<void> {
    const { app } = this;
    const query = queryText(similar.counted(app.address));
    const wanted = this.similar ? `${query} ${app.view?.header.version}` : "";
    if (wanted === this.asked) return;
    this.asked = wanted;
    this.asking?.abort();
    if (!wanted) return;
    this.asking = new AbortController();
    try {
      this.counts = await this.ask(app.address, this.asking.signal);
      this.failure = "";
    } catch (error) {
      if (isAbort(error)) return;
      this.counts = null;
      this.failure = reasonOf(error);
      this.asked = "";
    }
    this.draw();
  }

  private draw(): void {
    const { similar, app } = this;
    this.section.hidden = !similar;
    if (!similar) return void (this.counts = null);
    render(
      html`<span class="to">${app.texts.t("ui.similar.to")}</span>
        ${this.examples.content(similar.examples)} ${this.spaces(similar)} ${this.ground()}
        <button type="button" class="quiet leave" aria-label=${app.texts.t("ui.similar.close")} title=${app.texts.t("ui.similar.close")} @click=${() => this.leave()}>
          ${icons.close}
        </button>
        <div class="scores">${this.slider()}</div>
        ${this.hint(similar)}`,
      this.section,
    );
  }

  private slider(): TemplateResult | typeof nothing {
    const { app, counts } = this;
    if (!counts) return this.failure ? html`<p class="failed" role="status">${this.failure}</p>` : nothing;
    const scope = this.moving ?? similar.scopeOf(app.address) ?? [counts.low / 100, 1];
    return rangeSlider({
      texts: app.texts,
      counts,
      scope,
      cells: app.address.mode === "images" ? "counts.images" : "counts.instances",
      moved: (next) => {
        this.moving = next;
        this.draw();
      },
      chosen: (next) => {
        this.moving = null;
        const ground = queryText(similar.counted(app.address));
        app.navigate(similar.toScope(app.address, next), this.slid === ground); // each step of a key is no entry of its own
        this.slid = ground;
      },
    });
  }

  private spaces({ examples }: Similar): TemplateResult | typeof nothing {
    const { app, counts } = this;
    if (!counts || counts.spaces.length < 2) return nothing;
    const choose = (event: Event): void => {
      const space = (event.target as HTMLSelectElement).value;
      app.navigate(similar.toSimilar(app.address, { examples, space }, similar.scopeOf(app.address)));
    };
    return html`<select aria-label=${app.texts.t("ui.similar.space")} title=${app.texts.t("ui.similar.space")} @change=${choose}>
      ${counts.spaces.map(
        ({ id, label, images }) =>
          html`<option value=${id} .selected=${id === counts.space}>${app.texts.t("ui.similar.space_label", { label, n: images })}</option>`,
      )}
    </select>`;
  }

  /** Whether the view keeps to its filters, or shows all images. */
  private ground(): TemplateResult | typeof nothing {
    const { app } = this;
    const filters = similar.filters(app.address);
    if (filters) this.left = null;
    if (!filters && !this.left) return nothing;
    const button = (key: string, pressed: boolean, act: () => void): TemplateResult =>
      html`<button type="button" aria-pressed=${pressed} @click=${() => !pressed && act()}>${app.texts.t(`ui.similar.${key}`)}</button>`;
    return html`<div class="modes" role="group" aria-label=${app.texts.t("ui.similar.bar")}>
      ${button("within", filters, () => this.back())}
      ${button("everywhere", !filters, () => {
        this.left = { rest: app.address.rest, folders: app.address.folders };
        app.navigate(similar.everywhere(app.address));
      })}
    </div>`;
  }

  private back(): void {
    const { app, left, similar: now } = this;
    if (!left || !now) return;
    const scope = similar.scopeOf(app.address);
    app.navigate({ ...similar.toSimilar({ ...app.address, ...left }, now, scope), folders: left.folders });
  }

  private hint({ examples }: Similar): TemplateResult | typeof nothing {
    const { counts, app } = this;
    const space = counts?.spaces.find(({ id }) => id === counts.space);
    if (!space || !examples.some(({ kind }) => kind === "text")) return nothing;
    const keys = [
      ...(space.is_basic ? ["ui.similar.basic"] : []),
      ...(space.has_scale && examples.every(({ kind }) => kind === "text") ? ["ui.similar.scale"] : []),
    ];
    return keys.length ? html`<p class="hint">${keys.map((key) => app.texts.t(key)).join(" ")}</p>` : nothing;
  }
}
