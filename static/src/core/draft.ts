/** Conditions while somebody edits them: they may be incomplete, and change in place. */

import type { Operator } from "./project.js";
import { type Condition, isCombined, type Kind, type Where } from "./where.js";

export class DraftCondition {
  /** What is wrong with it, in words; empty: nothing is known to be. */
  problem = "";

  constructor(
    public field: string,
    public operator: string,
    public operands: string[],
  ) {}
}

export class DraftGroup {
  constructor(
    public kind: Kind,
    public parts: Draft[],
  ) {}
}

export type Draft = DraftCondition | DraftGroup;

/** What the conditions of an address are to an editor: one group, and in it what stands in the address. */
export function draftOf(wheres: readonly Where[]): DraftGroup {
  const [only] = wheres;
  const root = wheres.length === 1 && only && isCombined(only) ? only : { kind: "all" as const, parts: wheres };
  return drafted(root) as DraftGroup;
}

function drafted(where: Where): Draft {
  if (isCombined(where)) return new DraftGroup(where.kind, where.parts.map(drafted));
  return new DraftCondition(where.field, where.operator, [...where.operands]);
}

/** The conditions that an address takes: of a group in which all hold, each for itself. Groups without conditions are left out. */
export function wheresOf(root: DraftGroup): Where[] {
  const parts = partsOf(root);
  return root.kind === "all" || !parts.length ? parts : [{ kind: root.kind, parts }];
}

function partsOf(group: DraftGroup): Where[] {
  return group.parts.flatMap((part): Where[] => {
    if (part instanceof DraftCondition) return [conditionOf(part)];
    const parts = partsOf(part);
    return parts.length ? [{ kind: part.kind, parts }] : [];
  });
}

export function conditionOf({ field, operator, operands }: DraftCondition): Condition {
  return { field, operator, operands: operands.map((operand) => operand.trim()) };
}

/** Every condition, from the top down. */
export function conditionsOf(draft: Draft): DraftCondition[] {
  return draft instanceof DraftCondition ? [draft] : draft.parts.flatMap(conditionsOf);
}

/** The same without conditions for which `keep` is false. */
export function pruned(group: DraftGroup, keep: (condition: DraftCondition) => boolean): DraftGroup {
  const parts = group.parts.filter((part) => part instanceof DraftGroup || keep(part));
  return new DraftGroup(group.kind, parts.map((part) => (part instanceof DraftGroup ? pruned(part, keep) : part)));
}

/** The operands that still make sense to another operator. */
export function fitted(operands: readonly string[], takes: Operator["operands"]): string[] {
  if (takes === "none") return [];
  if (takes === "one") return [operands[0] ?? ""];
  if (takes === "two") return [operands[0] ?? "", operands[1] ?? ""];
  return operands.filter((operand) => operand !== "");
}
