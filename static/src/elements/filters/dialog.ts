/** The dialog in which conditions are put together: groups within groups, what they find counted while one edits. */

import { html, nothing, render, type TemplateResult } from "lit";
import { queryText, withQuery } from "../../core/address.js";
import { getJson, isAbort } from "../../core/api.js";
import type { App } from "../grid-page.js";
import { conditionOf, conditionsOf, type Draft, type DraftCondition, DraftGroup, draftOf, fitted, pruned, wheresOf } from "../../core/draft.js";
import { conditionOn, freshCondition, isComplete, takesOf } from "../../core/draft-known.js";
import type { Known } from "../../core/known.js";
import { hasTags } from "../../core/project.js";
import type { Kind, Where } from "../../core/where.js";
import { fieldSelect } from "./field-select.js";
import * as icons from "../icons.js";
import { operandForm } from "./operands.js";
import { suggestFor } from "./suggest.js";
import type { PanopticTokens } from "./tokens.js";

const KINDS: readonly Kind[] = ["all", "any", "not"];
const PATIENCE_MS = 250;

interface Counts {
  readonly images: number;
  readonly instances: number;
}

export class FilterDialog {
  private readonly dialog = document.createElement("dialog");
  private root = new DraftGroup("all", []);
  private known!: Known;
  private counts: Counts | null = null;
  private counting: AbortController | null = null;
  private made = new WeakMap<DraftCondition, number>();
  private number = 0;

  constructor(private readonly app: App) {
    this.dialog.className = "builder";
    this.dialog.setAttribute("aria-labelledby", "panoptic-builder-title");
    this.dialog.addEventListener("close", () => {
      this.counting?.abort();
      app.grid.focus();
    });
    app.append(this.dialog);
  }

  /** Edit the conditions of the address; the focus goes to the `at`-th one, or to a new one. */
  open(known: Known, at: number | null): void {
    this.known = known;
    this.root = draftOf(known.grammar.read(this.app.address.rest));
    const isNew = at === null || !this.root.parts.length;
    if (isNew) this.root.parts.push(freshCondition(this.known));
    this.draw();
    if (!this.dialog.open) this.dialog.showModal();
    const shown = isNew ? this.root.parts.length - 1 : Math.min(at, this.root.parts.length - 1);
    const part = this.dialog.querySelectorAll<HTMLElement>(".builder-root > .parts > li")[shown];
    const operand = isNew ? null : part?.querySelector<HTMLElement>(".tokens input, .operand input, .swatch");
    (operand ?? part?.querySelector<HTMLElement>("select"))?.focus();
    void this.count();
  }

  private changed(): void {
    this.draw();
    void this.count();
  }

  private draw(): void {
    const { texts } = this.app;
    const isEmpty = conditionsOf(this.root).length === 0;
    render(
      html`<form @submit=${(event: Event) => this.submitted(event)} @keydown=${(event: KeyboardEvent) => this.pressed(event)}>
        <header>
          <h2 id="panoptic-builder-title">${texts.t("ui.filter.title")}</h2>
          ${this.iconButton("ui.close", icons.close, () => this.dialog.close())}
        </header>
        <div class="builder-root">${this.group(this.root, null)}</div>
        <footer>
          <p class="found" role="status">${this.found()}</p>
          <button type="button" ?disabled=${isEmpty} @click=${() => this.clear()}>${texts.t("filters.clear")}</button>
          <button class="primary">${texts.t("form.apply")}</button>
        </footer>
      </form>`,
      this.dialog,
    );
  }

  private found(): string {
    const { texts } = this.app;
    const open = conditionsOf(this.root).filter((condition) => !isComplete(this.known, condition)).length;
    const hint = open ? texts.count("ui.filter.incomplete", open) : "";
    if (!this.counts) return hint;
    const [instances, images] = [texts.count("counts.instances", this.counts.instances), texts.count("counts.images", this.counts.images)];
    return [texts.t("counts.both", { instances, images }), hint].filter(Boolean).join(" · ");
  }

  private iconButton(key: string, icon: TemplateResult, act: () => void): TemplateResult {
    const label = this.app.texts.t(key);
    return html`<button type="button" class="quiet" aria-label=${label} title=${label} @click=${act}>${icon}</button>`;
  }

  private group(group: DraftGroup, parent: DraftGroup | null): TemplateResult {
    const { texts } = this.app;
    const isRoot = parent === null;
    const add = (part: Draft): void => {
      group.parts.push(part);
      this.changed();
      const rows = this.dialog.querySelectorAll<HTMLElement>(`[data-condition="${this.idOf(conditionsOf(part)[0]!)}"] select`);
      rows[0]?.focus();
    };
    return html`
      <div class="group-head">
        <select
          class="kind"
          aria-label=${texts.t("ui.filter.kind")}
          @change=${(event: Event) => {
            group.kind = (event.target as HTMLSelectElement).value as Kind;
            this.changed();
          }}
        >
          ${KINDS.map((kind) => html`<option value=${kind} .selected=${kind === group.kind}>${texts.t(`ui.filter.${kind}`)}</option>`)}
        </select>
        ${isRoot ? nothing : this.iconButton("ui.filter.remove_group", icons.close, () => this.drop(parent, group))}
      </div>
      <ul class="parts">
        ${group.parts.map((part) =>
          part instanceof DraftGroup
            ? html`<li><div class="nested" role="group" aria-label=${texts.t(`ui.filter.${part.kind}`)}>${this.group(part, group)}</div></li>`
            : html`<li>${this.condition(part, group)}</li>`,
        )}
      </ul>
      <div class="adders">
        <button type="button" class="text-button" @click=${() => add(freshCondition(this.known))}>${icons.plus} ${texts.t("ui.filter.add")}</button>
        <button type="button" class="text-button" @click=${() => add(new DraftGroup(group.kind === "any" ? "all" : "any", [freshCondition(this.known)]))}>
          ${icons.plus} ${texts.t("ui.filter.add_group")}
        </button>
      </div>
    `;
  }

