/** When two names are the same, and how they stand in a query string: `domain/names.py` and `domain/escapes.py` of the server. */

const SPACES = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
const ESCAPE = /~([0-9A-F]{2})/g;

/** A name as it is kept: composed, its white space single spaces. */
export function tidied(name: string): string {
  return name.normalize("NFC").replace(SPACES, " ").replace(/^ | $/g, "");
}

/** A letter without its case. In both directions, because some have their pair in one alone; a dotless i is no i. */
const fold = (letter: string): string => (letter === "ı" ? letter : letter.toLowerCase().toUpperCase().toLowerCase());

/** What names are compared by. */
export function nameKey(name: string): string {
  const kept = tidied(name);
  if (/^[\x00-\x7f]*$/.test(kept)) return kept.toLowerCase();
  return Array.from(kept.normalize("NFD"), fold).join("").normalize("NFC");
}

export const sameName = (one: string, other: string): boolean => one === other || nameKey(one) === nameKey(other);

const escape = (letter: string): string => `~${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
const unescapeAll = (text: string): string => text.replace(ESCAPE, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));

/** Write a text so that no character of the grammar stands in it; `~` alone is the empty text. */
export function escaped(text: string): string {
  return text.replace(/[~,;()=:!]/g, escape) || "~";
}

export function unescaped(text: string): string {
  return text === "~" ? "" : unescapeAll(text);
}

/** Write a field's name as the key of a condition or the value of `_sort`, where most characters are its own. */
export function keyName(name: string): string {
  return name.replace(ESCAPE, `${escape("~")}$1`).replace(/^_/, escape);
}

/** Read a name that `keyName` or `escaped` wrote: a lone `~` is a name too. */
export const readName = unescapeAll;
