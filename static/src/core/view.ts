/** The ordered ids and looks of one view, fetched in chunks as they are needed. A million take 8 MB when all are here. */

import { ApiError, getBuffer, isAbort } from "./api.js";
import { withQuery } from "./address.js";
import type { Range } from "./layout.js";
import { decodeRecords, decodeView, type ViewHeader, WORDS_PER_RECORD } from "./codec.js";

/** Records in one request, as the server's view says it. */
export const CHUNK = 4096;

const PARALLEL = 2;
const RETRY_MS = 2_000;

/** Fetches one URL; the tests put their own in its place. */
export type Fetch = (url: string, signal?: AbortSignal) => Promise<ArrayBuffer>;

export class View {
  /** Called when records have arrived. */
  onRecords: () => void = () => {};
  /** Called once when the corpus has changed under the view: read it again. */
  onStale: () => void = () => {};

  private readonly chunks = new Map<number, Uint32Array>();
  private readonly loading = new Map<number, AbortController>();
  private wanted: number[] = [];
  private stale = false;
  private resumeAt = 0;

  private constructor(
    private readonly url: string,
    readonly header: ViewHeader,
    /** The records that came with the header, of positions from `headAt` on. */
    private readonly head: Uint32Array,
    private readonly headAt: number,
    private readonly fetch: Fetch,
  ) {}

  static async open(viewUrl: string, query: string, signal?: AbortSignal, fetch: Fetch = getBuffer): Promise<View> {
    const url = withQuery(viewUrl, query);
    const { header, records } = decodeView(await fetch(url, signal));
    return new View(url, header, records, 0, fetch);
  }

  /** A view of which the page already told the header and the records from position `at` on. */
  static known(viewUrl: string, query: string, header: ViewHeader, at: number, records: Uint32Array): View {
    return new View(withQuery(viewUrl, query), header, records, at, getBuffer);
  }

  get count(): number {
    return this.header.count;
  }

  /** The id at a position; undefined while it is not here. */
  id(position: number): number | undefined {
    return this.word(position, 0);
  }

  /** Mean colour and aspect ratio, packed (see codec); undefined while they are not here. */
  look(position: number): number | undefined {
    return this.word(position, 1);
  }

  /** Ask for ascending stretches of positions, the nearest to their middle first. What was asked before is dropped. */
  want(ranges: readonly Range[]): void {
    const { chunk } = this.header;
    const middle = ((ranges[0]?.from ?? 0) + (ranges[ranges.length - 1]?.to ?? 0)) / 2 / chunk - 0.5;
    this.wanted = [];
    for (const { from, to } of ranges) {
      for (let index = Math.floor(from / chunk); index * chunk < Math.min(to, this.count); index++) {
        const end = Math.min(this.count, (index + 1) * chunk);
        const here = this.chunks.has(index) || this.inHead(Math.max(from, index * chunk), Math.min(to, end));
        if (!here && this.wanted[this.wanted.length - 1] !== index) this.wanted.push(index);
      }
    }
    this.wanted.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
    for (const [index, controller] of this.loading) if (!this.wanted.includes(index)) controller.abort();
    this.pump();
  }

  close(): void {
    this.wanted = [];
    for (const controller of this.loading.values()) controller.abort();
  }

  private word(position: number, word: number): number | undefined {
    if (this.inHead(position, position + 1)) return this.head[(position - this.headAt) * WORDS_PER_RECORD + word];
    const { chunk } = this.header;
    return this.chunks.get(Math.floor(position / chunk))?.[(position % chunk) * WORDS_PER_RECORD + word];
  }

  private inHead(from: number, to: number): boolean {
    return from >= this.headAt && (to - this.headAt) * WORDS_PER_RECORD <= this.head.length;
  }

  private pump(): void {
    if (this.stale || performance.now() < this.resumeAt) return;
    for (const index of this.wanted) {
      if (this.loading.size >= PARALLEL) return;
      if (!this.loading.has(index) && !this.chunks.has(index)) void this.load(index);
    }
  }

  private async load(index: number): Promise<void> {
    const controller = new AbortController();
    this.loading.set(index, controller);
    const from = index * this.header.chunk;
    const to = Math.min(this.count, from + this.header.chunk);
    const range = new URLSearchParams({ _from: `${from}`, _to: `${to}`, _version: this.header.version });
    try {
      this.chunks.set(index, decodeRecords(await this.fetch(withQuery(this.url, `${range}`), controller.signal)));
      this.onRecords();
    } catch (error) {
      if (isAbort(error)) return;
      if (error instanceof ApiError && error.status === 409) this.goStale();
      else this.pause();
    } finally {
      this.loading.delete(index);
      this.pump();
    }
  }

  private goStale(): void {
    if (this.stale) return;
    this.stale = true;
    this.onStale();
  }

  private pause(): void {
    this.resumeAt = performance.now() + RETRY_MS;
    setTimeout(() => this.pump(), RETRY_MS + 1);
  }
}
