/** `<panoptic-app>`: the grid page come alive. Holds the address; everything shown follows from it. */

import { type Address, addressText, parseAddress, queryText, withQuery } from "../core/address.js";
import { getJson, isAbort } from "../core/api.js";
import { type Mode, WORDS_PER_RECORD } from "../core/codec.js";
import { groupLabel } from "../core/group-words.js";
import { isTyping } from "../core/image-keys.js";
import type { Texts } from "../core/i18n.js";
import { type Folder, type Page, readPage, textsOf } from "../core/page.js";
import type { Selection } from "../core/selection.js";
import { Thumbs } from "../core/thumbs.js";
import { View } from "../core/view.js";
import { PanopticBar } from "./bar.js";
import { renewFilters } from "./filters.js";
import type { PanopticFolders } from "./folders.js";
import type { PanopticGrid, Place } from "./grid.js";
import { PanopticHelp } from "./help.js";
import { ImageDialog } from "./image-dialog.js";
import { Peek } from "./peek.js";
import { readCards } from "./server-cards.js";
import { PanopticSelection } from "./selection-bar.js";
import { Status } from "./status.js";

const DEFAULT_THUMB = 160;
const PATIENCE_MS = 300; // for the first pictures, before the rest of the page is built without them
const FIRST = 40; // pictures that fill a screen
const CHUNK = 4096; // records in one request, as the server's view says it

export class PanopticApp extends HTMLElement {
  private page!: Page;
  private texts!: Texts;
  private address!: Address;
  private grid!: PanopticGrid;
  private folders: PanopticFolders | null = null;
  private readonly bar = new PanopticBar();
  private readonly selection = new PanopticSelection();
  private readonly help = new PanopticHelp();
  private dialog!: ImageDialog;
  private status!: Status;
  private usualThumb = DEFAULT_THUMB;
  private thumbs!: Record<Mode, Thumbs>;
  private linked: { readonly address: Address; readonly text: string } | null = null;
  private opening: AbortController | null = null;

  connectedCallback(): void {
    if (this.page) return;
    const grid = this.querySelector<PanopticGrid>("panoptic-grid");
    if (!grid) return;
    this.page = readPage();
    this.texts = textsOf(this.page);
    this.address = parseAddress(location.search);
    if (this.address.thumb === null) this.usualThumb = this.page.thumb;
    this.thumbs = this.freshThumbs();
    this.grid = grid;
    void this.begin(shareOf(history.state));
  }

  /** Pictures first, everything around them after. */
  private async begin(share: number): Promise<void> {
    const known = this.knownView();
    this.grid.size = this.bar.thumb = this.address.thumb ?? this.page.thumb;
    const hrefs = {
      image: (imageId: number, id: number) => this.imageHref(imageId, id),
      position: (position: number) => withQuery(withQuery(this.page.base, this.linkQuery), `_at=${position}`),
    };
    this.grid.start(this.texts, hrefs, groupLabel(this.texts, this.address.rest, this.page.types));
    this.dataset.live = ""; // the style sheet makes room
    if (known) {
      this.show(known, share);
      await this.grid.painted(PATIENCE_MS);
    }
    this.buildParts();
    this.listen();
    if (!known) void this.load(share);
    this.dataset.ready = "";
  }

  /** The view that the server has begun to draw; its first pictures are asked for before anything else is done. */
  private knownView(): View | null {
    const { page, address } = this;
    const records = readCards(this.grid);
    const isGrouped = address.rest.some(([key]) => key === "_group"); // only the view tells the groups
    if (!records.length || address.mode !== page.mode || isGrouped) return null;
    const ids = Array.from({ length: Math.min(FIRST, records.length / WORDS_PER_RECORD) }, (_, at) => records[at * WORDS_PER_RECORD]!);
    this.thumbs[page.mode].want(ids, "grid");
    return View.known(page.view_url, queryText(address), { ...page, first: 0, chunk: CHUNK }, page.at, records);
  }

