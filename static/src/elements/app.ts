/** `<panoptic-app>`: the grid page come alive. Holds the address; everything shown follows from it. */

import { type Address, type LayoutKey, parseAddress, queryText, THUMB_USUAL, withQuery } from "../core/address.js";
import { getJson, isAbort } from "../core/api.js";
import type { App, Tools } from "./grid-page.js";
import { type Mode, WORDS_PER_RECORD } from "../core/codec.js";
import { currentLabel } from "../core/group-words.js";
import { isTyping } from "../core/image-keys.js";
import type { Texts } from "../core/i18n.js";
import { load } from "../core/bundles.js";
import { Links } from "../core/links.js";
import { type Folder, type Page, readPage, textsOf } from "../core/page.js";
import { Project } from "../core/project.js";
import type { Selection } from "../core/selection.js";
import { Thumbs } from "../core/thumbs.js";
import { CHUNK, View } from "../core/view.js";
import { PanopticBar } from "./bar.js";
import type { PanopticFolders } from "./grid/folders.js";
import type { PanopticGrid, Place } from "./grid/grid.js";
import { PanopticHelp } from "./dialogs/help.js";
import { ImageDialog } from "./image/dialog.js";
import { Peek } from "./grid/peek.js";
import { readCards } from "./grid/server-cards.js";
import { PanopticSelection } from "./selection-bar.js";
import { Side } from "./side.js";
import { Status } from "./status.js";

const PATIENCE_MS = 300; // for the first pictures, before the rest of the page is built without them
const FIRST = 40; // pictures that fill a screen

export class PanopticApp extends HTMLElement implements App {
  page!: Page;
  texts!: Texts;
  links!: Links;
  project!: Project;
  grid!: PanopticGrid;
  status!: Status;
  address!: Address;
  view: View | null = null;
  private folders: PanopticFolders | null = null;
  private readonly bar = new PanopticBar();
  private readonly selection = new PanopticSelection();
  private readonly help = new PanopticHelp();
  private dialog!: ImageDialog;
  private side!: Side;
  private usualThumb = THUMB_USUAL;
  private thumbs!: Record<Mode, Thumbs>;
  private opening: AbortController | null = null;
  /** Whether another view is on its way, so that places in this one no longer matter. */
  private leaves = false;

  connectedCallback(): void {
    if (this.page) return;
    const grid = this.querySelector<PanopticGrid>("panoptic-grid");
    if (!grid) return;
    this.page = readPage();
    this.texts = textsOf(this.page);
    this.address = parseAddress(location.search);
    this.links = new Links(this.page.base, () => this.address);
    this.project = new Project(this.page.base, this.page.version);
    if (this.address.thumb === null) this.usualThumb = this.page.thumb;
    this.thumbs = this.freshThumbs();
    this.grid = grid;
    void this.begin(shareOf(history.state));
  }

