/** Ctrl over a card shows its image as large as the window allows, until the key or the card is left. */

import type { Thumb } from "../../core/thumbs.js";

const PATIENCE_MS = 60; // Ctrl on the way to another key should not flash
const SHARE = 0.96; // of the window

export class Peek {
  private readonly layer = document.createElement("div");
  private readonly image = document.createElement("img");
  private hovered: EventTarget | null = null;
  private shown: Thumb | undefined;
  private timer = 0;

  /** `preview` and `original` give addresses; `original` gives null where it may not be seen. */
  constructor(
    host: HTMLElement,
    private readonly thumbOf: (target: EventTarget | null) => Thumb | undefined,
    private readonly preview: (thumb: Thumb) => string,
    private readonly original: (thumb: Thumb) => string | null,
  ) {
    this.layer.className = "peek";
    this.layer.hidden = true;
    this.layer.setAttribute("aria-hidden", "true");
    this.image.alt = "";
    this.layer.append(this.image);
    host.append(this.layer);
    host.addEventListener("pointermove", (event) => this.moved(event));
    host.addEventListener("pointerleave", () => this.left());
    window.addEventListener("keydown", (event) => event.key === "Control" && !event.repeat && this.later());
    window.addEventListener("keyup", (event) => event.key === "Control" && this.hide());
    window.addEventListener("blur", () => this.hide());
    host.addEventListener("wheel", () => this.hide(), { passive: true });
  }

  private moved(event: PointerEvent): void {
    if (event.pointerType === "touch") return;
    this.hovered = event.target;
    if (!event.ctrlKey) this.hide();
    else if (this.shown || !this.timer) this.show();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.show();
    }, PATIENCE_MS);
  }

  private show(): void {
    const thumb = this.thumbOf(this.hovered);
    if (!thumb || document.querySelector("dialog[open]")) return this.hide();
    if (thumb.id === this.shown?.id) return;
    this.shown = thumb;
    const scale = Math.min(1, (innerWidth * SHARE) / thumb.width, (innerHeight * SHARE) / thumb.height);
    this.image.style.width = `${Math.round(thumb.width * scale)}px`;
    this.image.style.height = `${Math.round(thumb.height * scale)}px`;
    this.image.src = thumb.url;
    this.layer.hidden = false;
    void this.sharpen(thumb, [this.preview(thumb), this.original(thumb)]);
  }

  /** Put better and better pictures in place of the thumbnail, as long as it is the one shown. */
  private async sharpen(thumb: Thumb, urls: (string | null)[]): Promise<void> {
    for (const url of urls) {
      if (!url) continue;
      const better = new Image();
      better.src = url;
      try {
        await better.decode();
      } catch {
        continue; // missing, or a format that this browser cannot show
      }
      if (this.shown !== thumb) return;
      this.image.src = url;
    }
  }

  private left(): void {
    this.hovered = null;
    this.hide();
  }

  private hide(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    this.shown = undefined;
    this.layer.hidden = true;
    this.image.removeAttribute("src");
  }
}
