/**
 * `<panoptic-property-tags>`: the tags of one property as a tree with counts and a search; a click filters by a tag, or no
 * longer. Event: `tag-toggle` {tag}.
 */

import { html, nothing, type TemplateResult } from "lit";
import { type TagLine, treeOf } from "../../core/panel.js";
import type { Project, Property, Tag } from "../../core/project.js";
import { matchTags } from "../../core/tag-match.js";
import * as icons from "../icons.js";
import { LightElement } from "../light.js";

/** Lines that are drawn; a vocabulary of ten thousand is searched. */
const MOST = 200;
/** Tags from which on there is a search. */
const SEARCHED = 8;

export class PanopticPropertyTags extends LightElement {
  static override properties = {
    property: { attribute: false },
    chosen: { attribute: false },
    tags: { state: true },
    open: { state: true },
    typed: { state: true },
  };
  project!: Project;
  declare property: Property;
  /** Names of the tags that the view asks for. */
  declare chosen: ReadonlySet<string>;
  private declare tags: readonly Tag[] | null;
  private declare open: ReadonlySet<string>;
  private declare typed: string;

  constructor() {
    super();
    this.chosen = new Set();
    this.tags = null;
    this.open = new Set();
    this.typed = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.project.addEventListener("change", this.read);
    void this.read();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.project.removeEventListener("change", this.read);
  }

  private readonly read = async (): Promise<void> => {
    try {
      this.tags = await this.project.tags(this.property.id!);
    } catch {
      this.tags ??= []; // the property is gone, and this with it in a moment
    }
  };

  protected override render(): TemplateResult | typeof nothing {
    const { tags, texts, typed, property } = this;
    if (!tags) return nothing;
    if (!tags.length) return html`<p class="none">${texts.t("tags.none")}</p>`;
    const lines = typed ? matchTags(tags, typed, MOST).map((tag): TagLine => ({ tag, level: 1, isLeaf: true, path: tag.name })) : treeOf(tags, this.open);
    const label = texts.t("ui.properties.search", { name: property.name });
    const search = html`<input
      type="search"
      aria-label=${label}
      placeholder=${label}
      .value=${typed}
      @input=${(event: Event) => (this.typed = (event.target as HTMLInputElement).value)}
    />`;
    return html`${tags.length >= SEARCHED ? search : nothing}
      <ul>
        ${lines.slice(0, MOST).map((line) => this.line(line))}
      </ul>
      ${lines.length > MOST ? html`<p class="none">${texts.t("tags.more", { shown: MOST, n: tags.length })}</p>` : nothing}`;
  }

  private line({ tag, level, isLeaf, path }: TagLine): TemplateResult {
    const isOpen = this.open.has(path);
    const label = this.texts.t(isOpen ? "ui.properties.close" : "ui.properties.open", { name: tag.name });
    return html`<li style=${`--level: ${level - 1}`}>
      ${isLeaf
        ? html`<span class="twist"></span>`
        : html`<button type="button" class="twist" aria-expanded=${isOpen} aria-label=${label} @click=${() => this.toggle(path)}>
            ${icons.chevron}
          </button>`}
      <button
        type="button"
        class="tag"
        aria-pressed=${this.chosen.has(tag.name)}
        style=${tag.color ? `--tag: ${tag.color}` : nothing}
        @click=${() => this.emit("tag-toggle", { tag: tag.name })}
      >
        <span class="name">${tag.name}</span>
        <span class="count">${this.texts.number(tag.count_below)}</span>
      </button>
    </li>`;
  }

  private toggle(path: string): void {
    const open = new Set(this.open);
    if (!open.delete(path)) open.add(path);
    this.open = open;
  }
}
