/** What one can do with saved views: each action writes, tells what it did, and can be undone. */

import { addressText, DEFAULT_ADDRESS } from "../core/address.js";
import { getJson, statusOf } from "../core/api.js";
import type { App } from "./grid-page.js";
import { addressOf, isChanged, type Tab } from "../core/tabs.js";
import type { Written } from "../core/project.js";
import { Toast } from "./toast.js";

interface Listed {
  readonly views: readonly Tab[];
  /** What the view of the page could be called. */
  readonly name: string;
}

/** Dispatches `tabs` when the saved views are read. */
export class TabActions extends EventTarget {
  tabs: readonly Tab[] = [];
  private readonly toast: Toast;
  private reading: Promise<void> = Promise.resolve();

  constructor(readonly app: App) {
    super();
    this.toast = new Toast(app, app.texts);
    app.project.addEventListener("change", () => (this.reading = this.read()));
  }

  /** The saved view that is open. */
  get current(): Tab | undefined {
    const id = Number(this.app.address.layout._tab);
    return this.tabs.find((tab) => tab.id === id);
  }

  get isChanged(): boolean {
    return this.current !== undefined && isChanged(this.current, this.app.address);
  }

  async read(): Promise<void> {
    const found = await this.tried(() => this.listed(""));
    if (found) this.tabs = found.views;
    this.dispatchEvent(new Event("tabs"));
  }

  /** Show a saved view as it was saved, or everything. One that cannot be shown has a page that says why. */
  open(tab: Tab | null): void {
    const { app } = this;
    if (tab?.fault) return location.assign(tab.href);
    app.navigate({ ...(tab ? addressOf(tab) : DEFAULT_ADDRESS), language: app.address.language });
    app.grid.dispatchEvent(new CustomEvent("app-layout", { bubbles: true }));
  }

  /** A name for the view of the page: what it asks for, in words. */
  async proposed(): Promise<string> {
    const found = await this.tried(() => this.listed(this.asked));
    return found?.name || this.app.texts.t("ui.tabs.unnamed", { n: this.tabs.length + 1 });
  }

  /** Save the view of the page as a new tab, which is then the open one. */
  async create(name: string): Promise<void> {
    const made = await this.write("views", { name, query: this.asked });
    if (made?.id) this.opened(made.id, name);
  }

  /** Save the view of the page in its tab. */
  async save(): Promise<void> {
    const tab = this.current;
    if (tab && (await this.write(`views/${tab.id}`, { query: this.asked }))) this.told("ui.tabs.saved", { name: tab.name });
  }

  async rename(tab: Tab, name: string): Promise<void> {
    if (name && name !== tab.name) await this.write(`views/${tab.id}`, { name });
  }

  async duplicate(tab: Tab): Promise<void> {
    const wasOpen = tab === this.current;
    const made = await this.write(`views/${tab.id}/duplicate`, {});
    const copy = this.tabs.find(({ id }) => id === made?.id);
    if (copy && wasOpen) this.opened(copy.id, copy.name);
  }

  /** Make a view the tab at a place, from 0. */
  async move(tab: Tab, position: number): Promise<void> {
    if (position < 0 || position >= this.tabs.length) return;
    await this.write(`views/${tab.id}/move`, { position });
  }

  async delete(tab: Tab): Promise<void> {
    const wasOpen = tab === this.current;
    const { changeset } = (await this.write(`views/${tab.id}/delete`, {})) ?? {};
    if (!changeset) return;
    if (wasOpen) this.app.arrange({ _tab: null });
    this.toast.show(this.app.texts.t("ui.tabs.deleted", { name: tab.name }), {
      label: this.app.texts.t("ui.undo"),
      act: () => void this.restore(changeset, wasOpen ? tab.id : null),
    });
  }

  /** Put the address that leads to a view into the clipboard. */
  async share(link: string): Promise<void> {
    const url = new URL(link, location.href).href;
    if (await copied(url)) this.told("ui.tabs.copied");
    else this.told("ui.tabs.copy_by_hand", { link: url });
  }

  private get asked(): string {
    return addressText({ ...this.app.address, at: 0, language: null });
  }

  private listed(query: string): Promise<Listed> {
    return getJson<Listed>(`${this.app.page.base}/views.json?${query}`);
  }

  private async restore(changeset: number, open: number | null): Promise<void> {
    if (!(await this.tried(() => this.app.project.undo(changeset)))) return;
    this.toast.hide();
    if (open !== null) this.app.arrange({ _tab: String(open) });
  }

  private opened(id: number, name: string): void {
    this.app.arrange({ _tab: String(id) });
    this.told("ui.tabs.saved", { name });
  }

  /** What an act answers; null where it failed, of which the page tells. */
  async tried<T>(act: () => Promise<T>): Promise<T | null> {
    try {
      return await act();
    } catch (error) {
      this.failed(error);
      return null;
    }
  }

  /** Write, and wait until the tabs say so. */
  private async write(path: string, body: object): Promise<Written | null> {
    const written = await this.tried(() => this.app.project.write(path, body));
    await this.reading;
    return written;
  }

  private told(key: string, parameters: Record<string, string> = {}): void {
    this.toast.show(this.app.texts.t(key, parameters));
  }

  private failed(error: unknown): void {
    if (statusOf(error) === 0) return; // the grid says that the server is away
    this.told("ui.failed", { reason: error instanceof Error ? error.message : String(error) });
  }
}

/** Put a text into the clipboard; false where the browser does not let us. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text); // absent where the page is neither local nor encrypted
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