  private condition(condition: DraftCondition, group: DraftGroup): TemplateResult {
    const { words, fields, operators } = this.known;
    const { texts, project } = this.app;
    const field = words.field(condition.field);
    const type = field?.type ?? "text";
    const id = this.idOf(condition);
    const problem = `panoptic-problem-${id}`;
    return html`<div class="condition" data-condition=${id}>
        ${fieldSelect({
          words, fields, chosen: condition.field, label: texts.t("filters.field"),
          change: (name) => this.replace(condition, name),
        })}
        <select
          class="operator"
          aria-label=${texts.t("filters.operator")}
          @change=${(event: Event) => {
            condition.operator = (event.target as HTMLSelectElement).value;
            condition.operands = fitted(condition.operands, takesOf(this.known, condition));
            this.edited(condition);
          }}
        >
          ${operators[type].map(({ key }) => html`<option value=${key} .selected=${key === condition.operator}>${words.operator(key, type)}</option>`)}
        </select>
        ${operandForm({
          texts, type, takes: takesOf(this.known, condition), condition, describedby: problem,
          suggest: suggestFor(project, texts, field),
          change: (operands) => {
            condition.operands = operands;
            this.edited(condition);
          },
        })}
        ${this.iconButton("ui.filter.remove_condition", icons.close, () => this.drop(group, condition))}
      </div>
      <p class="problem" id=${problem} ?hidden=${!condition.problem}>${condition.problem}</p>`;
  }

  private edited(condition: DraftCondition): void {
    condition.problem = "";
    this.changed();
  }

  private replace(condition: DraftCondition, name: string): void {
    const before = this.known.words.field(condition.field)?.type;
    const fresh = conditionOn(this.known, name);
    if (before === this.known.words.field(name)?.type && !hasTags({ type: before! })) condition.field = name;
    else Object.assign(condition, fresh);
    this.edited(condition);
  }

  private drop(group: DraftGroup, part: Draft): void {
    const at = group.parts.indexOf(part);
    group.parts = group.parts.filter((other) => other !== part);
    this.changed();
    const left = this.dialog.querySelectorAll<HTMLElement>(".condition > .quiet");
    (left[Math.min(at, left.length - 1)] ?? this.dialog.querySelector<HTMLElement>(".adders button"))?.focus();
  }

  /** Count what the conditions find that are complete; what the server refuses is said at the conditions. */
  private async count(): Promise<void> {
    this.counting?.abort();
    const counting = (this.counting = new AbortController());
    try {
      await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
      if (counting.signal.aborted) return;
      this.counts = await this.ask(wheresOf(pruned(this.root, (condition) => isComplete(this.known, condition))), counting.signal);
    } catch (error) {
      if (isAbort(error)) return;
      this.counts = null;
      await this.blame(counting.signal).catch(() => undefined);
    }
    if (!counting.signal.aborted) this.draw();
  }

  private async blame(signal: AbortSignal): Promise<void> {
    const asked = conditionsOf(this.root).filter((condition) => isComplete(this.known, condition));
    await Promise.all(
      asked.map(async (condition) => {
        try {
          await this.ask([conditionOf(condition)], signal);
        } catch (error) {
          if (!isAbort(error)) condition.problem = error instanceof Error ? error.message : String(error);
        }
      }),
    );
  }

  private ask(wheres: readonly Where[], signal: AbortSignal): Promise<Counts> {
    const { address, page } = this.app;
    const query = queryText({ ...address, sorts: [], rest: this.known.grammar.replace(address.rest, wheres).filter(([key]) => key !== "_group") });
    return getJson<Counts>(withQuery(`${page.base}/count.json`, query), signal);
  }

  private clear(): void {
    this.root = new DraftGroup("all", []);
    this.apply();
  }

  private submitted(event: Event): void {
    event.preventDefault();
    for (const tokens of this.dialog.querySelectorAll<PanopticTokens>("panoptic-tokens")) tokens.settle();
    const open = conditionsOf(this.root).filter((condition) => !isComplete(this.known, condition));
    for (const condition of open) condition.problem = this.app.texts.t("ui.filter.give_value");
    const [first] = conditionsOf(this.root).filter(({ problem }) => problem);
    if (!first) return this.apply();
    this.draw();
    this.dialog.querySelector<HTMLElement>(`[data-condition="${this.idOf(first)}"] :is(input, .swatch)`)?.focus();
  }

  private apply(): void {
    const { app } = this;
    const rest = this.known.grammar.replace(app.address.rest, wheresOf(this.root));
    this.dialog.close();
    if (JSON.stringify(rest) !== JSON.stringify(app.address.rest)) app.navigate({ rest });
  }

  /** Enter anywhere applies, but for buttons. */
  private pressed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || !(event.target instanceof HTMLSelectElement)) return;
    event.preventDefault();
    (event.currentTarget as HTMLFormElement).requestSubmit();
  }

  private idOf(condition: DraftCondition): number {
    const id = this.made.get(condition) ?? this.number++;
    this.made.set(condition, id);
    return id;
  }
}
