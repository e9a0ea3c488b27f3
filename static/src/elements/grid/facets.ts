/** `<panoptic-facets>`: for some fields the values within the view and how many cells have each; a click asks for them. */

import { html, nothing, render, type TemplateResult } from "lit";
import { addressText, parseAddress, withQuery } from "../../core/address.js";
import { getJson, isAbort } from "../../core/api.js";
import type { App } from "../grid-page.js";
import { chosenOf, type Side, toggled } from "../../core/facet-toggle.js";
import { type Facet, type FacetAnswer, type FacetValue, joinNames, splitNames } from "../../core/facets.js";
import { type Known, readKnown } from "../../core/known.js";
import { nameKey, sameName } from "../../core/names.js";
import { chartOf } from "../chart.js";
import * as icons from "../icons.js";

const LARGEST = 50;
const PATIENCE_MS = 200;
/** Every cell has its own, so that counting them says nothing. */
const UNIQUE = new Set(["id", "sha1", "average_hash", "perceptual_hash", "path"]);

/** A facet that somebody wants to see more of: all that fits, or what contains a text. */
interface Opened {
  readonly find: string;
  readonly facet: Facet | null;
}

export class Facets {
  private facets: readonly Facet[] = [];
  private readonly opened = new Map<string, Opened>();
  private known: Known | null = null;
  private asking: AbortController | null = null;
  private asked = "";
  private failure = "";

  constructor(
    private readonly app: App,
    private readonly host: HTMLElement,
  ) {
    app.addEventListener("app-view", () => void this.read());
    app.addEventListener("app-layout", () => void this.read());
    app.addEventListener("app-address", () => this.draw());
    app.project.addEventListener("change", () => void this.learn());
  }

  async start(): Promise<void> {
    await this.learn();
    await this.read();
  }

  private async learn(): Promise<void> {
    this.known = await readKnown(this.app.project, this.app.texts);
  }

  private get fields(): string[] {
    return splitNames(this.app.address.layout._facets);
  }

  /** Count anew where the view or the fields are others. The grid comes first: it has been read when this begins. */
  private async read(): Promise<void> {
    const { address, view } = this.app;
    const query = addressText({ ...address, at: 0 });
    const wanted = `${query} ${view?.header.version}`;
    if (!this.fields.length) this.facets = [];
    else if (wanted !== this.asked) {
      this.asking?.abort();
      const { signal } = (this.asking = new AbortController());
      try {
        this.facets = (await this.ask(query, signal)).facets;
        this.failure = "";
        this.asked = wanted;
        await Promise.all([...this.opened.keys()].map((field) => this.more(field, signal)));
      } catch (error) {
        if (isAbort(error)) return;
        this.failure = this.app.texts.t("ui.facets.failed", { reason: error instanceof Error ? error.message : String(error) });
      }
    }
    this.draw();
  }

  private ask(query: string, signal: AbortSignal): Promise<FacetAnswer> {
    return getJson<FacetAnswer>(withQuery(`${this.app.page.base}/facets.json`, query), signal);
  }

  /** Read more values of an opened facet. */
  private async more(field: string, signal?: AbortSignal): Promise<void> {
    const { address } = this.app;
    const { find = "" } = this.opened.get(field) ?? {};
    const query = addressText({ ...address, at: 0, layout: { ...address.layout, _facets: joinNames([field]) } });
    const asked = new URLSearchParams({ _top: String(LARGEST), ...(find ? { _find: find } : {}) });
    const { facets } = await this.ask(`${query}&${asked}`, signal ?? new AbortController().signal);
    if (this.opened.get(field)?.find !== find) return; // something else is sought by now
    this.opened.set(field, { find, facet: facets[0] ?? null });
    this.draw();
  }

  private draw(): void {
    const { known } = this;
    const { texts } = this.app;
    if (!known) return;
    const shown = this.facets.filter(({ field }) => this.fields.some((name) => sameName(name, field)));
    if (!("ready" in this.host.dataset)) this.host.replaceChildren(); // the server's has done its work
    this.host.dataset.ready = "";
    render(
      html`<section class="facets" aria-label=${texts.t("facets.title")}>
        <div class="side-head"><h2>${texts.t("facets.title")}</h2>${this.adder(known)}</div>
        ${this.failure ? html`<p class="failed" role="alert">${this.failure}</p>` : nothing}
        ${shown.map((facet) => this.facet(facet, known))}
      </section>`,
      this.host,
    );
  }

  private adder({ fields, words }: Known): TemplateResult {
    const { texts } = this.app;
    const used = new Set(this.fields.map(nameKey));
    const free = fields.filter(({ id, name }) => !used.has(nameKey(name)) && (id !== null || !UNIQUE.has(name)));
    const choices = [...free.filter(({ id }) => id !== null), ...free.filter(({ id }) => id === null)];
    const add = (event: Event): void => {
      const select = event.target as HTMLSelectElement;
      this.app.arrange({ _facets: joinNames([...this.fields, select.value]) });
      select.value = "";
    };
    return html`<select class="adder" aria-label=${texts.t("facets.add")} @change=${add}>
      <option value="" selected>${texts.t("facets.add")}…</option>
      ${choices.map(({ name }) => html`<option value=${name}>${words.fieldLabel(name)}</option>`)}
    </select>`;
  }

