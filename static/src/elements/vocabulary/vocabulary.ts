/**
 * `<panoptic-vocabulary>`: the tags of a property as a tree to search, order and change, by mouse and by keyboard.
 * It takes the place of the server's HTML once it has all the tags, and asks each moment whether they changed.
 */

import { html, nothing, type TemplateResult } from "lit";
import { getJson } from "../../core/api.js";
import { Browsing } from "../../core/browsing.js";
import { Texts } from "../../core/i18n.js";
import { type Row, type SortKey, type Term, Vocabulary } from "../../core/vocabulary.js";
import { LightElement } from "../light.js";
import { barOf } from "./bar.js";
import { type Answer, type Kind, PanopticTagQuestion } from "./dialog.js";
import { Dragging } from "./drag.js";
import { pressKey } from "./keys.js";
import { type Acts, editing, looking, maker, several } from "./panel.js";
import { Pictures } from "./pictures.js";
import { reveal, treeOf } from "./tree.js";
import { type Script, Writer } from "./writer.js";

const POLL_MS = 1_500;
const COLOR = /^#[0-9a-f]{6}$/i;

export class PanopticVocabulary extends LightElement {
  static override properties = { said: { state: true }, top: { state: true }, height: { state: true } };
  declare private said: string;
  declare private top: number;
  declare private height: number;
  browsing!: Browsing;
  private script!: Script;
  private writer!: Writer;
  private pictures!: Pictures;
  private served: ChildNode[] = [];
  private readonly dragging = new Dragging(this);
  private version = "";
  private readonly sized = new ResizeObserver(([entry]) => (this.height = entry!.contentRect.height));

  constructor() {
    super();
    Object.assign(this, { said: "", top: 0, height: 600 });
  }

  protected override createRenderRoot(): HTMLElement {
    this.served = [...this.childNodes]; // it stays until there is something better
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.script = JSON.parse(document.getElementById("panoptic-tags")!.textContent!) as Script;
    this.writer = new Writer(this.script, (text) => (this.said = text), () => this.load()); // prettier-ignore
    this.pictures = new Pictures(this.script.base, () => this.requestUpdate());
    void this.start();
    window.setInterval(() => void this.poll(), POLL_MS);
    document.addEventListener("keydown", (event) => this.pressedAnywhere(event));
    this.addEventListener("tags-answer", (event) => void this.answered((event as CustomEvent<Answer>).detail));
    this.addEventListener("tags-close", () => this.tree?.focus());
  }

  private async start(): Promise<void> {
    const params = new URLSearchParams(location.search);
    this.browsing = new Browsing(await this.read(params.get("sort") === "count" ? "count" : "name"), () => this.went());
    this.browsing.typed = params.get("q") ?? "";
    const { byId } = this.browsing.vocabulary;
    if (this.script.tag && byId.has(this.script.tag)) this.show(this.script.tag);
    else if (this.browsing.rows[0]) this.browsing.takeOne(this.browsing.rows[0]);
    this.texts = new Texts(this.script.messages, this.script.language);
    await this.updateComplete;
    this.served.forEach((node) => node.remove());
    this.toggleAttribute("data-ready", true);
    this.bring();
  }

  private async read(sort: SortKey): Promise<Vocabulary> {
    const url = `${this.script.base}/tags.json?property=${this.script.property.id}`;
    const found = await getJson<{ version: string; tags: Term[] }>(url);
    this.version = found.version;
    // Plain SQL can have put any text in the place of a colour.
    const tags = found.tags.map((tag) => ({ ...tag, color: COLOR.test(tag.color ?? "") ? tag.color : null }));
    return new Vocabulary(tags, sort);
  }

  private async load(): Promise<void> {
    this.browsing.renew(await this.read(this.browsing.vocabulary.sort));
  }

  private async poll(): Promise<void> {
    if (document.hidden || !this.texts) return;
    try {
      const { version } = await getJson<{ version: string }>(`${this.script.base}/version.json`);
      if (version !== this.version) await this.load();
    } catch {
      // The server is away: the next moment asks again.
    }
  }

  /** Somebody went elsewhere in the vocabulary, or it changed: show that, and say it in the address. */
  private went(): void {
    const { one, typed, vocabulary } = this.browsing;
    this.pictures.of(one?.id ?? 0);
    const params = new URLSearchParams(location.search);
    const values = { q: typed.trim(), sort: vocabulary.sort === "count" ? "count" : "", tag: String(one?.id ?? "") };
    for (const [name, value] of Object.entries(values)) value ? params.set(name, value) : params.delete(name);
    history.replaceState(null, "", params.size ? `?${params}` : location.pathname);
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const { texts, script, browsing } = this;
    const { rows, one, chosen, vocabulary } = browsing;
    const canEdit = script.can_edit;
    const panel = one
      ? (canEdit ? editing : looking)(texts, vocabulary, one, this.pictures.shown, this.acts)
      : chosen.length
        ? several(texts, chosen, this.acts, canEdit)
        : nothing;
    return html`${barOf({
        texts,
        canEdit,
        typed: browsing.typed,
        sort: vocabulary.sort,
        count: browsing.isSearch ? rows.length : vocabulary.tags.length,
        search: (typed) => this.search(typed),
        order: (sort) => this.order(sort),
        undo: () => void this.writer.undo(),
        redo: () => void this.writer.redo(),
      })}
      <div class="vocabulary-body">
        <div class="vocabulary-list" @click=${this.clicked} @dblclick=${this.rename} @keydown=${this.pressed}>
          ${canEdit ? maker(texts.t("tags.new"), texts.t("tags.create"), (name) => this.make(name, null)) : nothing}
          <div class="top-strip" ?hidden=${!this.dragging.active}>${texts.t("ui.tags.drop_top")}</div>
          ${rows.length ? this.rows() : html`<p class="none">${texts.t(browsing.isSearch ? "tags.nothing" : "tags.none")}</p>`}
          ${canEdit
            ? html`<p class="hint" id="panoptic-tags-keys">${texts.t("ui.tags.drag_hint")} ${texts.t("ui.tags.keys")}</p>`
            : nothing}
          <p class="said" role="status">${this.said}</p>
        </div>
        ${panel}
      </div>`;
  }

