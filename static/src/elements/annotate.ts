/** Annotating in the grid page: what the keys, the selection bar, the groups and the menus all call. */

import { getJson, reasonOf, statusOf } from "../core/api.js";
import type { App } from "./grid-page.js";
import { bind, digitOf, favouriteKey, type Favourites, favouritesOf, freeDigit, keep } from "../core/favourites.js";
import { isTyping, travelOf } from "../core/image-keys.js";
import { remember, remembered } from "../core/memory.js";
import type { Property, Saying, Tag, Values, Written } from "../core/project.js";
import { chosen, idsOf, type Subject } from "./subject.js";
import { type Having, havingOf, joinTags } from "../core/tag-match.js";
import { openStamp } from "./stamp.js";
import { pickTags } from "./vocabulary/tag-picker.js";
import { Toast } from "./toast.js";
import { travel, type Way } from "./travel.js";

const LARGEST_ASKED = 200; // cells whose tags are asked for, so that the picker knows which they have
const LAST_PROPERTY = "tag-property";

interface Resolved {
  readonly property: Property;
  readonly tag: Tag;
}

/** Dispatches `favourites` when other digits are bound. */
export class Annotating extends EventTarget {
  readonly toast: Toast;
  favourites: Favourites;
  /** What favourites are called, as of a version: a large vocabulary is not read again at each digit. */
  private readonly resolved = new Map<number, Resolved>();
  private resolvedAt = "";

  constructor(readonly app: App) {
    super();
    this.toast = new Toast(app, app.texts);
    this.favourites = favouritesOf(app.page.base);
    window.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** Open the tag picker, by default on what is selected. */
  async tag(subject: Subject | null = chosen(this.app), anchor?: Element): Promise<void> {
    if (!subject) return this.toast.show(this.app.texts.t("ui.nothing_chosen"));
    const { app } = this;
    const { base } = app.page;
    await pickTags({
      project: app.project,
      texts: app.texts,
      title: subject.title,
      prefer: remembered<number>(base, LAST_PROPERTY),
      anchor,
      having: (property) => this.having(subject, property),
      makes: true,
      say: async (saying, property) => {
        remember(base, LAST_PROPERTY, property.id);
        const { changed } = await this.write(subject, [saying], "tagging");
        return app.texts.count("ui.changed", saying.color ? changed - 1 : changed); // the tag itself is no value
      },
      favourites: {
        digitOf: (property, tag) => digitOf(this.favourites, { property: property.id!, tag: tag.id }),
        bind: (property, tag, digit) => this.bind(property, tag, digit),
      },
    });
    app.grid.focus();
  }

  /** Open the stamp, by default on what is selected. */
  async stamp(subject: Subject | null = chosen(this.app)): Promise<void> {
    if (!subject) return this.toast.show(this.app.texts.t("ui.nothing_chosen"));
    const { project, texts } = this.app;
    const say = (sayings: readonly Saying[]): Promise<Written> => this.write(subject, sayings, "stamp");
    const written = await openStamp({ project, texts, title: subject.title, say });
    if (written) this.told(written);
    this.app.grid.focus();
  }

  /** Take back one's own last changeset, or do again what was taken back. */
  travel(way: Way, changeset?: number): Promise<void> {
    return travel(this.app.project, this.app.texts, this.toast, way, changeset);
  }

  /** Add or remove the tag that a digit is bound to. */
  async favour(digit: number, act: "add" | "remove", subject: Subject | null = chosen(this.app)): Promise<void> {
    const { project, texts } = this.app;
    if (!subject) return this.toast.show(texts.t("ui.nothing_chosen"));
    try {
      const found = await this.resolve(digit);
      if (!found) return this.toast.show(texts.t("ui.favourite.none", { digit }));
      const saying = { act, name: found.property.name, text: joinTags([found.tag.name]) };
      const written = await this.write(subject, [saying], "tagging");
      this.resolvedAt = project.version; // what was just said gave no tag another name
      this.told(written, texts.t(`ui.tag.${act}_done`, { tag: found.tag.name, changed: "" }).trim());
    } catch (error) {
      this.toast.show(this.failure(error));
    }
  }

  /** What the tag that a digit is bound to is called now; null: nothing is bound, or it is deleted. */
  private async resolve(digit: number): Promise<Resolved | null> {
    const { project } = this.app;
    const bound = this.favourites[digit];
    if (!bound) return null;
    if (this.resolvedAt !== project.version) this.resolved.clear();
    this.resolvedAt = project.version;
    const known = this.resolved.get(digit);
    if (known?.tag.id === bound.tag) return known;
    const property = (await project.properties()).find(({ id }) => id === bound.property);
    const tag = property && (await project.tags(bound.property)).find(({ id }) => id === bound.tag);
    if (!property || !tag) return null;
    const { name, color } = tag;
    if (name !== bound.name || color !== bound.color) this.rebind({ ...this.favourites, [digit]: { ...bound, name, color } });
    this.resolved.set(digit, { property, tag });
    return { property, tag };
  }

  private bind(property: Property, tag: Tag, digit: number | null): void {
    const favourite = { property: property.id!, tag: tag.id, name: tag.name, color: tag.color };
    const at = digit ?? digitOf(this.favourites, favourite) ?? freeDigit(this.favourites);
    if (at === null) return;
    this.rebind(bind(this.favourites, at, favourite));
  }

  private rebind(favourites: Favourites): void {
    this.favourites = favourites;
    keep(this.app.page.base, favourites);
    this.dispatchEvent(new Event("favourites"));
  }

  private async having(subject: Subject, property: Property): Promise<Having | null> {
    const { mode } = this.app.address;
    const ids = idsOf(this.app, subject, LARGEST_ASKED);
    if (!ids || (mode === "images" && property.scope === "instance")) return null;
    const url = `${this.app.page.base}/values.json?of=${mode}&ids=${ids.join(",")}`;
    const { cells } = await getJson<{ cells: { values: Values }[] }>(url);
    return havingOf(cells.map(({ values }) => (values[property.id!] ?? []) as readonly Pick<Tag, "id">[]));
  }

  /** Where the view is no longer known at that version, it is read again, and the person chooses again. */
  private async write({ target }: Subject, sayings: readonly Saying[], tool: string): Promise<Written> {
    try {
      return await this.app.project.annotate(target, sayings, tool);
    } catch (error) {
      if (statusOf(error) !== 409) throw error;
      void this.app.reread();
      throw new Error(this.app.texts.t("ui.stale"));
    }
  }

  private told({ changeset, changed }: Written, what = ""): void {
    const { texts } = this.app;
    if (changeset === null) return this.toast.show(texts.t("ui.no_change"));
    const words = [what, texts.count("ui.changed", changed)].filter(Boolean).join(" · ");
    this.toast.show(words, { label: texts.t("ui.undo"), act: () => void this.travel("undo", changeset) });
  }

  private failure(error: unknown): string {
    return this.app.texts.t("ui.failed", { reason: reasonOf(error) });
  }

  private pressed(event: KeyboardEvent): void {
    const direction = travelOf(event);
    const isHeld = !direction && (event.ctrlKey || event.metaKey || event.altKey);
    if (event.defaultPrevented || isHeld || event.repeat) return;
    if (isTyping(event.target) || document.querySelector("dialog[open], [role=menu]")) return;
    const favourite = favouriteKey(event);
    const key = event.key.toLowerCase();
    if (direction) void this.travel(direction);
    else if (favourite) void this.favour(favourite.digit, favourite.act);
    else if (key === "t") void this.tag();
    else if (key === "s") void this.stamp();
    else return;
    event.preventDefault();
  }
}
