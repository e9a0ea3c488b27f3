/** What the tools of the filter bar know of a project: its fields and operators, how to write conditions, how to say them. */

import type { Texts } from "./i18n.js";
import type { Operator, Project, Property } from "./project.js";
import { Grammar, takesOf } from "./where.js";
import { WhereWords } from "./where-words.js";

export interface Known {
  readonly fields: readonly Property[];
  readonly operators: Readonly<Record<string, readonly Operator[]>> & Awaited<ReturnType<Project["operators"]>>;
  readonly grammar: Grammar;
  readonly words: WhereWords;
}

/** The field that a view has once it has examples. */
const SIMILARITY: Property = { id: null, name: "similarity", type: "number", scope: "image", group: null, position: null, description: null };

export async function readKnown(project: Project, texts: Texts): Promise<Known> {
  const [fields, derived, operators] = await Promise.all([project.fields(), project.derived(), project.operators()]);
  const words = new WhereWords(texts, [...fields, ...derived, SIMILARITY]);
  return { fields, operators, grammar: new Grammar(takesOf(operators)), words };
}

/** The same with the scores of a view that has examples. */
export function withScores(known: Known): Known {
  return { ...known, fields: [...known.fields, SIMILARITY] };
}
