/** The image page on its own: the same element as in the dialog, in place of the server's HTML. Its links are pages. */

import { getJson } from "../../core/api.js";
import { type ImageContext, jsonAddress, stayed } from "../../core/image.js";
import { imageCommandOf, isTyping } from "../../core/image-keys.js";
import { type Messages, Texts } from "../../core/i18n.js";
import { enhance } from "../../core/bundles.js";
import { PanopticImage } from "./image.js";

/** What the tools' bundle brings to this page. */
interface ImageTools {
  startOnImage(image: PanopticImage, base: string, version: string): Promise<void>;
}

interface Script {
  readonly context: ImageContext;
  readonly messages: Messages;
  readonly language: string;
  readonly base: string;
  readonly version: string;
}

export function enliven(article: HTMLElement): void {
  const script = JSON.parse(document.getElementById("panoptic-image")!.textContent!) as Script;
  const { context, messages, language } = script;
  const image = new PanopticImage();
  image.texts = new Texts(messages, language);
  image.context = context;
  image.foot = article.querySelector(".panoptic-foot");
  article.replaceChildren(image);
  image.addEventListener("image-go", (event) => location.assign((event as CustomEvent<{ href: string }>).detail.href));
  image.addEventListener("image-close", () => location.assign(context.grid_url));
  image.addEventListener("image-stale", async () => {
    const now = getJson<ImageContext>(jsonAddress(location.href, location.href));
    image.context = stayed(image.context, await now.catch(() => image.context!)); // the next change asks again
  });
  enhance<ImageTools>("panoptic-tools", ({ startOnImage }) => void startOnImage(image, script.base, script.version));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return location.assign(context.grid_url);
    const command = imageCommandOf(event);
    const neighbour = command === "prev" ? context.previous : command === "next" ? context.next : null;
    if (neighbour) location.assign(neighbour.href);
    else if (command === "bigger" || command === "smaller") image.viewer?.zoom(command === "bigger" ? 1.5 : 1 / 1.5);
  });
  // Reloaded in the dialog, this page has the grid before it in the same history: going there must load it.
  const path = location.pathname;
  window.addEventListener("popstate", () => location.pathname !== path && location.reload());
}
