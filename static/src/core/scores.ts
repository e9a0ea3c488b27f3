/** How similar the cells of one view are to its examples, by position: read in the chunks that come into sight. */

import { type Address, queryText, withQuery } from "./address.js";
import { getBuffer } from "./api.js";
import { CHUNK } from "./view.js";

const NONE = -32_768;
const STEPS = 10_000;
const RETRY_MS = 2_000;

type Fetch = (url: string, signal: AbortSignal) => Promise<ArrayBuffer>;

export class Scores {
  /** Called when scores have arrived. */
  onScores: () => void = () => {};
  private readonly chunks = new Map<number, Int16Array | null>(); // null: asked for
  private readonly controller = new AbortController();

  constructor(
    private readonly base: string,
    private readonly address: Address,
    private readonly version: string,
    private readonly count: number,
    private readonly fetch: Fetch = getBuffer,
  ) {}

  /** The score of a position; null: it has none; undefined: it is not here yet. */
  get(position: number): number | null | undefined {
    const score = this.chunks.get(Math.floor(position / CHUNK))?.[position % CHUNK];
    return score === undefined ? undefined : score === NONE ? null : score / STEPS;
  }

  /** Ask for the scores of what is in sight. */
  want(from: number, to: number): void {
    for (let chunk = Math.floor(from / CHUNK); chunk * CHUNK < Math.min(to, this.count); chunk++) {
      if (!this.chunks.has(chunk)) void this.load(chunk);
    }
  }

  close(): void {
    this.controller.abort();
  }

  private async load(chunk: number): Promise<void> {
    this.chunks.set(chunk, null);
    const from = chunk * CHUNK;
    const range = { _from: `${from}`, _to: `${Math.min(from + CHUNK, this.count)}`, _version: this.version };
    const url = withQuery(withQuery(`${this.base}/similar-scores`, queryText(this.address)), `${new URLSearchParams(range)}`);
    try {
      this.chunks.set(chunk, new Int16Array(await this.fetch(url, this.controller.signal)));
      this.onScores();
    } catch {
      // Whoever looks at the view hears from it what is the matter; a slip of the network is made good.
      setTimeout(() => this.chunks.delete(chunk), RETRY_MS);
    }
  }
}

/** Write a score with two decimals, which never round up to identity. */
export function writeScore(score: number, language: string): string {
  const shown = score < 1 ? Math.min(Math.round(score * 100) / 100, 0.99) : 1;
  const text = (shown + 0).toFixed(2); // no −0
  return language === "fr" ? text.replace(".", ",") : text;
}
