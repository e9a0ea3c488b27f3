/** `<panoptic-tabs>`: the saved views above the grid, and what leads from a view to others: beside it, or into its SQL. */

import { html, nothing, type TemplateResult } from "lit";
import { addressText, queryText, withQuery } from "../core/address.js";
import { isPlain, sideOf, splitHref, type Tab } from "../core/tabs.js";
import * as icons from "./icons.js";
import { LightElement } from "./light.js";
import { type MenuItem, openMenu } from "./dialogs/menu.js";
import type { TabActions } from "./tab-actions.js";

/** A name that is being typed: of a view, or of the new one (0). */
interface Naming {
  readonly id: number;
  readonly name: string;
}

export class PanopticTabs extends LightElement {
  static override properties = { actions: { attribute: false }, naming: { state: true }, dragged: { state: true } };
  declare actions: TabActions;
  declare naming: Naming | null;
  declare dragged: Tab | null;
  private shown: Tab | undefined; // the open tab when it was last scrolled into sight

  constructor() {
    super();
    this.naming = this.dragged = null;
  }

  /** Save in the open tab; without one, or one that is as it was saved, ask for a name. */
  async save(): Promise<void> {
    const { actions } = this;
    if (!actions.app.page.can_edit) return;
    if (actions.isChanged) await actions.save();
    else await this.saveAs();
  }

  async saveAs(): Promise<void> {
    this.naming = { id: 0, name: await this.actions.proposed() };
  }

  /** Open the tab before or after the open one; the first shows everything. */
  step(by: 1 | -1): void {
    const { tabs, current } = this.actions;
    const to = [null, ...tabs][(current ? tabs.indexOf(current) + 1 : 0) + by];
    if (to !== undefined) this.actions.open(to);
  }

  protected override render(): TemplateResult {
    const { texts, actions } = this;
    const { app, current, tabs } = actions;
    const canEdit = app.page.can_edit;
    const everything = !current && isPlain(app.address);
    const removal = withQuery(`${app.page.base}/remove`, new URLSearchParams({ query: queryText(app.address) }).toString());
    return html`<nav aria-label=${texts.t("tabs.title")}>
        <ul class="tabs" @dragover=${this.dragging} @drop=${this.dropped}>
          <li><a class="tab" href=${app.page.base} aria-current=${everything ? "page" : nothing} @click=${(event: MouseEvent) => this.chosen(event, null)}>${texts.t("tabs.everything")}</a></li>
          ${tabs.map((tab) => this.item(tab, tab === current))}
          ${current || everything || this.naming ? nothing : html`<li><span class="tab" aria-current="page">${texts.t("ui.tabs.this")}</span></li>`}
          ${this.naming?.id === 0 ? html`<li>${this.field(this.naming)}</li>` : nothing}
        </ul>
      </nav>
      ${canEdit ? this.saving() : nothing}
      <p class="ways">
        <button type="button" class="split" aria-haspopup="menu" @click=${this.splitting}>${texts.t("link.split")}</button>
        <button type="button" @click=${() => this.emit("tabs-sql")}>${texts.t("link.sql")}</button>
        <a href=${withQuery(`${app.page.base}/export-options`, queryText(app.address))}>${texts.t("link.export")}</a>
        ${canEdit ? html`<a href=${removal}>${texts.t("link.remove")}</a>` : nothing}
      </p>`;
  }

  private item(tab: Tab, isCurrent: boolean): TemplateResult {
    if (this.naming?.id === tab.id) return html`<li>${this.field(this.naming)}</li>`;
    const { texts, actions } = this;
    const canEdit = actions.app.page.can_edit;
    const state = tab.fault ? "fault" : isCurrent && actions.isChanged ? "changed" : "";
    return html`<li data-id=${tab.id} draggable=${canEdit} @dragstart=${() => (this.dragged = tab)} @dragend=${this.released}>
      <a
        class="tab ${state}"
        href=${tab.href}
        title=${tab.fault || tab.name}
        aria-current=${isCurrent ? "page" : nothing}
        @click=${(event: MouseEvent) => this.chosen(event, tab)}
        @keydown=${(event: KeyboardEvent) => canEdit && this.pressed(event, tab)}
        @dblclick=${(event: Event) => canEdit && this.rename(tab, event)}
        ><span class="name">${tab.name}</span> <span class="count">${tab.count === null ? nothing : texts.number(tab.count)}</span>
        ${state ? html`<span class="unseen">${texts.t(`ui.tabs.${state}`)}</span>` : nothing}</a
      >${isCurrent ? this.menuButton(tab) : nothing}
    </li>`;
  }

  /** A plain click opens the tab in this page; any other one is the browser's. */
  private chosen(event: MouseEvent, tab: Tab | null): void {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (!tab || tab !== this.actions.current) this.actions.open(tab);
  }

  private menuButton(tab: Tab): TemplateResult {
    const label = this.texts.t("ui.tabs.menu");
    return html`<button
      type="button"
      class="quiet"
      aria-haspopup="menu"
      aria-label=${label}
      title=${label}
      @click=${(event: Event) => openMenu(event.currentTarget as HTMLElement, label, this.choices(tab))}
    >
      ${icons.more}
    </button>`;
  }

