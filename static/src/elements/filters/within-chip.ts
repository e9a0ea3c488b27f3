/** The chip of a view that is restricted to a selection, before those of its conditions; its cross leaves the selection. */

import { getJson } from "../../core/api.js";
import type { App } from "../grid-page.js";

const KEY = "_in";

export class WithinChip {
  private readonly chip = document.createElement("span");
  private readonly words = document.createElement("span");
  private readonly cross = document.createElement("a");
  private readonly sizes = new Map<string, Promise<number>>();
  private shown: string | null = null;

  constructor(private readonly app: App) {
    const bar = app.querySelector(".panoptic-filters");
    this.chip.className = "chip within";
    this.cross.textContent = "×";
    this.cross.addEventListener("click", (event) => this.leave(event));
    this.chip.append(this.words, this.cross);
    bar?.querySelector("form.search")?.after(this.chip);
    app.addEventListener("app-address", () => void this.draw());
    void this.draw();
  }

  private async draw(): Promise<void> {
    const { address, links, texts } = this.app;
    const id = address.rest.find(([key]) => key === KEY)?.[1] ?? null;
    this.chip.hidden = id === null;
    this.shown = id;
    if (id === null) return;
    this.cross.href = links.grid({ ...address, rest: this.without(), at: 0 });
    const size = await this.size(id).catch(() => null);
    if (size === null || this.shown !== id) return; // the grid says what is the matter
    this.words.textContent = texts.count("filters.within", size);
    this.cross.setAttribute("aria-label", texts.t("filters.remove", { label: this.words.textContent }));
  }

  /** How many instances a selection has. */
  private size(id: string): Promise<number> {
    const url = `${this.app.page.base}/count.json?${new URLSearchParams({ [KEY]: id })}`;
    const found = this.sizes.get(id) ?? getJson<{ instances: number }>(url).then(({ instances }) => instances);
    this.sizes.set(id, found);
    return found;
  }

  private without(): readonly (readonly [string, string])[] {
    return this.app.address.rest.filter(([key]) => key !== KEY);
  }

  private leave(event: MouseEvent): void {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.app.navigate({ rest: this.without() });
    this.app.grid.focus();
  }
}
