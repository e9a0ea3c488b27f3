/** Where somebody is in a vocabulary: what is open, which row is current, which tags are selected, what is searched. */

import { above, type Row, type Term, type Vocabulary } from "./vocabulary.js";

export class Browsing {
  open: ReadonlySet<string> = new Set();
  /** Key of the row that the keyboard is at. */
  current = "";
  selected: ReadonlySet<number> = new Set();
  typed = "";
  private anchor = "";
  private kept: { readonly of: readonly unknown[]; readonly rows: readonly Row[] } | null = null;

  constructor(
    private tags: Vocabulary,
    private readonly changed: () => void,
  ) {}

  get vocabulary(): Vocabulary {
    return this.tags;
  }

  get isSearch(): boolean {
    return this.typed.trim() !== "";
  }

  get rows(): readonly Row[] {
    const of = [this.tags, this.open, this.typed];
    if (!this.kept || this.kept.of.some((part, at) => part !== of[at])) {
      this.kept = { of, rows: this.isSearch ? this.tags.search(this.typed) : this.tags.rows(this.open) };
    }
    return this.kept.rows;
  }

  get chosen(): readonly Term[] {
    return [...this.selected].map((id) => this.tags.byId.get(id)!);
  }

  /** The one tag that is selected, if it is one. */
  get one(): Term | null {
    return this.selected.size === 1 ? this.chosen[0]! : null;
  }

  /** Go on with the tags as they are now: what is gone is selected no longer. */
  renew(tags: Vocabulary): void {
    this.tags = tags;
    this.selected = new Set([...this.selected].filter((id) => tags.byId.has(id)));
    if (this.rows.some(({ key }) => key === this.current)) return this.changed();
    const [id] = this.selected;
    if (id !== undefined) this.show(id);
    else if (this.rows[0]) this.takeOne(this.rows[0]);
    else this.take("", []);
  }

  /** Make a row the current one, and tags the selected ones. */
  take(key: string, ids: Iterable<number>): void {
    this.current = key;
    this.selected = new Set(ids);
    this.changed();
  }

  takeOne(row: Row): void {
    this.anchor = row.key;
    this.take(row.key, [row.tag.id]);
  }

  takeToggled(row: Row): void {
    const ids = new Set(this.selected);
    if (!ids.delete(row.tag.id)) ids.add(row.tag.id);
    this.anchor = row.key;
    this.take(row.key, ids);
  }

  /** Select from the row that was last chosen by itself to this one. */
  takeRange(row: Row): void {
    const { rows } = this;
    const places = [this.anchor || this.current, row.key].map((key) => rows.findIndex((one) => one.key === key));
    const [from, to] = [Math.max(0, Math.min(...places)), Math.max(...places)];
    this.take(row.key, rows.slice(from, to + 1).map(({ tag }) => tag.id)); // prettier-ignore
  }

  toggle(key: string, wanted = !this.open.has(key)): void {
    const open = new Set(this.open);
    wanted ? open.add(key) : open.delete(key);
    this.open = open;
    this.changed();
  }

  /** Select a tag, and open the tree down to it; a search that does not find it is over. */
  show(id: number): void {
    if (this.isSearch && !this.rows.some(({ tag }) => tag.id === id)) this.typed = "";
    const key = this.isSearch ? String(id) : this.tags.placeOf(id);
    if (!this.isSearch) this.open = new Set([...this.open, ...above(key)]);
    this.anchor = key;
    this.take(key, [id]);
  }

  search(typed: string): void {
    const [id] = this.selected;
    this.typed = typed;
    const row = this.rows.find(({ tag }) => tag.id === id) ?? this.rows[0];
    if (this.isSearch) this.take(row?.key ?? "", row ? [row.tag.id] : []);
    else if (id !== undefined) this.show(id);
    else this.changed();
  }
}
