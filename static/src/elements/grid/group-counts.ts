/** Beside the number of cells of each group, its images where cells are instances, and its instances where they are images. */

import { queryText, withQuery } from "../../core/address.js";
import { getJson, isAbort } from "../../core/api.js";
import type { App } from "../grid-page.js";

export function startGroupCounts(app: App): void {
  let asking = new AbortController();
  const shown = async (): Promise<void> => {
    asking.abort();
    asking = new AbortController();
    const { view, texts, grid, address } = app;
    // Where no image has a copy both numbers are the same everywhere.
    if (!view?.header.groups?.length || view.header.images === view.header.instances) return;
    const key = view.header.mode === "images" ? "counts.instances" : "counts.images";
    const url = withQuery(`${app.page.base}/groups.json`, queryText(address));
    try {
      const { version, counts } = await getJson<{ version: string; counts: number[] }>(url, asking.signal);
      if (version === view.header.version) grid.groups.tell(counts.map((n) => texts.count(key, n)));
    } catch (error) {
      if (!isAbort(error)) app.status.failed(error, () => void shown());
    }
  };
  app.addEventListener("app-view", () => void shown());
  void shown();
}