  private facet(facet: Facet, known: Known): TemplateResult {
    const { texts } = this.app;
    const { field, label } = facet;
    const opened = this.opened.get(field);
    const { values, more } = opened?.facet ?? facet;
    const remove = texts.t("facets.remove", { field: label });
    const chosen = chosenOf(known.grammar.read(this.app.address.rest), field);
    const largest = Math.max(1, ...values.map(({ count }) => count));
    const state = ({ value }: FacetValue): Side | null =>
      value === null ? chosen.blank : chosen.in.has(value) ? "in" : chosen.out.has(value) ? "out" : null;
    return html`<section class="facet" aria-label=${label} data-field=${field}>
      <h3>
        ${label}
        <button type="button" class="quiet remove" aria-label=${remove} title=${remove} @click=${() => this.drop(field)}>${icons.close}</button>
      </h3>
      ${facet.svg ? html`<div class="drawing" @click=${(event: MouseEvent) => this.followed(event)}>${chartOf(facet.svg)}</div>` : nothing}
      ${opened ? this.finder(facet, opened) : nothing}
      <ul>
        ${values.map((value) => this.value(field, value, state(value), value.count / largest))}
      </ul>
      ${this.extent(facet, more, opened !== undefined)}
    </section>`;
  }

  private value(field: string, { value, label, count, depth = 0, color }: FacetValue, state: Side | null, share: number): TemplateResult {
    const { texts } = this.app;
    const leave = texts.t("facets.exclude", { value: label });
    return html`<li class="value ${state ?? ""}" style="--depth: ${depth}; --share: ${share}">
      <button
        type="button"
        class="take"
        aria-pressed=${state === "in"}
        title=${texts.t("ui.facets.hint")}
        @click=${(event: MouseEvent) => this.toggle(field, value, event.altKey ? "out" : "in")}
      >
        ${color ? html`<span class="swatch" style="background: ${color}"></span>` : nothing}
        <span class="name">${label}</span> <span class="count">${texts.number(count)}</span>
      </button>
      <button
        type="button"
        class="leave"
        aria-pressed=${state === "out"}
        aria-label=${leave}
        title=${leave}
        @click=${() => this.toggle(field, value, "out")}
      >
        ${icons.minus}
      </button>
    </li>`;
  }

  private finder({ field, label }: Facet, { find }: Opened): TemplateResult {
    const sought = this.app.texts.t("ui.facets.find", { field: label });
    let waiting = 0;
    const seek = (event: Event): void => {
      clearTimeout(waiting);
      const text = (event.target as HTMLInputElement).value.trim();
      waiting = setTimeout(() => this.open(field, text), PATIENCE_MS);
    };
    return html`<input type="search" class="finder" aria-label=${sought} placeholder=${sought} .value=${find} @input=${seek} />`;
  }

  private extent({ field }: Facet, more: number, isOpen: boolean): TemplateResult | typeof nothing {
    const { texts } = this.app;
    if (!more && !isOpen) return nothing;
    const close = (): void => {
      this.opened.delete(field);
      this.draw();
    };
    const label = isOpen ? texts.t("ui.facets.less") : texts.t("ui.facets.more", { n: more });
    return html`<button type="button" class="text-button more" @click=${isOpen ? close : () => this.open(field, "")}>${label}</button>`;
  }

  private open(field: string, find: string): void {
    this.opened.set(field, { find, facet: this.opened.get(field)?.facet ?? null });
    this.more(field).catch((error: unknown) => this.app.status.failed(error, () => this.open(field, find)));
  }

  private drop(field: string): void {
    this.opened.delete(field);
    const left = this.fields.filter((name) => !sameName(name, field));
    this.app.arrange({ _facets: left.length ? joinNames(left) : null });
    this.host.querySelector<HTMLElement>(".adder")?.focus();
  }

  private toggle(field: string, value: string | null, side: Side): void {
    const { app, known } = this;
    if (!known) return;
    const wheres = toggled(known.grammar.read(app.address.rest), field, value, side);
    app.navigate({ rest: known.grammar.replace(app.address.rest, wheres) });
  }

  /** A bar of a chart leads to another view of this page. */
  private followed(event: MouseEvent): void {
    const href = event.target instanceof Element ? event.target.closest("a")?.getAttribute("href") : null;
    if (!href || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.app.navigate({ rest: parseAddress(new URL(href, location.href).search).rest });
  }
}

export function startFacets(app: App): void {
  const host = app.querySelector<HTMLElement>("panoptic-facets");
  if (host) void new Facets(app, host).start();
}
