/** Examples made of what is selected in the grid, or of what the cursor is on. */

import { getJson } from "../../core/api.js";
import type { App } from "../grid-page.js";
import { type Example, MOST_EXAMPLES } from "../../core/similar.js";
import { chosen, idsAt } from "../subject.js";

/** The first of the chosen cells as examples; null: none are chosen. */
export async function selectedExamples(app: App, isNegative: boolean): Promise<Example[] | null> {
  const ids: number[] = [];
  for (const { from, to } of chosen(app)?.ranges ?? []) {
    const left = MOST_EXAMPLES - ids.length;
    if (left > 0) ids.push(...(await idsAt(app, from, Math.min(to, from + left))));
  }
  if (!ids.length) return null;
  const images = app.address.mode === "images" ? ids : await imagesOf(app.page.base, ids);
  return [...new Set(images)].map((id) => ({ kind: "image", key: String(id), isNegative }));
}

async function imagesOf(base: string, ids: readonly number[]): Promise<number[]> {
  const url = `${base}/values.json?of=instances&ids=${ids.join(",")}`;
  const { cells } = await getJson<{ cells: { id: number; image_id: number }[] }>(url);
  const byId = new Map(cells.map(({ id, image_id: image }) => [id, image]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}
