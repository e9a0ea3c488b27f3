/**
 * The image page as a dialog over the grid. Its address is the image page's own, so that reload and copied links work;
 * going back closes it.
 */

import { getJson, isAbort } from "../../core/api.js";
import type { Texts } from "../../core/i18n.js";
import { type ImageContext, jsonAddress, stayed } from "../../core/image.js";
import { imageCommandOf, isTyping } from "../../core/image-keys.js";
import { PanopticImage } from "./image.js";

export class ImageDialog {
  /** Called with each context that is shown. */
  onShow: (context: ImageContext) => void = () => {};
  private readonly dialog = document.createElement("dialog");
  private readonly image = new PanopticImage();
  private readonly contexts = new Map<string, Promise<ImageContext>>();
  private turn = 0;
  private title = "";

  constructor(
    host: HTMLElement,
    private readonly texts: Texts,
  ) {
    this.dialog.className = "image-dialog";
    this.dialog.setAttribute("aria-labelledby", "panoptic-image-title");
    this.dialog.autofocus = true; // itself, so that keys reach it whatever is drawn inside
    this.image.texts = texts;
    this.dialog.append(this.image);
    host.append(this.dialog);
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
    this.dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.leave();
    });
    this.dialog.addEventListener("close", () => {
      if (isImageEntry()) this.leave(); // a browser may close without asking the second time
    });
    this.image.addEventListener("image-close", () => this.leave());
    this.image.addEventListener("image-go", (event) => {
      const { href } = (event as CustomEvent<{ href: string }>).detail;
      this.go(href);
    });
    this.image.addEventListener("image-stale", () => {
      this.forget();
      if (this.dialog.open) void this.show(location.href);
    });
  }

  get isOpen(): boolean {
    return this.dialog.open;
  }

  /** Open from the grid: a new entry in the history. */
  open(href: string): void {
    history.pushState({ panoptic: "image" }, "", href);
    void this.show(href);
  }

  /** Show what an address says, without touching the history. */
  async show(href: string): Promise<void> {
    const turn = ++this.turn;
    if (!this.dialog.open) {
      this.title = document.title;
      this.image.context = null;
      this.image.failure = "";
      this.dialog.showModal();
    }
    try {
      const context = await this.read(href);
      if (turn !== this.turn || !this.dialog.open) return;
      this.image.context = stayed(this.image.context, context);
      document.title = context.title || context.name;
      this.onShow(context);
      for (const near of [context.next, context.previous]) if (near) void this.prepare(near.href);
    } catch (error) {
      if (isAbort(error) || turn !== this.turn) return;
      this.image.context = null;
      this.image.failure = this.texts.t("ui.failed", { reason: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Close after the history has moved away from the image. */
  close(): void {
    this.turn++;
    if (!this.dialog.open) return;
    document.title = this.title;
    this.dialog.close();
    this.image.context = null;
  }

  /** Forget what was read: the corpus has changed. */
  forget(): void {
    this.contexts.clear();
  }

  /** Another image in place of this one: going back still leads to the grid. */
  private go(href: string): void {
    history.replaceState({ panoptic: "image" }, "", href);
    void this.show(href);
  }

  private pressed(event: KeyboardEvent): void {
    const command = event.defaultPrevented || isTyping(event.target) ? null : imageCommandOf(event);
    if (!command) return;
    event.preventDefault();
    const { context, viewer } = this.image;
    const neighbour = command === "prev" ? context?.previous : command === "next" ? context?.next : null;
    if (neighbour) this.go(neighbour.href);
    else if (command === "bigger" || command === "smaller") viewer?.zoom(command === "bigger" ? 1.5 : 1 / 1.5);
  }

  private leave(): void {
    if (isImageEntry()) history.back();
    else this.close();
  }

  private read(href: string): Promise<ImageContext> {
    const url = jsonAddress(href, location.href);
    let context = this.contexts.get(url);
    if (!context) {
      context = getJson<ImageContext>(url);
      context.catch(() => this.contexts.delete(url));
      if (this.contexts.size > 50) this.contexts.clear();
      this.contexts.set(url, context);
    }
    return context;
  }

  /** Have a neighbour's context and preview ready before anybody asks. */
  private async prepare(href: string): Promise<void> {
    try {
      new Image().src = (await this.read(href)).preview_url;
    } catch {
      // It will be asked for again, and then its failure is shown.
    }
  }
}

function isImageEntry(): boolean {
  return (history.state as { panoptic?: string } | null)?.panoptic === "image";
}
