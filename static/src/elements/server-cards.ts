/** The cards that the server drew, read back: the grid starts from them without asking for anything. */

import { lookOf, WORDS_PER_RECORD } from "../core/codec.js";
import type { Thumb } from "../core/thumbs.js";

export interface ServerCards {
  /** Ids and looks in the order of the view. */
  readonly records: Uint32Array;
  readonly thumbs: readonly Thumb[];
}

export function readCards(grid: Element): ServerCards {
  const cards = [...grid.querySelectorAll<HTMLAnchorElement>(".cards > .card[data-id]")];
  const records = new Uint32Array(cards.length * WORDS_PER_RECORD);
  const thumbs = cards.map((card, at): Thumb => {
    const image = card.querySelector("img")!;
    const [id, width, height] = [card.dataset.id, image.getAttribute("width"), image.getAttribute("height")].map(Number);
    const [red = 0, green = 0, blue = 0] = (image.style.backgroundColor.match(/\d+/g) ?? []).map(Number);
    records.set([id!, lookOf((red << 16) | (green << 8) | blue, width!, height!)], at * WORDS_PER_RECORD);
    return {
      id: id!,
      image_id: Number(/\/image\/(\d+)/.exec(card.pathname)![1]),
      sha1: /\/thumb\/([0-9a-f]+)-/.exec(image.src)![1]!,
      name: image.title,
      width: width!,
      height: height!,
      copies: Number(card.querySelector(".copies")?.textContent?.replace(/\D/g, "") || 1),
      mime: "",
      offset: 0,
      bytes: 0,
      url: image.src,
    };
  });
  return { records, thumbs };
}
