/**
 * The filter bar come alive: what the address asks for as chips, and the dialogs that ask for more. The server's bar stands
 * until then. Whatever is asked for, the page stays and only the view is another.
 */

import { html, nothing, render, type TemplateResult } from "lit";
import type { Address } from "../../core/address.js";
import type { App } from "../grid-page.js";
import { type Grouping, readGroupings, replaceGroupings } from "../../core/groupings.js";
import { isTyping } from "../../core/image-keys.js";
import { type Known, readKnown, withScores } from "../../core/known.js";
import { similarOf } from "../../core/similar.js";
import { isWhere, type Pair } from "../../core/where.js";
import { FilterDialog } from "./dialog.js";
import { groupLevels } from "../dialogs/group-levels.js";
import * as icons from "../icons.js";
import { LevelsDialog } from "../dialogs/levels.js";
import { searchBox } from "./search-box.js";
import { sortLevels } from "../dialogs/sort-levels.js";
import { PanopticTokens } from "./tokens.js";

/** What a view without images is said to lack: everything that narrows it but its folders. */
const narrows = (pair: Pair): boolean => isWhere(pair) || pair[0] === "_search" || pair[0] === "_in";

interface Chip {
  readonly kind: "where" | "group";
  readonly index: number;
  readonly label: string;
}

export class FilterBar {
  private readonly asked = document.createElement("div");
  private readonly dialog: FilterDialog;
  private readonly groups: LevelsDialog<Grouping>;
  private readonly sorts: LevelsDialog<Address["sorts"][number]>;
  private known: Known | null = null;

  constructor(
    private readonly app: App,
    private readonly bar: HTMLElement,
  ) {
    customElements.get("panoptic-tokens") ?? customElements.define("panoptic-tokens", PanopticTokens);
    this.asked.className = "asked";
    this.dialog = new FilterDialog(app);
    this.groups = new LevelsDialog(app);
    this.sorts = new LevelsDialog(app);
    const focusSearch = searchBox(app, bar);
    app.addEventListener("app-address", () => {
      this.draw();
      this.note();
    });
    app.addEventListener("click", (event) => this.cleared(event));
    app.addEventListener("bar-sorts", () => void this.openSorts());
    app.project.addEventListener("change", () => void this.start());
    window.addEventListener("keydown", (event) => this.pressed(event, focusSearch));
  }

  /** Read what fields there are, and draw. */
  async start(): Promise<void> {
    this.known = await readKnown(this.app.project, this.app.texts);
    if (!this.asked.isConnected) {
      this.bar.querySelectorAll(".chips, .adder").forEach((part) => part.remove());
      this.bar.append(this.asked);
    }
    this.draw();
  }

  private chips({ grammar, words }: Known): Chip[] {
    const { rest } = this.app.address;
    return [
      ...grammar.read(rest).map((where, index) => ({ kind: "where" as const, index, label: words.where(where) })),
      ...readGroupings(rest).map((grouping, index) => ({ kind: "group" as const, index, label: words.group(grouping) })),
    ];
  }

  private draw(): void {
    const { known } = this;
    if (!known) return;
    const { texts } = this.app;
    const chips = this.chips(known);
    render(
      html`${chips.length ? html`<ul class="chips">${chips.map((chip) => this.chip(chip))}</ul>` : nothing}
        <button type="button" class="text-button" title=${texts.t("ui.filter.key")} @click=${() => void this.openFilters(null)}>
          ${icons.plus} ${texts.t("ui.filter.button")}
        </button>
        <button type="button" class="text-button" title=${texts.t("ui.group.key")} @click=${() => void this.openGroups()}>
          ${icons.plus} ${texts.t("ui.group.button")}
        </button>`,
      this.asked,
    );
  }

  private chip({ kind, index, label }: Chip): TemplateResult {
    const remove = this.app.texts.t("filters.remove", { label });
    const open = (): Promise<void> => (kind === "where" ? this.openFilters(index) : this.openGroups());
    return html`<li class="chip ${kind}">
      <button type="button" class="edit" title=${label} @click=${() => void open()}><span>${label}</span></button>
      <button type="button" class="drop" aria-label=${remove} title=${remove} @click=${() => this.remove(kind, index)}>×</button>
    </li>`;
  }

  private remove(kind: Chip["kind"], index: number): void {
    const { known } = this;
    const { rest } = this.app.address;
    if (!known) return;
    const changed: readonly Pair[] =
      kind === "where"
        ? known.grammar.replace(rest, known.grammar.read(rest).toSpliced(index, 1))
        : replaceGroupings(rest, readGroupings(rest).toSpliced(index, 1));
    this.app.navigate({ rest: changed });
    const left = this.asked.querySelectorAll<HTMLElement>(".chip .drop");
    (left[Math.min(index, left.length - 1)] ?? this.asked.querySelector<HTMLElement>("button"))?.focus();
  }

  /** Say what the view says if it has no images. One that asks for nothing has some, or the server has said what to do. */
  private note(): void {
    const { address, texts } = this.app;
    const note = this.app.querySelector("panoptic-grid > .empty");
    if (address.rest.some(narrows)) {
      const link = Object.assign(document.createElement("a"), { href: this.app.page.base, textContent: texts.t("filters.clear") });
      link.dataset.part = "clear";
      note?.replaceChildren(texts.t("filters.none"), " ", link);
    } else if (address.folders.length) note?.replaceChildren(texts.t("grid.none"));
  }

  /** The link of an empty view that takes every condition away. */
  private cleared(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("a[data-part=clear]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.app.navigate({ rest: this.app.address.rest.filter((pair) => !narrows(pair)) });
  }

  private async openFilters(at: number | null): Promise<void> {
    this.dialog.open(await this.fresh(), at);
  }

  private async openGroups(): Promise<void> {
    const { app } = this;
    this.groups.open(groupLevels(await this.fresh(), app.address, (change) => app.navigate(change)));
  }

  private async openSorts(): Promise<void> {
    const { app } = this;
    this.sorts.open(sortLevels(await this.fresh(), app.address, (change) => app.navigate(change)));
  }

  private async fresh(): Promise<Known> {
    const { app } = this;
    const known = (this.known ??= await readKnown(app.project, app.texts));
    return similarOf(app.address) ? withScores(known) : known;
  }

  private pressed(event: KeyboardEvent, focusSearch: () => void): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open], :popover-open")) return;
    const key = event.key.toLowerCase();
    if (key === "f") void this.openFilters(null);
    else if (key === "g") void this.openGroups();
    else if (key === "x") focusSearch();
    else return;
    event.preventDefault();
  }
}

export function startFilters(app: App): void {
  const bar = app.querySelector<HTMLElement>(".panoptic-filters");
  if (bar) void new FilterBar(app, bar).start();
}