  private rows(): TemplateResult {
    const { texts, script, browsing, top, height } = this;
    const label = texts.t("tags.title", { name: script.property.name });
    return treeOf({ texts, browsing, label, top, height, over: this.dragging.over, canEdit: script.can_edit });
  }

  protected override updated(): void {
    const { tree } = this;
    this.sized.disconnect();
    if (tree) this.sized.observe(tree);
    if (tree) tree.onscroll = () => (this.top = tree.scrollTop);
    this.dragging.listen(this.querySelector(".vocabulary-list")!);
  }

  private readonly acts: Acts = {
    change: async (tag, columns) => (await this.writer.change(tag.id, columns)) !== null,
    back: () => this.tree?.focus(),
    unparent: (tag, parent) => void this.writer.move([tag.id], null, [parent]),
    make: (name, parent) => this.make(name, parent),
    ask: (kind) => this.ask(kind),
    show: (id) => this.show(id),
  };

  private make(name: string, parent: number | null): void {
    void this.writer.make(name, parent).then((id) => id && this.show(id));
  }

  private show(id: number): void {
    this.browsing.show(id);
    this.bring();
  }

  private search(typed: string): void {
    this.browsing.search(typed);
    this.bring();
  }

  private order(sort: SortKey): void {
    this.browsing.renew(new Vocabulary(this.browsing.vocabulary.tags, sort));
    this.bring();
  }

  private readonly clicked = (event: MouseEvent): void => {
    const target = event.target as Element;
    const row = this.rowOf(target);
    if (!row) return;
    if (target.closest(".twist") && !row.leaf) this.browsing.toggle(row.key);
    else if (event.shiftKey) this.browsing.takeRange(row);
    else if (event.ctrlKey || event.metaKey) this.browsing.takeToggled(row);
    else this.browsing.takeOne(row);
  };

  rowOf(target: Element): Row | undefined {
    const key = target.closest<HTMLElement>(".term")?.dataset.key;
    return key ? this.browsing.rows.find((row) => row.key === key) : undefined;
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    const commands = { rename: this.rename, ask: (kind: Kind) => this.ask(kind), bring: () => this.bring() };
    if (event.target === this.tree && pressKey(this.browsing, event, commands)) event.preventDefault();
  };

  private pressedAnywhere(event: KeyboardEvent): void {
    const isTyping = (event.target as Element).closest?.("input, textarea, select, dialog");
    if (isTyping || !this.script.can_edit || event.key.toLowerCase() !== "z" || event.altKey) return;
    event.preventDefault();
    void (event.shiftKey ? this.writer.redo() : this.writer.undo());
  }

  private readonly rename = (): void => {
    const input = this.querySelector<HTMLInputElement>('.vocabulary-tag input[name="name"]');
    input?.focus();
    input?.select();
  };

  private ask(kind: Kind): void {
    const { chosen, vocabulary } = this.browsing;
    if (!chosen.length || !this.script.can_edit || (kind === "split" && chosen.length > 1)) return;
    const question = document.createElement("panoptic-tag-question") as PanopticTagQuestion;
    this.append(Object.assign(question, { texts: this.texts, vocabulary, kind, tags: chosen, base: this.script.base }));
  }

  private async answered(answer: Answer): Promise<void> {
    const id = await this.writer.answer([...this.browsing.selected], answer, this.browsing.vocabulary);
    if (id !== null) this.show(id);
  }

  /** Put tags below another one (null: nowhere), and take them from below others. */
  async put(ids: readonly number[], target: number | null, away: readonly number[]): Promise<void> {
    if (await this.writer.move(ids, target, away)) this.show(ids[0]!);
  }

  private get tree(): HTMLElement | null {
    return this.querySelector<HTMLElement>(".tree");
  }

  /** Bring the current row into sight. */
  private bring(): void {
    void this.updateComplete.then(() => {
      const at = this.browsing.rows.findIndex(({ key }) => key === this.browsing.current);
      if (this.tree && at >= 0) reveal(this.tree, at);
    });
  }
}

/** Bring the elements of this bundle to life. */
export function define(): void {
  customElements.define("panoptic-tag-question", PanopticTagQuestion);
  customElements.define("panoptic-vocabulary", PanopticVocabulary);
}
