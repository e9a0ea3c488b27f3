/** What a project's fields and operators make of the conditions that somebody edits. */

import { DraftCondition, fitted } from "./draft.js";
import type { Known } from "./known.js";
import { type FieldType, hasTags, type Operator } from "./project.js";

/** The operator that is most often meant. */
const USUAL: Readonly<Record<FieldType, string>> = {
  text: "contains", url: "contains", tag: "any", multi_tags: "any", number: "gte", date: "within", color: "any", checkbox: "exact", // prettier-ignore
};

/** Operators for which an empty text is something to ask for. */
const TAKE_EMPTY = new Set(["exact", "not"]);

const typeOf = ({ words }: Known, name: string): FieldType => words.field(name)?.type ?? "text";

/** A condition that waits for its value: on the first tags, else the first property, else the name of the file. */
export function freshCondition(known: Known): DraftCondition {
  const { fields } = known;
  const properties = fields.filter(({ id }) => id !== null);
  const field = properties.find(hasTags) ?? properties[0] ?? fields.find(({ name }) => name === "name") ?? fields[0]!;
  return conditionOn(known, field.name);
}

export function conditionOn(known: Known, name: string): DraftCondition {
  const type = typeOf(known, name);
  const operators = known.operators[type];
  const { key, operands } = operators.find((operator) => operator.key === USUAL[type]) ?? operators[0]!;
  return new DraftCondition(name, key, type === "checkbox" ? ["true"] : fitted([], operands));
}

export function takesOf(known: Known, { field, operator }: DraftCondition): Operator["operands"] {
  return known.operators[typeOf(known, field)].find(({ key }) => key === operator)?.operands ?? "one";
}

/** Whether nothing is left to be filled in. */
export function isComplete(known: Known, condition: DraftCondition): boolean {
  const takes = takesOf(known, condition);
  const type = typeOf(known, condition.field);
  const filled = condition.operands.filter((operand) => operand.trim() !== "").length;
  if (takes === "none") return true;
  if (takes === "two") return filled === 2;
  return filled > 0 || (takes === "one" && (type === "text" || type === "url") && TAKE_EMPTY.has(condition.operator));
}
