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

export async function readKnown(project: Project, texts: Texts): Promise<Known> {
  const [fields, operators] = await Promise.all([project.fields(), project.operators()]);
  return { fields, operators, grammar: new Grammar(takesOf(operators)), words: new WhereWords(texts, fields) };
}
