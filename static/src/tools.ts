/** The tools of the grid page: all that may come after the first pictures. A bundle of its own. */

import type { App } from "./core/app.js";

/** Bring the page's tools to life. */
export function start(app: App): void {
  app.classList.add("has-tools");
}
