/**
 * Keeps the view true to the project: what others say appears within a second or two, what one says oneself at once. While
 * it is held, the view stays as it is, and a button says that it has changed. Dispatches `hold`.
 */

import { queryText } from "../core/address.js";
import type { App } from "./grid-page.js";
import { remember, remembered } from "../core/memory.js";

const CALM_MS = 60; // several writes in a row are one reading
const EDIT_MS = 400; // what is being typed into a cell is not swept away
const KEY = "hold";
/** Queries that speak of what machine learning made: vectors that are added while all are computed change no other view. */
const DERIVED = /_similar=|similarity|cluster_|fit_|unchecked/i;

export class Live extends EventTarget {
  holds: boolean;
  private readonly pill = document.createElement("button");
  private timer = 0;
  private reading = false;

  constructor(private readonly app: App) {
    super();
    this.holds = app.page.can_edit && remembered<boolean>(app.page.base, KEY) === true;
    this.pill.type = "button";
    this.pill.className = "panoptic changed-pill";
    this.pill.hidden = true;
    this.pill.textContent = app.texts.t("ui.hold.changed");
    this.pill.addEventListener("click", () => void this.show());
    const region = document.createElement("div");
    region.setAttribute("role", "status");
    region.append(this.pill);
    app.append(region);
    app.project.addEventListener("change", () => this.changed());
    app.addEventListener("app-view", () => this.changed());
    void app.project.watch(new AbortController().signal); // as long as the page is open
  }

  hold(holds: boolean): void {
    this.holds = holds;
    remember(this.app.page.base, KEY, holds);
    this.dispatchEvent(new Event("hold"));
    this.changed();
  }

  private get isBehind(): boolean {
    const { view, project } = this.app;
    if (!view) return false;
    const [shown, known] = [numbersOf(view.header.version), numbersOf(project.version)]; // a view may be the first to know
    if (shown[0] !== known[0]) return shown[0]! < known[0]!;
    return shown[1]! < known[1]! || (shown[1] === known[1] && shown[2]! < known[2]! && DERIVED.test(queryText(this.app.address)));
  }

  private changed(): void {
    clearTimeout(this.timer);
    this.pill.hidden = !(this.holds && this.isBehind);
    if (!this.holds && this.isBehind) this.timer = window.setTimeout(() => void this.show(), CALM_MS);
  }

  /** Read the view again, from the ground up where images came or went. */
  private async show(): Promise<void> {
    const { app } = this;
    if (!this.isBehind || this.reading) return;
    if (app.grid.querySelector("panoptic-value")) {
      this.timer = window.setTimeout(() => void this.show(), EDIT_MS);
      return;
    }
    if (numbersOf(app.view!.header.version)[0] !== numbersOf(app.project.version)[0]) return app.refresh();
    this.reading = true;
    await app.reread();
    this.reading = false;
    this.pill.hidden = true;
  }
}

/** A version is `corpus.changeset.derived`. */
function numbersOf(version: string): number[] {
  return version.split(".").map(Number);
}
