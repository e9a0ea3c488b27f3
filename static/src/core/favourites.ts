/** Digits bound to tags, remembered for each project in this browser. */

import { remember, remembered } from "./memory.js";

export interface Favourite {
  readonly property: number;
  readonly tag: number;
  /** As it was called when it was bound: to be shown, not to be said. */
  readonly name: string;
  readonly color: string | null;
}

export type Favourites = Readonly<Record<number, Favourite>>;

const KEY = "favourites";

export function favouritesOf(base: string): Favourites {
  return remembered<Favourites>(base, KEY) ?? {};
}

/** Bind a digit to a tag, which gives up another digit it had; the digit that it has already is given up. */
export function bind(all: Favourites, digit: number, tag: Favourite): Favourites {
  const before = digitOf(all, tag);
  const others = Object.fromEntries(Object.entries(all).filter(([at]) => Number(at) !== before && Number(at) !== digit));
  return before === digit ? others : { ...others, [digit]: tag };
}

export function digitOf(all: Favourites, { property, tag }: Pick<Favourite, "property" | "tag">): number | null {
  const found = Object.entries(all).find(([, one]) => one.property === property && one.tag === tag);
  return found ? Number(found[0]) : null;
}

/** The first digit that nothing is bound to; null: all nine are. */
export function freeDigit(all: Favourites): number | null {
  return [1, 2, 3, 4, 5, 6, 7, 8, 9].find((digit) => !(digit in all)) ?? null;
}

export function keep(base: string, all: Favourites): void {
  remember(base, KEY, all);
}

/** What a key press asks of a favourite. The digit itself adds, also where a keyboard writes it with Shift, as in French. */
export function favouriteKey(event: Pick<KeyboardEvent, "key" | "code" | "shiftKey">): { digit: number; act: "add" | "remove" } | null {
  if (/^[1-9]$/.test(event.key)) return { digit: Number(event.key), act: "add" };
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
  return digit ? { digit: Number(digit), act: event.shiftKey ? "remove" : "add" } : null;
}
