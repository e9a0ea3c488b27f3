/**
 * `<panoptic-grid>`: the virtual grid over a view of any length. It knows positions; what a URL or a dialog makes of them
 * is the application's affair, told by events:
 * `grid-open` {position}, `grid-select` {selection}, `grid-settle` {at, share}, `grid-thumb` {thumb}.
 */

import { clampThumb, THUMB_USUAL } from "../../core/address.js";
import type { Cell } from "../../core/codec.js";
import type { GroupLabel } from "../../core/group-words.js";
import type { Texts } from "../../core/i18n.js";
import { Layout } from "../../core/layout.js";
import { Selection } from "../../core/selection.js";
import type { Size, Thumb, Thumbs } from "../../core/thumbs.js";
import type { View } from "../../core/view.js";
import { Cards, type Display } from "./display.js";
import { GridInput } from "./input.js";
import { Groups } from "./groups.js";
import { Motion, type Place } from "./motion.js";
import type { Hrefs, Pool } from "./pool.js";
import { makeScroller } from "./scroller.js";

const ASK_MS = 50;
const OVERSCAN = 0.6; // of the viewport, above and below it
const SMALL = 110; // CSS pixels below which badges are drawn smaller
const LARGE = 280; // CSS pixels from which the stored grid thumbnail looks soft

export type { Place };

export class PanopticGrid extends HTMLElement {
  selection = Selection.none;
  /** Position of the keyboard's cursor; −1: none yet. */
  active = -1;
  /** Height of the visible part. */
  viewport = 0;
  layout = new Layout(0, { width: 1, thumb: 1, gap: 0, margin: 0 });
  readonly parts = makeScroller();
  cards!: Cards;
  groups!: Groups;
  private display!: Display;
  private thumb = THUMB_USUAL;
  private view: View | null = null;
  private thumbs: Thumbs | null = null;
  private readonly scroller = this.parts.scroller;
  private readonly stage = this.parts.stage;
  private readonly motion = new Motion(this.scroller, this.parts.spacer, () => this.schedule(), () => this.rested());
  private readonly input = new GridInput(this, this.scroller);
  private note: HTMLElement = document.createElement("p");
  private pointed = "";
  /** Called when the live cells have been drawn; `calm`: there is time to ask for more. */
  onDrawn: (calm: boolean) => void = () => {};
  private onPainted: (() => void) | null = null;
  private frame = 0;
  private box = { width: 0, height: 0 };
  private asked = 0;

  /** Replace the server's cards. `label` words the values of groups. */
  start(texts: Texts, hrefs: Hrefs, label: GroupLabel): void {
    this.scroller.setAttribute("aria-label", texts.t("link.images"));
    this.groups = new Groups(this, this.stage, texts, label);
    this.display = this.cards = new Cards(this.stage, texts, hrefs, () => this.layout.count);
    this.note = this.querySelector<HTMLElement>(".empty") ?? this.note; // an empty project's page says what to do
    this.note.className = "empty";
    this.note.textContent ||= texts.t("grid.none");
    this.replaceChildren(this.groups.strip, this.scroller, this.note);
    this.input.listen();
    new ResizeObserver(() => this.resized()).observe(this.scroller);
  }

  /** Show a view from a place on. `again`: it is the one that is shown, read anew; what can be kept is kept. */
  show(view: View, thumbs: Thumbs, place: Place, again = false): void {
    const isSame = again && this.view?.header.order === view.header.order;
    this.view?.close();
    if (this.thumbs !== thumbs) this.thumbs?.pause();
    this.view = view;
    this.thumbs = thumbs;
    view.onRecords = () => this.schedule();
    thumbs.onThumbs = () => this.schedule();
    if (!isSame) {
      this.selection = Selection.none;
      this.input.anchor = -1;
    }
    this.active = again ? Math.min(this.active, view.count - 1) : -1;
    this.pool.empty();
    this.groups.show(view.header.groups, again, view.header.clusters);
    this.setRoles();
    this.note.hidden = view.count > 0;
    this.motion.held = place;
    this.reflow();
    this.emit("grid-select", { selection: this.selection });
  }

  /** Show the cells in another way from now on. */
  wear(display: Display): void {
    if (display === this.display) return;
    this.motion.held ??= this.place;
    this.pool.leave();
    this.display = display;
    this.setRoles();
    this.reflow();
  }

  get pool(): Pool {
    return this.display.pool;
  }

  private setRoles(): void {
    const isTree = this.groups.outline !== null;
    const [role, heading] = this.display.roles(isTree);
    this.scroller.setAttribute("role", role);
    this.groups.setRole(heading);
    this.classList.toggle("grouped", isTree);
  }

  /** Resolves when the first pictures are on the screen, or after so many milliseconds. */
  painted(limit: number): Promise<void> {
    return new Promise((resolve) => {
      this.onPainted = () => requestAnimationFrame(() => setTimeout(resolve)); // the frame that shows them comes first
      setTimeout(resolve, limit);
    });
  }

  get size(): number {
    return this.thumb;
  }