  private choices(tab: Tab): MenuItem[] {
    const { actions, texts } = this;
    const at = actions.tabs.indexOf(tab);
    const item = (key: string, act: () => void, keys?: string): MenuItem => ({ label: texts.t(`ui.tabs.${key}`), act, ...(keys ? { key: keys } : {}) });
    const share = item("share", () => void actions.share(tab.link));
    if (!actions.app.page.can_edit) return [share];
    return [
      share,
      item("rename", () => this.rename(tab), "F2"),
      item("duplicate", () => void actions.duplicate(tab)),
      ...(at > 0 ? [item("left", () => void this.move(tab, at - 1), "Alt ←")] : []),
      ...(at < actions.tabs.length - 1 ? [item("right", () => void this.move(tab, at + 1), "Alt →")] : []),
      item("delete", () => void actions.delete(tab), texts.t("ui.key.delete")),
    ];
  }

  /** What saves: for a tab that was changed, or for a view that is none yet. */
  private saving(): TemplateResult {
    const { texts, actions } = this;
    const { current, isChanged, app } = actions;
    const button = (key: string, act: () => void): TemplateResult => html`<button type="button" @click=${act}>${texts.t(key)}</button>`;
    const label = texts.t("ui.tabs.new");
    if (this.naming?.id === 0) {
      const named = (): void => this.named(this.querySelector<HTMLInputElement>("input.tab")?.value ?? null);
      // Pressing it leaves the focus in the field, which gives up when it loses it.
      return html`<p class="saving"><button type="button" @mousedown=${(event: Event) => event.preventDefault()} @click=${named}>${texts.t("ui.tabs.save")}</button></p>`;
    }
    return html`<p class="saving">
      ${current && isChanged ? [button("ui.tabs.save", () => void actions.save()), button("ui.tabs.revert", () => actions.open(current))] : nothing}
      <button type="button" class=${isChanged || (!current && !isPlain(app.address)) ? "" : "quiet"} aria-label=${label} title="${label} (W)" @click=${() => void this.saveAs()}>
        ${isChanged ? texts.t("ui.tabs.save_as") : !current && !isPlain(app.address) ? texts.t("tabs.save") : icons.plus}
      </button>
    </p>`;
  }

  private field({ id, name }: Naming): TemplateResult {
    const keydown = (event: KeyboardEvent): void => {
      event.stopPropagation();
      const input = event.target as HTMLInputElement;
      if (event.key === "Escape") this.named(null);
      else if (event.key === "Enter") this.named(input.value);
    };
    const left = (event: Event): void => this.named(id ? (event.target as HTMLInputElement).value : null);
    return html`<input class="tab" type="text" maxlength="200" size="18" aria-label=${this.texts.t("ui.tabs.name")} .value=${name} @keydown=${keydown} @blur=${left} />`;
  }

  protected override updated(): void {
    const { current } = this.actions;
    const open = this.querySelector("[aria-current]")?.closest("li");
    if (current !== this.shown) open?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.shown = current;
    const input = this.querySelector<HTMLInputElement>("input.tab");
    if (!input || input === document.activeElement) return;
    input.focus();
    input.select();
  }

  private rename(tab: Tab, event?: Event): void {
    event?.preventDefault();
    this.naming = { id: tab.id, name: tab.name };
  }

  private named(name: string | null): void {
    const { naming, actions } = this;
    if (!naming) return; // a field that is taken away loses the focus once more
    this.naming = null;
    const tab = actions.tabs.find(({ id }) => id === naming.id);
    if (name?.trim()) void (tab ? actions.rename(tab, name.trim()) : actions.create(name.trim()));
    actions.app.grid.focus();
  }

  private pressed(event: KeyboardEvent, tab: Tab): void {
    const at = this.actions.tabs.indexOf(tab);
    if (event.key === "F2") this.rename(tab);
    else if (event.key === "Delete") void this.actions.delete(tab);
    else if (event.altKey && event.key === "ArrowLeft") void this.move(tab, at - 1);
    else if (event.altKey && event.key === "ArrowRight") void this.move(tab, at + 1);
    else return;
    event.preventDefault();
  }

  private async move(tab: Tab, position: number): Promise<void> {
    await this.actions.move(tab, position);
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-id="${tab.id}"] a`)?.focus();
  }

  private dragging(event: DragEvent): void {
    if (!this.dragged) return;
    event.preventDefault(); // it may be dropped here
    const onto = (event.target as Element).closest("li[data-id]");
    for (const item of this.querySelectorAll("li")) item.classList.toggle("over", item === onto);
  }

  private released(): void {
    this.dragged = null;
    this.querySelector("li.over")?.classList.remove("over");
  }

  private dropped(event: DragEvent): void {
    const tab = this.dragged;
    const onto = (event.target as Element).closest<HTMLElement>("li[data-id]");
    const to = this.actions.tabs.findIndex(({ id }) => id === Number(onto?.dataset.id));
    if (tab && to >= 0) void this.move(tab, to);
    event.preventDefault();
  }

  private splitting(event: Event): void {
    const { actions, texts } = this;
    const { app, current, tabs } = actions;
    const left = sideOf(current, app.address);
    const open = (label: string, right: string): MenuItem => ({ label, act: () => location.assign(splitHref(app.page.base, left, right)) });
    openMenu(event.currentTarget as HTMLElement, texts.t("ui.tabs.choose"), [
      open(texts.t("ui.tabs.this"), addressText({ ...app.address, at: 0, language: null })),
      open(texts.t("tabs.everything"), ""),
      ...tabs.filter(({ fault }) => !fault).map(({ id, name }) => open(name, String(id))),
    ]);
  }
}
