/**
 * Examples that a view's similarity is measured from, in the address: `_similar=image:5,-text:night`, the scores that it
 * asks for and the space. The same grammar as the server's `domain/similar.py`.
 */

import type { Address } from "./address.js";
import type { Pair } from "./where.js";

export interface Example {
  readonly kind: "image" | "text" | "file";
  /** Id of an image, a text, or the SHA-1 of a picture that was sent. */
  readonly key: string;
  readonly isNegative: boolean;
}

export interface Similar {
  readonly examples: readonly Example[];
  /** Null: the project's own choice. */
  readonly space: string | null;
}

/** From the least score to the greatest, both included. */
export type Scope = readonly [low: number, high: number];

/** What a view begins with: pictures that are alike; of words, whose scores are lower, all that is likelier than chance. */
const USUAL: Scope = [0.5, 1];
const USUAL_OF_WORDS: Scope = [0, 1];
/** Examples of one query that a selection may make: an address holds them. */
export const MOST_EXAMPLES = 200;

const NAME = "similarity";
const EXAMPLE = /^(-?)(image|text|file):(.*)$/s;
const UNWANTED = /(?<!\S)-(?:"([^"]+)"|([^\s"-]\S*))/g;

const isOwn = ([key]: Pair): boolean => key === "_similar" || key === "_space";
const isScope = ([key]: Pair): boolean => key.toLowerCase().split("__")[0] === NAME;
const isOfScores = ([key, value]: Pair): boolean => key === "_group" && value.split(":").some((part) => part.toLowerCase() === NAME);

export function readExamples(text: string): Example[] {
  return text.split(",").flatMap((part) => {
    const match = EXAMPLE.exec(part);
    if (!match) return [];
    const key = match[3]!.replaceAll("~2C", ",").replaceAll("~7E", "~");
    return [{ kind: match[2] as Example["kind"], key, isNegative: match[1] === "-" }];
  });
}

export function writeExamples(examples: readonly Example[]): string {
  return examples
    .map(({ kind, key, isNegative }) => `${isNegative ? "-" : ""}${kind}:${key.replaceAll("~", "~7E").replaceAll(",", "~2C")}`)
    .join(",");
}

/** Read what people write into a box: `a boat -night -"black and white"`; what follows a minus is unwanted. */
export function examplesOfWords(text: string): Example[] {
  const unwanted = [...text.matchAll(UNWANTED)].map(([, quoted, word]) => (quoted ?? word)!);
  const wanted = text.replace(UNWANTED, " ").trim().replace(/\s+/g, " ");
  return [
    ...(wanted ? [{ kind: "text" as const, key: wanted, isNegative: false }] : []),
    ...unwanted.map((key) => ({ kind: "text" as const, key, isNegative: true })),
  ];
}

export const isSame = (a: Example, b: Example): boolean => a.kind === b.kind && a.key === b.key;

/** The examples of an address; null: it has none. */
export function similarOf({ rest }: Pick<Address, "rest">): Similar | null {
  const written = rest.find(([key]) => key === "_similar")?.[1];
  const examples = readExamples(written ?? "");
  return examples.length ? { examples, space: rest.find(([key]) => key === "_space")?.[1] ?? null } : null;
}

/** The scores that an address asks for; null: all. */
export function scopeOf({ rest }: Pick<Address, "rest">): Scope | null {
  let [low, high] = [-1, 1];
  const asked = rest.filter(isScope);
  for (const [key, value] of asked) {
    const operator = key.split("__")[1];
    const [first = Number.NaN, second = Number.NaN] = value.split(",").map(Number);
    if (operator === "between") [low, high] = [Math.max(low, first), Math.min(high, second)];
    else if (operator === "gte" || operator === "gt") low = Math.max(low, first);
    else if (operator === "lte" || operator === "lt") high = Math.min(high, first);
  }
  return asked.length && low <= high ? [low, high] : null;
}

const usual = ({ examples }: Similar): Scope => (examples.every(({ kind }) => kind === "text") ? USUAL_OF_WORDS : USUAL);

/** A view of what is similar: those with a score in the scope, the most similar first. Groups and filters stay. */
export function toSimilar(address: Address, similar: Similar, scope: Scope | null = scopeOf(address) ?? usual(similar)): Partial<Address> {
  const own: Pair[] = [["_similar", writeExamples(similar.examples)]];
  if (similar.space !== null) own.push(["_space", similar.space]);
  if (scope) own.push([`${NAME}__between`, scope.join(",")]);
  const rest = [...own, ...address.rest.filter((pair) => !isOwn(pair) && !isScope(pair))];
  const sorted = address.sorts.some(({ key }) => key === NAME);
  return { rest, sorts: sorted ? address.sorts : [{ key: NAME, descending: true }] };
}

/** The same scores of others: another scope in the same view. */
export function toScope(address: Address, scope: Scope): Partial<Address> {
  return { rest: [...address.rest.filter((pair) => !isScope(pair)), [`${NAME}__between`, scope.join(",")]] };
}

/** The view without examples, and all that is asked of their scores. */
export function leave(address: Address): Partial<Address> {
  const rest = address.rest.filter((pair) => !isOwn(pair) && !isScope(pair) && !isOfScores(pair));
  return { rest, sorts: address.sorts.filter(({ key }) => key !== NAME) };
}

/** Whether a view filters by more than scores. */
export function filters({ rest, folders }: Pick<Address, "rest" | "folders">): boolean {
  return folders.length > 0 || rest.some((pair) => isFilter(pair));
}

/** The view with the same examples and scores, without its filters. */
export function everywhere({ rest }: Pick<Address, "rest">): Partial<Address> {
  return { folders: [], rest: rest.filter((pair) => !isFilter(pair)) };
}

function isFilter(pair: Pair): boolean {
  const [key] = pair;
  return !isScope(pair) && (!key.startsWith("_") || ["_where", "_search", "_in"].includes(key));
}

/** What is asked of all scores alike: the address less scope, order and groups. */
export function counted(address: Address): Address {
  return { ...address, sorts: [], seed: null, rest: address.rest.filter((pair) => !isScope(pair) && pair[0] !== "_group") };
}
