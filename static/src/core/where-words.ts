/** Conditions, groups and fields in words, as the server's `web/grid/filters.py` says them; tests/cases/where.json holds both. */

import { DATE_STEPS } from "./date-words.js";
import type { Texts } from "./i18n.js";
import { colorWords } from "./palette.js";
import { nameKey } from "./names.js";
import type { FieldType, Property } from "./project.js";
import { isCombined, type Condition, type Where } from "./where.js";
import type { Grouping } from "./groupings.js";

const OF_DATES = new Set(["gt", "gte", "lt", "lte"]);

/** `title`: what it goes by, where that is neither its name nor a text of ours. */
export type Named = Pick<Property, "id" | "name" | "type"> & { readonly title?: string };

export class WhereWords {
  private readonly byName: ReadonlyMap<string, Named>;

  constructor(
    readonly texts: Texts,
    fields: readonly Named[],
  ) {
    this.byName = new Map(fields.map((field) => [nameKey(field.name), field]));
  }

  field(name: string): Named | undefined {
    return this.byName.get(nameKey(name));
  }

  fieldLabel(name: string): string {
    const field = this.field(name);
    if (!field) return name;
    if (field.title) return field.title;
    return field.id === null ? this.texts.t(`row.${field.name}`) : field.name;
  }

  where(where: Where): string {
    if (!isCombined(where)) return this.condition(where);
    const joined = where.parts.map((part) => this.where(part)).join(this.texts.t(where.kind === "all" ? "filters.and" : "filters.or"));
    return where.kind === "not" ? this.texts.t("filters.not", { what: joined }) : `(${joined})`;
  }

  private condition({ field, operator, operands }: Condition): string {
    const { texts } = this;
    const type = this.field(field)?.type ?? "text";
    const [low = "", high = ""] = operands;
    const value =
      operator === "between" ? texts.t("filters.range", { low, high }) : operands.map((one) => this.operand(type, one)).join(", ");
    return texts.t(operatorKey(operator, type), { field: this.fieldLabel(field), value });
  }

  operand(type: FieldType, operand: string): string {
    if (type === "checkbox" && /^(true|1|false|0)$/i.test(operand)) {
      return this.texts.t(/^(true|1)$/i.test(operand) ? "value.yes" : "value.no");
    }
    return type === "color" ? colorWords(this.texts, operand) : operand || "“”";
  }

  /** An operator as a choice: its sentence without a field. */
  operator(key: string, type: FieldType): string {
    return this.texts.t(operatorKey(key, type), { field: "", value: "…" }).trim();
  }

  group({ field, step }: Pick<Grouping, "field" | "step">): string {
    const group = this.texts.t("filters.group", { field: this.fieldLabel(field) });
    return step ? this.texts.t("filters.group_step", { group, step: this.step(step) }) : group;
  }

  step(step: string): string {
    if ((DATE_STEPS as readonly string[]).includes(step) || step === "tree") return this.texts.t(`step.${step}`);
    if (step.startsWith("q")) return this.texts.t("step.quantiles", { n: step.slice(1) });
    return step.startsWith("e") ? this.texts.t("step.edges", { edges: step.slice(1).split("_").join(", ") }) : step;
  }
}

function operatorKey(key: string, type: FieldType): string {
  return type === "date" && OF_DATES.has(key) ? `op.${key}_date` : `op.${key}`;
}
