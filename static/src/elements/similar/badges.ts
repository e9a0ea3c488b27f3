/** The score of every picture, where the view has examples: one more element per card or row, as long as it has. */

import type { App } from "../grid-page.js";
import { Scores, writeScore } from "../../core/scores.js";
import { similarOf } from "../../core/similar.js";
import type { Slot } from "../grid/pool.js";

interface Badge {
  readonly element: HTMLElement;
  shown: number | null | undefined;
}

export class Badges {
  private scores: Scores | null = null;
  private readonly badges = new Map<Slot, Badge>();

  constructor(private readonly app: App) {
    app.grid.onDrawn = (calm) => this.draw(calm);
    app.addEventListener("app-view", () => this.read());
    this.read();
  }

  /** Another view is shown, or the same one read anew. */
  private read(): void {
    const { app } = this;
    this.scores?.close();
    this.scores = null;
    if (!app.view || !similarOf(app.address)) return this.leave();
    const { version } = app.view.header;
    this.scores = new Scores(app.page.base, app.address, version, app.view.count);
    this.scores.onScores = () => app.grid.schedule();
    app.grid.schedule();
  }

  private leave(): void {
    for (const { element } of this.badges.values()) element.remove();
    this.badges.clear();
  }

  private draw(calm: boolean): void {
    const { scores, app } = this;
    if (!scores) return;
    const { cards } = app.grid.pool;
    let [first, last] = [Number.POSITIVE_INFINITY, -1];
    for (const card of cards.values()) {
      const badge = this.badges.get(card) ?? this.make(card);
      first = Math.min(first, card.position);
      last = Math.max(last, card.position);
      const score = scores.get(card.position);
      if (score === badge.shown) continue;
      badge.shown = score;
      badge.element.textContent = typeof score === "number" ? writeScore(score, app.page.language) : "";
    }
    if (calm && last >= 0) scores.want(first, last + 1);
  }

  private make(card: Slot): Badge {
    const element = document.createElement("span");
    element.className = "score";
    (card.element.querySelector(".first") ?? card.element).append(element); // in a table, beside the picture
    const badge = { element, shown: undefined };
    this.badges.set(card, badge);
    return badge;
  }
}
