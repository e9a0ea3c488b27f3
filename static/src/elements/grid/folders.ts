/**
 * `<panoptic-folders>`: the tree of folders with counts. Several may be chosen; a chosen folder includes its children.
 * Event: `folders-change` {folders}.
 */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Folder } from "../../core/page.js";
import * as icons from "../icons.js";
import { LightElement } from "../light.js";

interface Row {
  readonly folder: Folder;
  readonly level: number;
  readonly index: number;
  readonly siblings: number;
  readonly leaf: boolean;
}

export class PanopticFolders extends LightElement {
  static override properties = {
    folders: { attribute: false },
    chosen: { attribute: false },
    href: { attribute: false },
    open: { state: true },
    current: { state: true },
  };
  declare folders: readonly Folder[];
  declare chosen: readonly number[];
  /** Address of the page that shows these folders. */
  declare href: (folders: readonly number[]) => string;
  private declare open: ReadonlySet<number>;
  /** Id of the row that the Tab key reaches; 0: the first. */
  private declare current: number;
  private below = new Map<number | null, Folder[]>();

  constructor() {
    super();
    this.folders = [];
    this.chosen = [];
    this.href = () => "";
    this.open = new Set();
    this.current = 0;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("folders")) return;
    this.below = Map.groupBy(this.folders, (folder) => folder.parent_id);
    if (this.open.size === 0) this.open = this.firstOpen();
  }

  protected override render(): TemplateResult {
    const rows = this.rows();
    const everything = this.chosen.length === 0;
    return html`
      <div class="side-head">
        <h2 id="panoptic-folders-title">${this.texts.t("folders.title")}</h2>
        ${everything
          ? nothing
          : html`<a class="everything" href=${this.href([])} @click=${(event: Event) => this.choose(event, [])}>
              ${this.texts.t("folders.all")}
            </a>`}
      </div>
      <div
        class="tree"
        role="tree"
        aria-multiselectable="true"
        aria-labelledby="panoptic-folders-title"
        @keydown=${this.pressed}
      >
        ${rows.map((row, index) => this.row(row, row.folder.id === this.current || (!this.current && index === 0)))}
      </div>
    `;
  }

  private row(row: Row, reached: boolean): TemplateResult {
    const { folder, level, leaf } = row;
    const chosen = this.chosen.includes(folder.id);
    const open = this.open.has(folder.id);
    return html`<a
      class="folder"
      role="treeitem"
      href=${this.href([folder.id])}
      data-folder=${folder.id}
      style="--level: ${level - 1}"
      tabindex=${reached ? 0 : -1}
      title=${folder.missing ? `${folder.name} · ${this.texts.count("folders.missing", folder.missing)}` : folder.name}
      aria-level=${level}
      aria-posinset=${row.index + 1}
      aria-setsize=${row.siblings}
      aria-selected=${chosen}
      aria-expanded=${leaf ? nothing : String(open)}
      @click=${(event: MouseEvent) => this.clicked(event, folder)}
    >
      <span class="twist">${leaf ? nothing : icons.chevron}</span>
      <span class="name">${folder.name}</span>
      ${folder.missing ? html`<span class="missing" aria-hidden="true">!</span>` : nothing}
      <span class="count">${this.texts.number(folder.count)}</span>
      <span class="tick" aria-hidden="true" title=${this.texts.t("ui.folder.add")}></span>
    </a>`;
  }

  /** The visible rows, depth first. */
  private rows(): Row[] {
    const rows: Row[] = [];
    const visit = (parent: number | null, level: number): void => {
      const siblings = this.below.get(parent) ?? [];
      siblings.forEach((folder, index) => {
        const leaf = !this.below.has(folder.id);
        rows.push({ folder, level, index, siblings: siblings.length, leaf });
        if (!leaf && this.open.has(folder.id)) visit(folder.id, level + 1);
      });
    };
    visit(null, 1);
    return rows;
  }

  /** Roots, a lone chain below them, and the way to what is chosen. */
  private firstOpen(): Set<number> {
    const open = new Set<number>();
    let level = this.below.get(null) ?? [];
    for (const root of level) open.add(root.id);
    while (level.length === 1) {
      open.add(level[0]!.id);
      level = this.below.get(level[0]!.id) ?? [];
    }
    const byId = new Map(this.folders.map((folder) => [folder.id, folder]));
    for (const id of this.chosen) {
      for (let up = byId.get(id)?.parent_id; up; up = byId.get(up)?.parent_id) open.add(up);
    }
    return open;
  }

  private clicked(event: MouseEvent, folder: Folder): void {
    const target = event.target as Element;
    this.current = folder.id;
    if (target.closest(".twist") && this.below.has(folder.id)) {
      event.preventDefault();
      this.toggleOpen(folder.id);
    } else if (event.ctrlKey || event.metaKey || target.closest(".tick")) this.choose(event, this.toggled(folder.id));
    else this.choose(event, this.chosen.length === 1 && this.chosen[0] === folder.id ? [] : [folder.id]);
  }

  private toggled(id: number): number[] {
    return this.chosen.includes(id) ? this.chosen.filter((other) => other !== id) : [...this.chosen, id];
  }

  private choose(event: Event, folders: number[]): void {
    event.preventDefault();
    this.emit("folders-change", { folders: folders.sort((a, b) => a - b) });
  }

  private toggleOpen(id: number, wanted = !this.open.has(id)): void {
    const open = new Set(this.open);
    if (wanted) open.add(id);
    else open.delete(id);
    this.open = open;
  }

  private pressed(event: KeyboardEvent): void {
    if (event.altKey) return;
    const rows = this.rows();
    const at = Math.max(0, rows.findIndex(({ folder }) => folder.id === this.current));
    const row = rows[at];
    if (!row) return;
    const { id, parent_id: parent } = row.folder;
    const isOpen = this.open.has(id);
    let next = at;
    if (event.key === "ArrowDown") next = at + 1;
    else if (event.key === "ArrowUp") next = at - 1;
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = rows.length - 1;
    else if (event.key === "ArrowRight" && !row.leaf) isOpen ? (next = at + 1) : this.toggleOpen(id, true);
    else if (event.key === "ArrowLeft" && isOpen && !row.leaf) this.toggleOpen(id, false);
    else if (event.key === "ArrowLeft" && parent) next = rows.findIndex(({ folder }) => folder.id === parent);
    else if (event.key === " ") this.choose(event, this.toggled(id));
    else if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return; // Enter follows the link: a click
    event.preventDefault();
    void this.reach(rows[Math.min(rows.length - 1, Math.max(0, next))]!.folder.id);
  }

  private async reach(id: number): Promise<void> {
    this.current = id;
    await this.updateComplete;
    this.querySelector<HTMLElement>(`[data-folder="${id}"]`)?.focus();
  }
}
