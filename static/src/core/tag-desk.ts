/** What a tag picker knows: the tags of one property, which of them the cells have, and what may be said of them. */

import { sameName, tidied } from "./names.js";
import { nextColor } from "./palette.js";
import { hasTags, type Project, type Property, type Saying, type Tag } from "./project.js";
import { type Having, joinTags, matchTags } from "./tag-match.js";

export interface Picking {
  readonly project: Project;
  /** Whose tags. Absent: the person chooses among the tag properties of the project, or makes one. */
  readonly property?: Property;
  /** Id of the property that is chosen at first, if it is there. */
  readonly prefer?: number | null;
  /** Which tags there are already; null: unknown, so that adding and removing are both offered. */
  having(property: Property): Promise<Having | null>;
  /** Add or remove one tag. The answer is shown. */
  say(saying: Saying, property: Property): Promise<string | void>;
  /** Whether that makes a tag there is none of: then making and adding it is one change. Else it is made before. */
  readonly makes?: boolean;
}

export type Row = { readonly kind: "tag"; readonly tag: Tag } | { readonly kind: "new"; readonly name: string };

/** Dispatches `change` whenever something of it is different. */
export class TagDesk extends EventTarget {
  /** Undefined: not known yet; null: one is to be made. */
  property: Property | null | undefined;
  properties: readonly Property[] = [];
  tags: readonly Tag[] = [];
  having: Having | null = null;
  /** Of the next new tag. */
  color = nextColor([]);
  byName: ReadonlyMap<string, Tag> = new Map();
  /** Whether the tags are here: before, nobody can tell which names would be new. */
  known = false;
  /** Names that were added here and not removed since. */
  private added: readonly string[] = [];
  private last: Promise<unknown> = Promise.resolve();
  private saying = 0;

  constructor(private readonly picking: Picking) {
    super();
  }

  /** Read what there is to choose from, and choose. */
  async open(): Promise<void> {
    const { property, prefer, project } = this.picking;
    if (property) return this.take(property);
    const properties = (await project.properties()).filter(hasTags);
    return this.take(properties.find(({ id }) => id === prefer) ?? properties[0] ?? null);
  }

  async take(property: Property | null): Promise<void> {
    Object.assign(this, { property, tags: [], byName: new Map(), known: false, added: [], having: null });
    this.changed();
    if (!this.picking.property) this.properties = (await this.picking.project.properties()).filter(hasTags);
    if (property) {
      const [having] = await Promise.all([this.picking.having(property), this.read()]);
      if (property !== this.property) return;
      this.having = having;
      this.color = nextColor(this.tags.map(({ color }) => color));
    }
    this.changed();
  }

  /** The project has changed: read the tags again, but not ten thousand of them after each that is added here. */
  async renew(): Promise<void> {
    if (!this.saying) await this.read();
  }

  private async read(): Promise<void> {
    const { property } = this;
    if (!property) return;
    const tags = await this.picking.project.tags(property.id!);
    if (property !== this.property) return;
    this.byName = new Map(tags.map((tag) => [tag.name, tag]));
    this.tags = tags;
    this.known = true;
    this.changed();
  }

  /** The tags that match what is typed, at most so many, and the tag that it would make. */
  rows(typed: string, most: number): readonly Row[] {
    const rows: Row[] = matchTags(this.tags, typed, most).map((tag) => ({ kind: "tag", tag }));
    const name = tidied(typed);
    const exists = this.tags.some((tag) => sameName(tag.name, name));
    return name && this.known && !exists ? [...rows, { kind: "new", name }] : rows;
  }

  /** The names of tags that all cells have, or were given here. */
  get chips(): readonly string[] {
    const { having } = this;
    return having ? this.tags.filter(({ id }) => having.get(id) === "all").map(({ name }) => name) : this.added;
  }

  /** What is known of a tag; null: nothing. */
  state({ id, name }: Tag): "all" | "some" | "none" | null {
    if (this.having) return this.having.get(id) ?? "none";
    return this.added.includes(name) ? "all" : null;
  }

  /** Make a tag of the next colour, and add it. */
  async make(name: string): Promise<string | void> {
    const { color, picking, property } = this;
    if (!picking.makes) {
      await picking.project.write("tags", { property: property!.id, name, color });
      await this.read();
    }
    const answer = await this.say("add", name, picking.makes ? color : undefined);
    this.color = nextColor(this.tags.map((tag) => tag.color));
    return answer;
  }

  /** One after the other: a tag that is confirmed while another is being written waits for it. */
  say(act: "add" | "remove", name: string, color?: string): Promise<string | void> {
    const property = this.property!;
    const next = this.last.then(async () => {
      this.saying++;
      const saying = { act, name: property.name, text: joinTags([name]), ...(color && { color }) };
      const answer = await this.picking.say(saying, property).finally(() => this.saying--);
      if (color) await this.read();
      if (property === this.property) this.know(act, name);
      return answer;
    });
    this.last = next.catch(() => undefined);
    return next;
  }

  /** Keep what is known of the cells true to what was just said of them. */
  private know(act: "add" | "remove", name: string): void {
    const replaces = act === "add" && this.property!.type === "tag";
    const others = replaces ? [] : this.added.filter((tag) => tag !== name);
    this.added = act === "add" ? [...others, name] : others;
    const id = this.byName.get(name)?.id;
    if (this.having && id !== undefined) {
      const having = new Map(replaces ? [] : this.having);
      if (act === "add") having.set(id, "all");
      else having.delete(id);
      this.having = having;
    }
    this.changed();
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}
