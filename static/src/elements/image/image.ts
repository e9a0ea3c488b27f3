/**
 * `<panoptic-image>`: one image with everything said about it, as the image page shows it, in the dialog over the grid.
 * Events: `image-go` {href}: show another one; `image-close`. To it: `image-stale`: its project has changed.
 */

import { html, nothing, type TemplateResult } from "lit";
import type { ImageContext, ImageParts, InstanceRow, Pane, Row } from "../../core/image.js";
import * as icons from "../icons.js";
import { LightElement } from "../light.js";
import type { PanopticViewer } from "./viewer.js";

export class PanopticImage extends LightElement {
  static override properties = { context: { attribute: false }, failure: { attribute: false }, parts: { attribute: false } };
  declare context: ImageContext | null;
  /** Why there is no context. */
  declare failure: string;
  declare parts: ImageParts | null;
  /** What the page has at its foot, if the element is a page's. */
  foot: Element | null = null;

  constructor() {
    super();
    this.context = null;
    this.failure = "";
    this.parts = null;
  }

  get viewer(): PanopticViewer | null {
    return this.querySelector<PanopticViewer>("panoptic-viewer");
  }

  protected override render(): TemplateResult {
    const { context } = this;
    return html`
      <header class="image-head">
        <h1 id="panoptic-image-title">
          ${context
            ? html`<span class="fact">ID ${context.id}</span><span class="fact">${context.width} × ${context.height}</span
                ><span class="name">${context.name}</span>`
            : nothing}
        </h1>
        <nav aria-label=${this.texts.t("pager.title")}>
          ${this.link("prev", context?.previous?.href, icons.left, "image.previous")}
          <span class="place">${context?.position_label}</span>
          ${this.link("next", context?.next?.href, icons.right, "image.next")}
        </nav>
        ${this.link("up", context?.grid_url, icons.close, "image.back")}
      </header>
      ${context ? this.body(context) : html`<p class="failed" role="status">${this.failure}</p>`}
    `;
  }

  private link(rel: string, href: string | undefined, icon: TemplateResult, key: string): TemplateResult {
    const label = this.texts.t(key);
    if (!href) return html`<span class="quiet" aria-hidden="true">${icon}</span>`;
    return html`<a class="quiet" rel=${rel} href=${href} aria-label=${label} title=${label} @click=${this.followed}>
      ${icon}
    </a>`;
  }

  private body(context: ImageContext): TemplateResult {
    return html`<div class="image-body">
      <div class="wall">
        <panoptic-viewer
          .texts=${this.texts}
          .preview=${context.preview_url}
          .original=${context.original_is_shown ? context.original_url : null}
          .name=${context.name}
          .width=${context.width}
          .height=${context.height}
        ></panoptic-viewer>
      </div>
      <div class="panes" tabindex="0" role="region" aria-label=${this.texts.t("ui.details")}>
        <p class="original">
          ${context.original_url
            ? html`<a href=${context.original_url} target="_blank">${context.original_label}</a>`
            : context.original_label}
        </p>
        ${context.panes.map((pane) => [pane.key === "panoptic" ? this.parts?.between(context) : nothing, this.pane(pane, context)])}
        ${this.instances(context)} ${this.parts?.below(context)}
        ${this.foot}
      </div>
    </div>`;
  }

  private pane(pane: Pane, context: ImageContext): TemplateResult {
    const body =
      this.parts?.pane(pane, context) ??
      (pane.rows.length
        ? html`<dl>${pane.rows.map((row) => this.row(row))}</dl>`
        : html`<p class="none">${this.texts.t("pane.none")}</p>`);
    return html`<details open class="pane">
      <summary>${pane.label}</summary>
      ${body}
    </details>`;
  }

  private row(row: Row): TemplateResult {
    const link = (href: string, label: string) => html`<a href=${href} rel="nofollow noopener">${label}</a>`;
    const value = row.href
      ? link(row.href, row.value)
      : row.links.length
        ? row.links.map(({ href, label }, n) => html`${n ? ", " : ""}${link(href, label)}`)
        : row.value;
    return html`<div>
      <dt>${row.label}</dt>
      <dd data-key=${row.key}>${value}</dd>
    </div>`;
  }

  private instances(context: ImageContext): TemplateResult {
    return html`<details open class="pane instances">
      <summary>${context.instances_label}</summary>
      <ul>
        ${context.instances.map((instance) => this.instance(instance))}
      </ul>
    </details>`;
  }

  private instance(instance: InstanceRow): TemplateResult {
    return html`<li>
      <a rel="bookmark" href=${instance.href} aria-current=${instance.is_current ? "true" : nothing} @click=${this.followed}
        >${instance.name}</a
      >
      <span>${instance.folder}</span>
      ${instance.missing_label ? html`<span class="missing">${instance.missing_label}</span>` : nothing}
    </li>`;
  }

  /** A plain click stays in the dialog; any other opens a page. */
  private followed(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.currentTarget as HTMLAnchorElement;
    event.preventDefault();
    if (link.rel === "up") this.emit("image-close");
    else this.emit("image-go", { href: link.href });
  }
}
