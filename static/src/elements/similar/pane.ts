/** The images most like the one that is shown, on its page or in the dialog: read when it has been looked at for a moment. */

import { html, nothing, render, type TemplateResult } from "lit";
import { getJson, reasonOf } from "../../core/api.js";
import { type ImageContext, jsonAddress } from "../../core/image.js";
import { remember, remembered } from "../../core/memory.js";
import type { PanopticImage } from "../image/image.js";

interface Link {
  readonly label: string;
  readonly href: string;
  readonly is_current: boolean;
}

interface Found {
  readonly images: readonly {
    readonly image_id: number;
    readonly name: string;
    readonly score: string;
    readonly label: string;
    readonly href: string;
    readonly thumb_url: string;
    readonly color: string;
  }[];
  readonly spaces: readonly Link[];
  readonly everywhere: Link | null;
  readonly within: Link | null;
  readonly note: string;
  readonly embed_url: string | null;
}

const REST_MS = 150;
const SPACE = "_near";
const KEY = "near";

export class SimilarPane {
  private readonly element = document.createElement("details");
  private shown: number | null = null;
  private timer = 0;

  constructor(
    private readonly image: PanopticImage,
    private readonly base: string,
  ) {
    this.element.className = "pane similar";
    this.element.open = true;
  }

  /** Show what is like an image, if it is not shown already. */
  of({ id }: ImageContext): Node {
    if (id !== this.shown) {
      const rest = this.shown === null ? 0 : REST_MS;
      if (this.shown === null) this.draw(null);
      this.element.setAttribute("aria-busy", "true"); // what is here stays until more is: nothing below it jumps
      this.shown = id;
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.read(id), rest);
    }
    return this.element;
  }

  private async read(id: number): Promise<void> {
    const url = new URL(`${this.base}/image/${id}/similar`, location.href);
    const asked = new URLSearchParams(location.search);
    asked.delete("_instance");
    const space = asked.get(SPACE) ?? remembered<string>(this.base, KEY);
    if (space) asked.set(SPACE, space);
    url.search = asked.toString();
    try {
      const found = await getJson<Found>(jsonAddress(url.href, url.href));
      if (id === this.shown) this.draw(found);
    } catch (error) {
      if (id === this.shown) this.draw(null, reasonOf(error));
    }
  }

  private draw(found: Found | null, failure = ""): void {
    const { texts } = this.image;
    this.element.removeAttribute("aria-busy");
    render(
      html`<summary>${texts.t("similar.title")}</summary>
        ${found?.images.length ? this.row(found) : html`<p class="none">${coded(found?.note ?? failure)}</p>`}
        ${found?.embed_url
          ? html`<form method="post" action=${found.embed_url}><button>${texts.t("similar.embed")}</button></form>`
          : nothing}`,
      this.element,
    );
  }

  private row({ images, spaces, everywhere, within }: Found): TemplateResult {
    const { texts } = this.image;
    return html`<ul class="similar-row">
        ${images.map(
          (one) => html`<li>
            <a href=${one.href} title=${one.name} @click=${this.followed}>
              <img src=${one.thumb_url} alt=${one.label} />
              <span class="score" aria-hidden="true">${one.score}</span>
            </a>
          </li>`,
        )}
      </ul>
      ${spaces.length > 1
        ? html`<p class="spaces">
            ${texts.t("similar.space")}
            ${spaces.map(
              (space) =>
                html`<a href=${space.href} aria-current=${space.is_current ? "true" : nothing} @click=${this.chosen}>${space.label}</a> `,
            )}
          </p>`
        : nothing}
      <p class="ways">
        ${[everywhere, within].map((way) => (way ? html`<a href=${way.href}>${way.label}</a> ` : nothing))}
      </p>`;
  }

  private readonly followed = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { href } = event.currentTarget as HTMLAnchorElement;
    this.image.dispatchEvent(new CustomEvent("image-go", { bubbles: true, detail: { href } }));
  };

  private readonly chosen = (event: MouseEvent): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || this.shown === null) return;
    event.preventDefault();
    const { href } = event.currentTarget as HTMLAnchorElement;
    remember(this.base, KEY, new URL(href).searchParams.get(SPACE));
    void this.read(this.shown);
  };
}

/** A message in which commands stand between backticks. */
function coded(text: string): (string | TemplateResult)[] {
  return text.split("`").map((part, at) => (at % 2 ? html`<code>${part}</code>` : part));
}
