/** The twelve colours that tags and colour properties are offered: Panoptic's, in its order. */

import type { Texts } from "./i18n.js";

export const PALETTE = [
  "#e03131", "#d6336c", "#ae3ec9", "#7048e8", "#4263eb", "#1c7ed6",
  "#1098ad", "#0ca678", "#37b24d", "#74b816", "#f59f00", "#f76707",
] as const;

/** Their names, as the end of a text's key: `ui.color.red`. */
export const COLOR_NAMES = [
  "red", "pink", "grape", "violet", "indigo", "blue", "cyan", "teal", "green", "lime", "yellow", "orange",
] as const;

/** A colour in words: those of the palette have names. */
export function colorWords(texts: Texts, color: string): string {
  const name = COLOR_NAMES[(PALETTE as readonly string[]).indexOf(color)];
  return name ? texts.t(`ui.color.${name}`) : color;
}

/** A colour as it is kept, of a colour or a name that somebody wrote. */
export function colorNamed(text: string): string {
  const lower = text.toLowerCase();
  return PALETTE[(COLOR_NAMES as readonly string[]).indexOf(lower)] ?? lower;
}

/** The colour that a new tag is offered: the first of those that are used least. */
export function nextColor(used: Iterable<string | null>): string {
  const uses = new Map<string, number>(PALETTE.map((color) => [color, 0]));
  for (const color of used) {
    const count = uses.get(color?.toLowerCase() ?? "");
    if (count !== undefined) uses.set(color!.toLowerCase(), count + 1);
  }
  const least = Math.min(...uses.values());
  return PALETTE.find((color) => uses.get(color) === least)!;
}

/** The colour so many steps further, around the end. */
export function stepColor(color: string, step: number): string {
  const at = (PALETTE as readonly string[]).indexOf(color);
  return PALETTE[(at + step + PALETTE.length) % PALETTE.length]!;
}
