/**
 * What is said of cells, by id: asked for in batches, nearest first, the least recently used forgotten.
 *
 *   const values = new Values(project, "instances");
 *   values.onValues = draw;   values.want(idsOnScreen);   values.get(id)?.values[property.id]
 *
 * When the project changes, all that is here is asked for again and shown until the new is here: nothing flickers.
 */

import { getJson, isAbort } from "./api.js";
import type { Mode } from "./codec.js";
import type { Project, Values as Said } from "./project.js";

export interface CellValues {
  readonly id: number;
  readonly image_id: number;
  /** By property id. */
  readonly values: Said;
  /** By name of a field of the system; what is unset is absent. */
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface ValuesOptions {
  readonly fetch?: <T>(url: string, signal?: AbortSignal) => Promise<T>;
  /** Cells to keep. */
  readonly most?: number;
  readonly perBatch?: number;
  readonly delay?: number;
}

interface Load {
  readonly ids: readonly number[];
  readonly controller: AbortController;
}

const PARALLEL = 2;
const RETRY_MS = 2_000;

export class Values {
  /** Called when values have arrived, or those that are here have gone stale: ask for what is shown again. */
  onValues: () => void = () => {};
  private readonly kept = new Map<number, { cell: CellValues | undefined; at: number }>(); // least recently used first
  private readonly loads = new Set<Load>();
  private wanted: readonly number[] = [];
  private fields: readonly string[] = [];
  /** Counts the changes of the project: older answers are stale. */
  private at = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly fetch: NonNullable<ValuesOptions["fetch"]>;
  private readonly most: number;
  private readonly perBatch: number;
  private readonly delay: number;

  constructor(
    private readonly project: Pick<Project, "base" | "addEventListener">,
    private readonly of: Mode,
    options: ValuesOptions = {},
  ) {
    this.fetch = options.fetch ?? getJson;
    this.most = options.most ?? 4_000;
    this.perBatch = options.perBatch ?? 200;
    this.delay = options.delay ?? 80;
    project.addEventListener("change", () => this.stale());
  }

  /** What was last heard of a cell; undefined: nothing yet, or there is no such cell. */
  get(id: number): CellValues | undefined {
    const found = this.kept.get(id);
    if (found) {
      this.kept.delete(id); // and to the end: it was used just now
      this.kept.set(id, found);
    }
    return found?.cell;
  }

  /** Ask for these cells and no others, in this order, with fields of the system. Batches that hold none are cancelled. */
  want(ids: readonly number[], fields = this.fields): void {
    if (fields.join() !== this.fields.join()) {
      this.fields = fields;
      this.at++;
    }
    this.wanted = ids;
    if (this.loads.size) {
      const set = new Set(ids);
      for (const { ids, controller } of this.loads) if (!ids.some((id) => set.has(id))) controller.abort();
    }
    if (this.timer === undefined && this.missing().length) this.later(this.delay);
  }

  /** Stop asking: what flies past is not read. */
  pause(): void {
    this.want([]);
  }

  /** Ask for a few cells now; what is kept of them is renewed. */
  async read(ids: readonly number[]): Promise<readonly CellValues[]> {
    const at = this.at;
    const { cells } = await this.fetch<{ cells: CellValues[] }>(this.url(ids));
    this.take(ids, cells, at);
    return cells;
  }

  private stale(): void {
    this.at++;
    this.onValues();
  }

  private url(ids: readonly number[]): string {
    const fields = this.fields.length ? `&fields=${this.fields.join(",")}` : "";
    return `${this.project.base}/values.json?of=${this.of}${fields}&ids=${ids.join(",")}`;
  }

  private missing(): number[] {
    const loading = new Set([...this.loads].flatMap(({ ids, controller }) => (controller.signal.aborted ? [] : ids)));
    return this.wanted.filter((id) => this.kept.get(id)?.at !== this.at && !loading.has(id));
  }

  private later(delay: number): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.pump();
    }, delay);
  }

  private pump(): void {
    const missing = this.missing();
    for (let start = 0; start < missing.length && this.loads.size < PARALLEL; start += this.perBatch) {
      void this.load(missing.slice(start, start + this.perBatch));
    }
  }

  private async load(ids: readonly number[]): Promise<void> {
    const load = { ids, controller: new AbortController() };
    const at = this.at;
    this.loads.add(load);
    let pause = 0;
    try {
      const { cells } = await this.fetch<{ cells: CellValues[] }>(this.url(ids), load.controller.signal);
      this.take(ids, cells, at);
    } catch (error) {
      if (!isAbort(error)) pause = RETRY_MS;
    } finally {
      this.loads.delete(load);
      if (this.timer === undefined && this.missing().length) this.later(pause);
    }
  }

  private take(ids: readonly number[], cells: readonly CellValues[], at: number): void {
    const found = new Map(cells.map((cell) => [cell.id, cell]));
    for (const id of ids) {
      this.kept.delete(id);
      this.kept.set(id, { cell: found.get(id), at });
    }
    for (const id of this.kept.keys()) {
      if (this.kept.size <= this.most) break;
      this.kept.delete(id);
    }
    this.onValues();
  }
}
