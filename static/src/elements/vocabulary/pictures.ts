/** The pictures of the tag that one stops at: moving through the tree asks for none of those on the way. */

import { getJson, isAbort } from "../../core/api.js";
import type { Samples } from "./panel.js";

const STOPPED_MS = 120;

export class Pictures {
  shown: Samples | null = null;
  private tag = 0;
  private asking = new AbortController();
  private wait = 0;

  constructor(
    private readonly base: string,
    private readonly changed: () => void,
  ) {}

  /** Show those of a tag, or of none. What is shown of the same tag stays until there is something newer. */
  of(tag: number): void {
    this.asking.abort();
    this.asking = new AbortController();
    clearTimeout(this.wait);
    if (tag !== this.tag) this.shown = null;
    this.tag = tag;
    const { signal } = this.asking;
    if (tag) this.wait = window.setTimeout(() => void this.read(signal), STOPPED_MS);
  }

  private async read(signal: AbortSignal): Promise<void> {
    try {
      this.shown = await getJson<Samples>(`${this.base}/tags/${this.tag}/images.json`, signal);
    } catch (error) {
      if (isAbort(error)) return;
      this.shown = null; // somebody deleted it: the tree is read again in a moment
    }
    this.changed();
  }
}