  /** Read the corpus again: something was added. */
  refresh(): void {
    if (!this.page.instances) return location.reload(); // an empty project's page has no place for folders
    this.thumbs = this.freshThumbs();
    this.dialog.forget();
    void this.load();
    void this.loadFolders();
  }

  private freshThumbs(): Record<Mode, Thumbs> {
    const { thumbs_url: url } = this.page;
    return { instances: new Thumbs(url, "instances"), images: new Thumbs(url, "images") };
  }

  private buildParts(): void {
    const { page, texts, address, bar, selection, help } = this;
    for (const part of [bar, selection, help]) part.texts = texts;
    bar.page = page;
    bar.address = address;
    bar.count = page.count;
    bar.foldersOpen = false;
    this.querySelector(".panoptic-bar")?.replaceChildren(bar);
    this.folders = this.querySelector<PanopticFolders>("panoptic-folders");
    if (this.folders) {
      this.folders.texts = texts;
      this.folders.href = (folders) => this.gridHref({ ...this.address, folders, at: 0 });
      this.folders.folders = page.folders;
      this.folders.chosen = address.folders;
    }
    this.append(selection, help, this.backdrop());
    this.dialog = new ImageDialog(this, texts);
    this.status = new Status(this, texts);
    new Peek(
      this.grid,
      (target) => this.grid.thumbAt(this.grid.positionOf(target)),
      (thumb) => `${page.base}/thumb/${thumb.sha1}-preview`,
      (thumb) => (page.originals ? `${page.base}/original/${thumb.image_id}` : null),
    );
  }

  private listen(): void {
    const on = <T>(name: string, act: (detail: T) => void): void =>
      this.addEventListener(name, (event) => act((event as CustomEvent<T>).detail));
    on<Partial<Address>>("bar-change", (change) => this.navigate(change));
    on<{ thumb: number; done: boolean }>("bar-thumb", ({ thumb, done }) => {
      this.grid.size = thumb;
      this.resized(thumb, done);
    });
    on("bar-folders", () => this.openSide(!this.bar.foldersOpen));
    on("bar-help", () => this.help.show());
    on<{ folders: number[] }>("folders-change", ({ folders }) => {
      this.openSide(false);
      this.navigate({ folders });
    });
    on<{ position: number }>("grid-open", ({ position }) => void this.open(position));
    on<{ selection: Selection }>("grid-select", ({ selection }) => this.selected(selection));
    on<{ thumb: number }>("grid-thumb", ({ thumb }) => this.resized(thumb, true));
    on<Place>("grid-settle", (place) => this.settled(place));
    on("selection-clear", () => this.grid.clear());
    on("selection-all", () => this.grid.selectAll());
    on("panoptic-imported", () => this.refresh());
    this.dialog.onShow = ({ position }) => {
      if (position !== null) this.grid.go(position - 1);
    };
    window.addEventListener("popstate", () => this.travelled());
    window.addEventListener("keydown", (event) => this.pressed(event));
  }

  private gridHref(address: Address): string {
    return withQuery(this.page.base, addressText(address));
  }

  private imageHref(imageId: number, id: number): string {
    const instance = this.address.mode === "instances" ? `_instance=${id}` : "";
    return withQuery(withQuery(`${this.page.base}/image/${imageId}`, this.linkQuery), instance);
  }

  /** What every link to an image of this view carries; asked for with every card, so it is kept. */
  private get linkQuery(): string {
    if (this.linked?.address !== this.address) {
      const text = addressText({ ...this.address, thumb: null, at: 0 });
      this.linked = { address: this.address, text };
    }
    return this.linked.text;
  }

  private renewFilters(): void {
    renewFilters(this, this.address, (address) => this.gridHref(address));
  }

  /** Go to another view: a new entry in the history. */
  private navigate(change: Partial<Address>): void {
    this.address = { ...this.address, ...change, at: 0 };
    history.pushState({}, "", this.gridHref(this.address));
    this.follow(change.mode !== undefined);
  }

