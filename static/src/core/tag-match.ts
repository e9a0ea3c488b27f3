/** Tags by what is typed, and tags as texts. */

import type { Tag } from "./project.js";

/** Letters that Unicode does not decompose, as readers of European languages look them up: the server's `fold`. */
const LETTERS: Readonly<Record<string, string>> = {
  ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ı: "i", ß: "ss", // prettier-ignore
};

/** A text without case and accents: what searches compare. */
export function fold(text: string): string {
  const plain = text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  return plain.replace(/[øłđðþæœıß]/g, (letter) => LETTERS[letter]!);
}

/** How far a folded name is from what was typed: itself, its start, a word's start, within it, its letters in order; else none. */
function distance(name: string, typed: string): number | null {
  if (name === typed) return 0;
  const at = name.indexOf(typed);
  if (at === 0) return 1;
  if (at > 0) return /[^\p{L}\p{N}]/u.test(name[at - 1]!) ? 2 : 3;
  let next = 0;
  for (const letter of typed) {
    next = name.indexOf(letter, next) + 1;
    if (!next) return null;
  }
  return 4;
}

const folded = new WeakMap<readonly Tag[], string[]>();

/** The tags that match what is typed, the nearest first, else in their own order; at most so many. */
export function matchTags(tags: readonly Tag[], typed: string, most: number): Tag[] {
  const wanted = fold(typed.trim());
  if (!wanted) return tags.slice(0, most);
  const names = folded.get(tags) ?? tags.map(({ name }) => fold(name));
  folded.set(tags, names); // a vocabulary of ten thousand is folded once
  const found: Tag[][] = [[], [], [], [], []];
  names.forEach((name, at) => {
    const far = distance(name, wanted);
    if (far !== null && found[far]!.length < most) found[far]!.push(tags[at]!);
  });
  return found.flat().slice(0, most);
}

/** The tags above a tag, outermost first, along each one's first parent. */
export function pathOf(tag: Tag, byName: ReadonlyMap<string, Tag>): string[] {
  const path: string[] = [];
  for (let above = tag.parents[0]; above !== undefined && !path.includes(above); above = byName.get(above)?.parents[0]) {
    path.unshift(above);
  }
  return path;
}

/** Tags as the text of a saying. */
export function joinTags(names: Iterable<string>): string {
  return [...names].map((name) => (/[,"]|^\s|\s$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(",");
}

/** The names in the text of a saying: commas part them, but for those in quotes. */
export function splitTags(text: string): string[] {
  const parts = text.matchAll(/\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))(?:,|$)/g);
  const names = [...parts].map(([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain.trim());
  return [...new Set(names.filter((name) => name.trim()))];
}

/** Which tags the cells of a selection have: all of them, or some; the others, none. By tag id. */
export type Having = ReadonlyMap<number, "all" | "some">;

export function havingOf(cells: readonly (readonly Pick<Tag, "id">[])[]): Having {
  const counts = new Map<number, number>();
  for (const tags of cells) for (const { id } of tags) counts.set(id, (counts.get(id) ?? 0) + 1);
  return new Map([...counts].map(([id, count]) => [id, count === cells.length ? "all" : "some"]));
}
