/**
 * One value as it stands below a picture or in a table: compact, in one line, written when it changes and never otherwise.
 * Its elements are made once and hidden when they are not needed: while a table scrolls, each element that comes or goes
 * would have the browser look at every `:has()` of the page again, which costs more than a frame has.
 */

import type { Texts } from "../../core/i18n.js";
import type { Property, Said, Tag } from "../../core/project.js";
import { webAddress, words } from "../../core/value-words.js";

const CHARACTER = 6.4; // pixels that a letter takes on average
const CHIP = 20; // and a chip around its letters
const MORE = 26; // what "+3" takes
const CHIPS = 4; // that most columns have room for

type NamedTag = Pick<Tag, "id" | "name" | "color">;

/** An element of one text. */
class Part {
  private readonly words = document.createTextNode("");
  private color = "";

  constructor(readonly element: HTMLElement) {
    element.append(this.words);
  }

  /** Null: it is not needed. */
  show(text: string | null, color = ""): void {
    const { element } = this;
    if (element.hidden !== (text === null)) element.hidden = text === null;
    if (text !== null && text !== this.words.data) this.words.data = text;
    if (color !== this.color) element.style.setProperty("--tag", color);
    this.color = color;
  }
}

export class ValueCell {
  private field: Property | null = null;
  private said: Said | undefined;
  private room = 0;
  private type = "";
  private readonly words = document.createTextNode("");
  private readonly chips: Part[] = [];
  private more: Part | null = null;
  private swatch: Part | null = null;
  private link: Part | null = null;

  constructor(
    readonly element: HTMLElement,
    private readonly texts: Texts,
  ) {
    element.append(this.words);
  }

  /** `room`: pixels that it may take. */
  show(field: Property, said: Said | undefined, room: number): void {
    if (field === this.field && same(said, this.said) && (room === this.room || !Array.isArray(said))) return;
    Object.assign(this, { field, said, room });
    const tags = Array.isArray(said) ? (said as readonly NamedTag[]) : [];
    const single = Array.isArray(said) ? undefined : (said as string | number | boolean | undefined);
    const type = single === undefined && !tags.length ? "" : field.type;
    if (type !== this.type) this.element.dataset.type = type;
    this.type = type;
    this.equip(field);
    this.say(field, single);
    this.showTags(tags);
    this.swatch?.show(type === "color" ? "" : null, String(single ?? ""));
    const address = type === "url" ? webAddress(String(single)) : null;
    if (address) this.link?.element.setAttribute("href", address);
    this.link?.show(address && "↗");
    this.element.title = tags.length ? tags.map(({ name }) => name).join(", ") : String(single ?? "");
  }

  private say({ type }: Property, said: string | number | boolean | undefined): void {
    let text = said === undefined ? "" : words(this.texts, type, said);
    if (type === "checkbox") text = said === undefined ? "–" : said === true || said === 1 ? "☑" : "☐";
    if (text !== this.words.data) this.words.data = text;
  }

  /** As many tags as there is room for, at least one, and how many more there are. */
  private showTags(tags: readonly NamedTag[]): void {
    let used = 0;
    const fits = tags.filter(({ name }, at) => (used += name.length * CHARACTER + CHIP) <= this.room - (at < tags.length - 1 ? MORE : 0));
    const shown = tags.slice(0, Math.max(1, fits.length));
    shown.forEach(({ name, color }, at) => (this.chips[at] ??= this.part("span", "tag", this.more?.element ?? null)).show(name, color ?? ""));
    for (let at = shown.length; at < this.chips.length; at++) this.chips[at]!.show(null);
    const more = tags.length - shown.length;
    this.more?.show(more ? this.texts.t("ui.value.more", { n: more }) : null);
  }

  /** Make what values of the type may need, whether this one does or not. */
  private equip({ type }: Property): void {
    if (type === "color") this.swatch ??= this.part("span", "swatch", this.words);
    if (type === "url" && !this.link) {
      this.link = this.part("a", "outside", null);
      Object.assign(this.link.element, { href: "#", target: "_blank", rel: "noreferrer", tabIndex: -1 });
    }
    if (type !== "tag" && type !== "multi_tags") return;
    this.more ??= this.part("span", "more", null);
    while (this.chips.length < (type === "tag" ? 1 : CHIPS)) this.chips.push(this.part("span", "tag", this.more.element));
  }

  private part(name: string, className: string, before: Node | null): Part {
    const element = document.createElement(name);
    element.className = className;
    this.element.insertBefore(element, before);
    return new Part(element);
  }
}

/** Values read anew are other objects that say the same. */
function same(a: Said | undefined, b: Said | undefined): boolean {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((tag: NamedTag, at) => tag.id === b[at].id && tag.name === b[at].name && tag.color === b[at].color);
}