  /** Back or forward was pressed; or the dialog asked for it. */
  private travelled(): void {
    const path = location.pathname;
    if (path.startsWith(`${this.page.base}/image/`)) return void this.dialog.show(location.href);
    if (path !== this.page.base) return location.reload();
    this.dialog.close();
    const before = this.address;
    this.address = parseAddress(location.search);
    if (queryText(before) !== queryText(this.address)) this.follow(before.mode !== this.address.mode, shareOf(history.state));
    this.grid.focus();
  }

  private follow(modeChanged: boolean, share = 0): void {
    this.bar.address = this.address;
    this.bar.thumb = this.grid.size = this.address.thumb ?? this.usualThumb;
    if (this.folders) this.folders.chosen = this.address.folders;
    this.renewFilters();
    void this.load(share);
    if (modeChanged) void this.loadFolders();
  }

  /** Read the view that the address names and show it at the address's position. */
  private async load(share = 0): Promise<void> {
    this.opening?.abort();
    const opening = (this.opening = new AbortController());
    const address = this.address;
    this.grid.setAttribute("aria-busy", "true");
    try {
      const view = await View.open(this.page.view_url, queryText(address), opening.signal);
      this.show(view, share);
      this.status.shown(view.count, address);
    } catch (error) {
      if (!isAbort(error)) this.status.failed(error, () => void this.load(share));
    } finally {
      if (opening === this.opening) this.grid.removeAttribute("aria-busy");
    }
  }

  private show(view: View, share: number): void {
    const { mode, at } = this.address;
    view.onStale = () => this.refresh();
    this.bar.count = this.selection.total = view.count;
    this.grid.show(view, this.thumbs[mode], { at: Math.min(at, Math.max(0, view.count - 1)), share });
  }

  private async loadFolders(): Promise<void> {
    if (!this.folders) return;
    const query = queryText({ ...this.address, folders: [] });
    try {
      this.folders.folders = await getJson<Folder[]>(withQuery(`${this.page.base}/folders.json`, query));
    } catch (error) {
      this.status.failed(error, () => void this.loadFolders());
    }
  }

  private async open(position: number): Promise<void> {
    const thumb = this.grid.thumbAt(position) ?? (await this.grid.fetchCell(position));
    if (thumb) this.dialog.open(this.imageHref(thumb.image_id, thumb.id));
  }

  private selected(selection: Selection): void {
    this.selection.selected = selection.count;
    this.classList.toggle("selecting", selection.count > 0);
    this.status.selected(selection.count);
  }

  private resized(thumb: number, done: boolean): void {
    this.bar.thumb = thumb;
    this.address = { ...this.address, thumb };
    if (!done) return;
    this.replace({});
    this.renewFilters();
  }

  private settled({ at, share }: Place): void {
    if (this.dialog.isOpen) return;
    this.address = { ...this.address, at };
    this.replace({ share });
  }

  private replace(state: object): void {
    if (!this.dialog.isOpen) history.replaceState(state, "", this.gridHref(this.address));
  }

  /** Behind the side where it lies over the grid, on small screens. */
  private backdrop(): HTMLElement {
    const backdrop = document.createElement("div");
    backdrop.className = "backdrop";
    backdrop.addEventListener("click", () => this.openSide(false));
    return backdrop;
  }

  private openSide(open: boolean): void {
    this.bar.foldersOpen = open;
    this.classList.toggle("side-open", open);
  }

  private pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) return;
    if (event.key === "?") this.help.show();
    else if (event.key === "Escape" && this.bar.foldersOpen) this.openSide(false);
    else return;
    event.preventDefault();
  }
}

/** How much of the first row was scrolled away when an entry of the history was left. */
function shareOf(state: unknown): number {
  return (state as { share?: number } | null)?.share ?? 0;
}