  set size(pixels: number) {
    this.thumb = clampThumb(pixels);
    if (this.view) this.reflow();
  }

  /** Put the keyboard's cursor somewhere, in sight; groups that hide it are unfolded. */
  go(cursor: number): void {
    if (this.layout.shown(cursor) !== cursor && this.groups.outline?.uncover(cursor)) this.reflow();
    this.active = cursor;
    this.moveTo(this.layout.reveal(cursor, this.top, this.viewport));
    this.schedule();
  }

  override focus(): void {
    this.scroller.focus({ preventScroll: true });
  }

  select(selection: Selection): void {
    this.selection = selection;
    this.schedule();
    this.emit("grid-select", { selection });
  }

  /** How far the content is scrolled. */
  get top(): number {
    return this.motion.top;
  }

  get place(): Place {
    const at = this.layout.positionAt(this.top, this.viewport);
    return { at, share: (this.top - this.layout.topOf(at)) / this.layout.pitch };
  }

  selectAll(): void {
    this.select(Selection.of(0, this.layout.count));
  }

  clear(): void {
    this.input.anchor = -1;
    this.select(Selection.none);
  }

  thumbAt(position: number): Thumb | undefined {
    const id = this.view?.id(position);
    return id === undefined ? undefined : this.thumbs?.get(id, "grid");
  }

  /** What the server says about a position whose thumbnail is not here yet. */
  async fetchCell(position: number): Promise<Cell | undefined> {
    const id = this.view?.id(position);
    return id === undefined ? undefined : this.thumbs?.fetchCell(id);
  }

  emit(name: string, detail?: object): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  private resized(): void {
    const { width, height } = this.scroller.getBoundingClientRect();
    if (height !== this.box.height || width !== this.box.width) this.reflow();
  }

  /** Take the scroller's size, keeping what is at the top where it is. */
  reflow(): void {
    if (!this.view) return;
    const { scroller, display, motion } = this;
    const { at, share } = (motion.held ??= this.place);
    this.layout = this.groups.layout(this.view.count, display.frame(scroller, this.thumb));
    this.box = scroller.getBoundingClientRect();
    // clientHeight is rounded, and so would be the end; what it lacks is a scrollbar's.
    this.viewport = this.box.height - (scroller.offsetHeight - scroller.clientHeight) - display.head;
    this.active = this.layout.shown(this.active);
    motion.resize(this.layout.height, this.viewport, this.layout.topOf(at) + share * this.layout.pitch);
    this.stage.classList.toggle("small", this.layout.cell < SMALL);
    this.pool.placeAll(this.layout);
    this.schedule();
    motion.rest();
  }

  moveTo(top: number): void {
    this.motion.moveTo(top);
  }

  private rested(): void {
    this.schedule();
    this.emit("grid-settle", this.place);
  }

  /** Draw at the next frame. */
  schedule(): void {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    this.frame = 0;
    const { view, thumbs, layout } = this;
    if (!view || !thumbs) return;
    const { viewport } = this;
    const { top, shift, isFlinging: flinging } = this.motion;
    const beyond = flinging ? 0 : viewport * OVERSCAN;
    const ranges = layout.bands(top - beyond, viewport + 2 * beyond);
    this.pool.cover(layout, ranges, top, shift);
    this.groups.draw(layout, top, viewport, beyond, this.pool.origin, this.active);
    view.want(ranges);
    const size = layout.cell > LARGE || layout.cell * devicePixelRatio > 480 ? "preview" : "grid";
    const more = this.pool.paint(view, thumbs, size, flinging);
    if (this.onPainted && this.pool.shows) {
      this.onPainted();
      this.onPainted = null;
    }
    this.pool.mark(this.selection, this.active);
    this.point();
    this.display.drawn(!flinging);
    this.onDrawn(!flinging);
    if (flinging) thumbs.pause();
    else this.ask(size);
    if (more) this.schedule();
  }

  /** Ask for the thumbnails of the live cards; while scrolling, not at every frame. */
  private ask(size: Size): void {
    const now = performance.now();
    if (this.motion.speed && now - this.asked < ASK_MS) return this.schedule();
    this.asked = now;
    this.thumbs?.want(this.pool.nearestFirst(this.layout, this.top + this.viewport / 2), size);
  }

  /** Tell assistive technology where the cursor is. */
  private point(): void {
    const id = this.pool.cards.get(this.active)?.pointed ?? this.groups.idOf(this.active);
    if (id === this.pointed) return;
    this.pointed = id;
    if (id) this.scroller.setAttribute("aria-activedescendant", id);
    else this.scroller.removeAttribute("aria-activedescendant");
  }

  /** Whether a click is on the corner of a card that selects. */
  picks(event: MouseEvent): boolean {
    return this.pool.cardOf(event.target)?.picks(event.clientX, event.clientY) ?? false;
  }

  /** The position of the cell that an element belongs to; −1: none, or what is said of it. */
  positionOf(target: EventTarget | null): number {
    if (target instanceof Element && target.closest(".value")) return -1;
    return this.pool.cardOf(target)?.position ?? -1;
  }
}
