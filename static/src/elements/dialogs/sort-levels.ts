/** The keys of an order, as the levels of a dialog. */

import { html } from "lit";
import { type Address, isShuffled, queryText, type Sort } from "../../core/address.js";
import type { Known } from "../../core/known.js";
import { nameKey, sameName } from "../../core/names.js";
import { directionButton } from "./direction.js";
import { fieldSelect } from "../filters/field-select.js";
import type { Levels } from "./levels.js";

const LARGEST_SEED = 1_000_000;

export function sortLevels(known: Known, address: Address, apply: (change: Partial<Address>) => void): Levels<Sort> {
  const { fields } = known;
  const { texts } = known.words;
  return {
    title: "ui.sort.title",
    level: "ui.sort.level",
    add: "ui.sort.add",
    levels: address.sorts.length ? address.sorts : [{ key: "id", descending: false }],
    fresh(levels) {
      const used = new Set(levels.map(({ key }) => nameKey(key)));
      return { key: fields.find(({ name }) => !used.has(nameKey(name)))?.name ?? "id", descending: false };
    },
    row: ({ key, descending }, change) => html`${fieldSelect({
      words: known.words, fields, chosen: key, label: texts.t("sort.title"), more: [["random", texts.t("sort.random")]],
      change: (name) => change({ key: name }),
    })}
    ${directionButton(texts, descending, () => change({ descending: !descending }))}`,
    query: (levels) => queryText({ ...address, ...changed(levels, address) }),
    apply: (levels) => apply(changed(levels, address)),
  };
}

function changed(levels: readonly Sort[], { seed }: Address): Pick<Address, "sorts" | "seed"> {
  // A second sort by the same field could change nothing.
  const sorts = levels.filter(({ key }, at) => levels.findIndex((other) => sameName(other.key, key)) === at);
  return { sorts, seed: isShuffled({ sorts }) ? (seed ?? 1 + Math.floor(Math.random() * LARGEST_SEED)) : null };
}
