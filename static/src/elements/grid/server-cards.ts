/** What the server's cards say, read back: the grid starts from them without asking for the view. */

import { lookOf, WORDS_PER_RECORD } from "../../core/codec.js";

/** Return the records of the cards, in the order of the view. */
export function readCards(grid: Element): Uint32Array {
  const cards = [...grid.querySelectorAll<HTMLAnchorElement>(".cards > .card[data-id]")];
  const records = new Uint32Array(cards.length * WORDS_PER_RECORD);
  cards.forEach((card, at) => {
    const image = card.querySelector("img")!;
    const [id, width, height] = [card.dataset.id, image.getAttribute("width"), image.getAttribute("height")].map(Number);
    const [red = 0, green = 0, blue = 0] = (image.style.backgroundColor.match(/\d+/g) ?? []).map(Number);
    records.set([id!, lookOf((red << 16) | (green << 8) | blue, width!, height!)], at * WORDS_PER_RECORD);
  });
  return records;
}