  /** Pictures first, everything around them after. */
  private async begin(share: number): Promise<void> {
    const known = this.knownView();
    this.grid.size = this.bar.thumb = this.address.thumb ?? this.page.thumb;
    this.grid.start(this.texts, this.links, currentLabel(this.texts, () => this.address.rest, this.page.types));
    this.dataset.live = ""; // the style sheet makes room
    if (known) {
      this.show(known, { at: this.address.at, share });
      await this.grid.painted(PATIENCE_MS);
    }
    this.buildParts();
    this.listen();
    if (!known) void this.load(share);
    const failed = (error: unknown): void => this.status.failed(error, () => location.reload());
    await Promise.all([load<Tools>("panoptic-tools"), this.texts.complete()]).then(([{ start }]) => start(this), failed);
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
      this.folders.href = (folders) => this.links.grid({ ...this.address, folders, at: 0 });
      this.folders.folders = page.folders;
      this.folders.chosen = address.folders;
    }
    this.append(selection, help);
    this.side = new Side(this, (isOpen) => (bar.foldersOpen = isOpen));
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
    on("bar-folders", () => this.side.open(!this.side.isOpen));
    on("bar-help", () => this.help.show());
    on<{ folders: number[] }>("folders-change", ({ folders }) => {
      this.side.open(false);
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

  private addressed(): void {
    this.dispatchEvent(new Event("app-address"));
  }

  navigate(change: Partial<Address>, replaces = false): void {
    this.address = { ...this.address, ...change, at: 0 };
    history[replaces ? "replaceState" : "pushState"]({}, "", this.links.grid(this.address));
    this.follow(change.mode !== undefined || change.rest !== undefined);
  }

  arrange(layout: Partial<Record<LayoutKey, string | null>>): void {
    const kept = Object.entries({ ...this.address.layout, ...layout }).filter((pair): pair is [string, string] => !!pair[1]);
    this.address = { ...this.address, layout: Object.fromEntries(kept) };
    history.pushState(history.state, "", this.links.grid(this.address));
    this.arranged();
  }

  private arranged(): void {
    this.addressed();
    this.grid.emit("app-layout");
  }

  /** Back or forward was pressed; or the dialog asked for it. */
  private travelled(): void {
    const path = location.pathname;
    if (path.startsWith(`${this.page.base}/image/`)) return void this.dialog.show(location.href);
    if (path !== this.page.base) return location.reload();
    this.dialog.close();
    const before = this.address;
    this.address = parseAddress(location.search);
    const counted = ({ mode, rest }: Address): string => JSON.stringify([mode, rest]);
    if (queryText(before) !== queryText(this.address)) this.follow(counted(before) !== counted(this.address), shareOf(history.state));
    if (JSON.stringify(before.layout) !== JSON.stringify(this.address.layout)) this.arranged();
    this.grid.focus();
  }

  private follow(recount: boolean, share = 0): void {
    this.bar.address = this.address;
    this.bar.thumb = this.grid.size = this.address.thumb ?? this.usualThumb;
    if (this.folders) this.folders.chosen = this.address.folders;
    this.addressed();
    void this.load(share);
    if (recount) void this.loadFolders();
  }

  reread(): Promise<void> {
    return this.load(0, !this.leaves);
  }

  /** Read the view that the address names and show it at the address's position; `again`: it is shown already. */
  private async load(share = 0, again = false): Promise<void> {
    this.opening?.abort();
    const opening = (this.opening = new AbortController());
    const address = this.address;
    this.leaves = !again;
    this.grid.setAttribute("aria-busy", "true");
    try {
      const view = await View.open(this.page.view_url, queryText(address), opening.signal);
      this.show(view, again ? this.grid.place : { at: address.at, share }, again);
      if (!again) this.status.shown(view.header[address.mode], address);
    } catch (error) {
      if (!isAbort(error)) this.status.failed(error, () => void this.load(share, again));
    } finally {
      if (opening === this.opening) {
        this.leaves = false;
        this.grid.removeAttribute("aria-busy");
      }
    }
  }

  private show(view: View, { at, share }: Place, again = false): void {
    const { mode } = this.address;
    view.onStale = () => this.refresh();
    this.view = view;
    this.bar.count = view.header[mode]; // in groups a cell may stand several times
    this.selection.total = view.count;
    this.grid.show(view, this.thumbs[mode], { at: Math.min(at, Math.max(0, view.count - 1)), share }, again);
    this.grid.emit("app-view", { view });
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
    if (thumb) this.dialog.open(this.links.image(thumb.image_id, thumb.id));
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
    this.addressed();
  }

  private settled({ at, share }: Place): void {
    if (this.dialog.isOpen || this.leaves) return;
    this.address = { ...this.address, at };
    this.replace({ share });
  }

  private replace(state: object): void {
    if (!this.dialog.isOpen) history.replaceState(state, "", this.links.grid(this.address));
  }

  private pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) return;
    if (event.key === "?") this.help.show();
    else if (event.key === "Escape" && this.side.isOpen) this.side.open(false);
    else return;
    event.preventDefault();
  }
}

/** How much of the first row was scrolled away when an entry of the history was left. */
function shareOf(state: unknown): number {
  return (state as { share?: number } | null)?.share ?? 0;
}
