/**
 * `<panoptic-viewer>`: one image, large. The preview is there at once; OpenSeadragon and the original follow and take its
 * place when they are ready. Where the original cannot be shown, the preview stays zoomable.
 */

import { html, type PropertyValues, type TemplateResult } from "lit";
import type OpenSeadragon from "openseadragon";
import { load } from "../../core/bundles.js";
import * as icons from "../icons.js";
import { LightElement } from "../light.js";

const ZOOM_STEP = 1.5;

export class PanopticViewer extends LightElement {
  static override properties = {
    preview: { attribute: false },
    original: { attribute: false },
    name: { attribute: false },
    width: { attribute: false },
    height: { attribute: false },
    color: { attribute: false },
    ready: { state: true },
  };
  declare preview: string;
  declare original: string | null;
  declare name: string;
  declare width: number;
  declare height: number;
  declare color: string;
  private declare ready: boolean;
  private osd: OpenSeadragon.Viewer | null = null;
  private turn = 0;

  constructor() {
    super();
    this.ready = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("preview") || changed.has("original")) this.ready = false;
  }

  protected override render(): TemplateResult {
    const { texts } = this;
    const button = (icon: TemplateResult, key: string, action: () => void): TemplateResult =>
      html`<button type="button" class="quiet" aria-label=${texts.t(key)} title=${texts.t(key)} @click=${action}>
        ${icon}
      </button>`;
    return html`
      <div class="deep" ?data-ready=${this.ready}></div>
      <div class="still" ?hidden=${this.ready} style="aspect-ratio: ${this.width} / ${this.height}">
        <img src=${this.preview} alt=${this.name} width=${this.width} height=${this.height} />
      </div>
      <div class="zoom" ?hidden=${!this.ready}>
        ${button(icons.minus, "ui.zoom_out", () => this.zoom(1 / ZOOM_STEP))}
        ${button(icons.fit, "ui.zoom_fit", () => this.osd?.viewport.goHome())}
        ${button(icons.plus, "ui.zoom_in", () => this.zoom(ZOOM_STEP))}
      </div>
    `;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("preview") || changed.has("original")) void this.deepen();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.turn++;
    this.osd?.destroy();
    this.osd = null;
  }

  zoom(factor: number): void {
    this.osd?.viewport.zoomBy(factor);
    this.osd?.viewport.applyConstraints();
  }

  private async deepen(): Promise<void> {
    const turn = ++this.turn;
    const { default: openSeadragon } = await load<{ default: typeof OpenSeadragon }>("panoptic-zoom");
    if (turn !== this.turn || !this.isConnected) return;
    this.osd ??= this.make(openSeadragon);
    for (const url of this.original ? [this.original, this.preview] : [this.preview]) {
      const shown = await this.open(this.osd, url);
      if (turn !== this.turn) return;
      if (!shown) continue; // missing, or a format that browsers do not show
      this.ready = true;
      return;
    }
  }

  private make(openSeadragon: typeof OpenSeadragon): OpenSeadragon.Viewer {
    withoutItsStyle();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const viewer = openSeadragon({
      element: this.querySelector<HTMLElement>(".deep")!,
      drawer: "canvas",
      showNavigationControl: false,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      maxZoomPixelRatio: 8,
      visibilityRatio: 0.6,
      springStiffness: 12,
      animationTime: still ? 0 : 0.5,
      imageSmoothingEnabled: true,
    });
    const mat = getComputedStyle(this).getPropertyValue("--pan-mat"); // a canvas knows no variables
    viewer.addHandler("tile-drawing", ({ context, tile }) => {
      const { position, size } = tile;
      if (!position || !size) return;
      const ratio = openSeadragon.pixelDensityRatio;
      context.fillStyle = mat;
      context.fillRect(position.x * ratio, position.y * ratio, size.x * ratio, size.y * ratio);
    });
    viewer.addHandler("canvas-key", (event) => (event.preventDefaultAction = true)); // the page's keys are its own
    viewer.canvas.setAttribute("role", "img");
    return viewer;
  }

  /** Resolves to whether the picture could be opened and has been drawn. */
  private open(viewer: OpenSeadragon.Viewer, url: string): Promise<boolean> {
    return new Promise((resolve) => {
      viewer.removeAllHandlers("open-failed");
      viewer.removeAllHandlers("tile-drawn");
      viewer.addOnceHandler("open-failed", () => resolve(false));
      viewer.addOnceHandler("tile-drawn", () => resolve(true));
      viewer.canvas.setAttribute("aria-label", this.name);
      viewer.open({ tileSource: { type: "image", url } });
    });
  }
}

/**
 * OpenSeadragon puts a `<style>` into the page unless it finds its own there. The page's policy lets none in, and an
 * element of that name in another language than HTML is none.
 */
function withoutItsStyle(): void {
  const mark = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${mark}]`)) return;
  const stand = document.createElementNS("http://www.w3.org/1998/Math/MathML", "style");
  stand.setAttribute(mark, "true");
  document.head.append(stand);
}
