/** How the cells of a view are shown: as cards in an even grid, or as the rows of a table. */

import type { Frame } from "../../core/layout.js";
import type { Texts } from "../../core/i18n.js";
import { Card } from "./card.js";
import { type Hrefs, Pool } from "./pool.js";

export interface Display {
  /** The live cells. */
  readonly pool: Pool;
  /** Height of what stands above the cells within the scroller and stays in sight. */
  readonly head: number;
  /** Roles of the scroller and of the headings; the cells get theirs. */
  roles(grouped: boolean): readonly [scroller: string, heading: string];
  /** For a wished size of the pictures. */
  frame(scroller: HTMLElement, thumb: number): Frame;
  /** The live cells are up to date: fill in what else they show. `calm`: there is time to ask for more. */
  drawn(calm: boolean): void;
}

export class Cards implements Display {
  readonly pool: Pool;
  readonly head = 0;
  /** Height below each picture, for what `drawn` puts there. */
  below = 0;
  drawn: (calm: boolean) => void = () => {};

  /** `count`: cells of the view. */
  constructor(stage: HTMLElement, texts: Texts, hrefs: Hrefs, count: () => number) {
    const said = {
      label: (position: number) => texts.t("ui.position", { n: position + 1, count: count() }),
      copies: (n: number) => texts.count("counts.instances", n),
      number: (n: number) => texts.number(n),
    };
    this.pool = new Pool(stage, (slot) => new Card(slot, said), hrefs);
  }

  roles(grouped: boolean): readonly [string, string] {
    this.pool.setRole(grouped ? "treeitem" : "option");
    return grouped ? ["tree", "treeitem"] : ["listbox", ""];
  }

  frame(scroller: HTMLElement, thumb: number): Frame {
    const style = getComputedStyle(scroller);
    const pixels = (name: string): number => Number.parseFloat(style.getPropertyValue(name)) || 0;
    const gap = Math.min(pixels("--gap"), Math.round(thumb / 8)); // small pictures stand closer together
    return { width: scroller.clientWidth, thumb, gap, margin: pixels("--margin"), below: this.below };
  }
}
