/** Tags dragged onto tags: below it instead of where they were, with Ctrl or Alt besides; or onto the strip, to the top. */

import type { Browsing } from "../../core/browsing.js";
import type { Row } from "../../core/vocabulary.js";

const OPENS_MS = 700;

/** What dragging needs of the page of tags. */
interface TagPage {
  readonly browsing: Browsing;
  rowOf(element: Element): Row | undefined;
  /** Give tags a parent, null for none, instead of those that `from` names. */
  put(ids: readonly number[], parent: number | null, from: readonly number[]): Promise<void>;
  requestUpdate(): void;
}

export class Dragging {
  /** Key of the row that the pointer is over; "": none. */
  over = "";
  active = false;
  private ids: readonly number[] = [];
  /** The tags that the dragged rows stand below. */
  private from: readonly number[] = [];
  private timer = 0;
  private heard: Element | null = null;

  constructor(private readonly page: TagPage) {}

  listen(list: Element): void {
    if (list === this.heard) return;
    this.heard = list;
    for (const kind of ["dragstart", "dragover", "dragleave", "drop", "dragend"]) list.addEventListener(kind, this);
  }

  handleEvent(event: Event): void {
    const drag = event as DragEvent;
    if (event.type === "dragstart") this.begin(drag);
    else if (!this.active) return;
    else if (event.type === "dragover") this.hover(drag);
    else if (event.type === "drop") this.drop(drag);
    else if (event.type === "dragend") this.end();
    this.page.requestUpdate();
  }

  private begin(event: DragEvent): void {
    const row = this.page.rowOf(event.target as Element);
    if (!row) return;
    const { selected, rows } = this.page.browsing;
    const dragged = selected.has(row.tag.id) && selected.size > 1 ? rows.filter(({ tag }) => selected.has(tag.id)) : [row];
    this.ids = [...new Set(dragged.map(({ tag }) => tag.id))];
    this.from = [...new Set(dragged.map(({ parent }) => parent).filter((parent) => parent))];
    event.dataTransfer!.setData("text/plain", dragged.map(({ tag }) => tag.name).join(", "));
    event.dataTransfer!.effectAllowed = "all";
    // Changing the document while a drag begins would end it.
    window.setTimeout(() => {
      this.active = true;
      this.page.requestUpdate();
    });
  }

  private hover(event: DragEvent): void {
    const { key, target } = this.place(event);
    if (key !== this.over) {
      clearTimeout(this.timer);
      this.over = key;
      if (key) this.timer = window.setTimeout(() => this.page.browsing.toggle(key, true), OPENS_MS);
    }
    if (target === undefined || (target && this.ids.some((id) => this.page.browsing.vocabulary.isBelow(target, id)))) return;
    event.preventDefault();
    event.dataTransfer!.dropEffect = keeps(event) ? "copy" : "move";
  }

  private drop(event: DragEvent): void {
    event.preventDefault();
    const { target } = this.place(event);
    const { ids, from } = this;
    this.end();
    if (target === null) void this.page.put(ids, null, this.page.browsing.vocabulary.parentsOf(ids));
    else if (target) void this.page.put(ids, target, keeps(event) ? [] : from);
  }

  private end(): void {
    clearTimeout(this.timer);
    this.active = false;
    this.over = "";
  }

  /** Where the pointer is: a tag, the strip (null), or neither (undefined). */
  private place(event: DragEvent): { key: string; target: number | null | undefined } {
    const element = event.target as Element;
    if (element.closest(".top-strip")) return { key: "", target: null };
    const row = this.page.rowOf(element);
    return { key: row?.key ?? "", target: row?.tag.id };
  }
}

function keeps(event: DragEvent): boolean {
  return event.ctrlKey || event.altKey || event.metaKey;
}
