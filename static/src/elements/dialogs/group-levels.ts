/** The levels of groups of an address, as the levels of a dialog. */

import { html, nothing, type TemplateResult } from "lit";
import { type Address, queryText } from "../../core/address.js";
import { DATE_STEPS } from "../../core/date-words.js";
import { GROUP_ORDERS, type GroupOrder, type Grouping, readGroupings, replaceGroupings } from "../../core/groupings.js";
import type { Known } from "../../core/known.js";
import { nameKey } from "../../core/names.js";
import { hasTags } from "../../core/project.js";
import { directionButton } from "./direction.js";
import { fieldSelect } from "../filters/field-select.js";
import type { Levels } from "./levels.js";

/** Ways to put numbers into bins: what their steps begin with, a first step, and the names of the way and of its parameter. */
const BINS = [
  { sign: "", first: "100", name: "ui.group.bins_width", parameter: "ui.group.width" },
  { sign: "q", first: "q4", name: "ui.group.bins_equal", parameter: "ui.group.parts" },
  { sign: "e", first: "e0_10_100", name: "ui.group.bins_edges", parameter: "ui.group.edges" },
] as const;

type Change = (changed: Partial<Grouping>) => void;

const isAggregate = (order: GroupOrder): boolean => order !== "value" && order !== "size";

export function groupLevels(known: Known, address: Address, apply: (change: Partial<Address>) => void): Levels<Grouping> {
  const changed = (levels: readonly Grouping[]): Pick<Address, "rest"> => ({ rest: replaceGroupings(address.rest, levels) });
  const { words, fields } = known;
  const { texts } = words;
  const fresh = (name: string): Grouping => {
    const step = words.field(name)?.type === "date" ? "year" : "";
    return { field: name, step, order: "value", descending: false, of: "" };
  };
  return {
    title: "ui.group.title",
    level: "ui.group.level",
    add: "ui.group.add",
    levels: readGroupings(address.rest),
    fresh(levels) {
      const used = new Set(levels.map(({ field }) => nameKey(field)));
      const free = fields.filter(({ name }) => !used.has(nameKey(name)));
      const best = free.find((field) => field.id !== null && hasTags(field)) ?? free.find(({ id }) => id !== null);
      return fresh((best ?? free.find(({ name }) => name === "folder") ?? free[0] ?? fields[0]!).name);
    },
    row: (grouping, change) => html`${fieldSelect({
      words, fields, chosen: grouping.field, label: texts.t("filters.group_by"),
      change: (name) => change(fresh(name)),
    })}
    ${step(known, grouping, change)} ${grouping.step === "tree" ? nothing : order(known, grouping, change)}`,
    query: (levels) => queryText({ ...address, ...changed(levels) }),
    apply: (levels) => apply(changed(levels)),
  };
}

function step({ words }: Known, grouping: Grouping, change: Change): TemplateResult | typeof nothing {
  const field = words.field(grouping.field);
  if (field?.type === "number") return bins(words.texts, grouping, change);
  const isTree = field && (hasTags(field) || (field.id === null && field.name === "folder"));
  const steps = field?.type === "date" ? DATE_STEPS : isTree ? ["tree"] : [];
  if (!steps.length) return nothing;
  const choose = (event: Event): void => {
    const chosen = (event.target as HTMLSelectElement).value;
    change(chosen === "tree" ? { step: chosen, order: "value", descending: false, of: "" } : { step: chosen });
  };
  return html`<select aria-label=${words.texts.t("filters.step")} @change=${choose}>
    ${["", ...steps].map(
      (one) => html`<option value=${one} .selected=${one === grouping.step}>${one ? words.step(one) : words.texts.t("ui.group.whole")}</option>`,
    )}
  </select>`;
}

function bins(texts: Known["words"]["texts"], { step }: Grouping, change: Change): TemplateResult {
  const way = step ? BINS.find(({ sign }) => sign && step.startsWith(sign)) ?? BINS[0] : null;
  const written = (value: string): string => `${way?.sign ?? ""}${value.trim().split(/[\s,;_]+/).join("_")}`;
  const shown = way ? step.slice(way.sign.length).split("_").join(", ") : "";
  return html`<select aria-label=${texts.t("ui.group.bins")} @change=${(event: Event) => change({ step: (event.target as HTMLSelectElement).value })}>
      <option value="" .selected=${!way}>${texts.t("ui.group.whole")}</option>
      ${BINS.map((one) => html`<option value=${one === way ? step : one.first} .selected=${one === way}>${texts.t(one.name)}</option>`)}
    </select>
    ${way
      ? html`<input
          type="text"
          class="step"
          required
          aria-label=${texts.t(way.parameter)}
          title=${texts.t(way.parameter)}
          .value=${shown}
          @change=${(event: Event) => change({ step: written((event.target as HTMLInputElement).value) })}
        />`
      : nothing}`;
}

function order({ words, fields }: Known, grouping: Grouping, change: Change): TemplateResult {
  const { texts } = words;
  const { order, of, descending } = grouping;
  const measured = fields.filter(({ type }) => type === "number" || (type === "date" && (order === "min" || order === "max")));
  const choose = (event: Event): void => {
    const chosen = (event.target as HTMLSelectElement).value as GroupOrder;
    const first = measured.find(({ id, type }) => id !== null && type === "number") ?? fields.find(({ type }) => type === "number");
    // The largest first, the values in their order.
    change({ order: chosen, descending: chosen !== "value", of: isAggregate(chosen) ? of || (first?.name ?? "") : "" });
  };
  return html`<select aria-label=${texts.t("ui.group.order")} @change=${choose}>
      ${GROUP_ORDERS.map((one) => html`<option value=${one} .selected=${one === order}>${texts.t(`ui.group.by_${one}`)}</option>`)}
    </select>
    ${isAggregate(order)
      ? fieldSelect({ words, fields: measured, chosen: of, label: texts.t("ui.group.of"), change: (name) => change({ of: name }) })
      : nothing}
    ${directionButton(texts, descending, () => change({ descending: !descending }))}`;
}
