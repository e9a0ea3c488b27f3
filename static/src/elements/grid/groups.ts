/**
 * The groups of a grid: the headings that are in sight, reused from group to group, and the strip above the scroller that
 * says in which group one is and folds them all. Which groups are folded is the outline's affair.
 */

import { type Clusters, clusterName, clusterScore } from "../../core/clusters.js";
import type { GroupLabel } from "../../core/group-words.js";
import { GroupedLayout, groupOfCursor } from "../../core/grouped.js";
import type { Texts } from "../../core/i18n.js";
import { type Frame, Layout } from "../../core/layout.js";
import { type GroupRow, Outline } from "../../core/outline.js";

interface Heading {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly count: HTMLElement;
  readonly score: HTMLElement;
  readonly also: HTMLElement;
  top: number;
}

/** The grid that the groups are in. */
export interface Grounds {
  readonly layout: Layout;
  readonly top: number;
  reflow(): void;
  moveTo(top: number): void;
}

export class Groups {
  readonly strip = document.createElement("div");
  outline: Outline | null = null;
  private role = "treeitem";
  private readonly headings = new Map<number, Heading>();
  private readonly free: Heading[] = [];
  private readonly current = document.createElement("button");
  private readonly total = document.createElement("span");
  private made = 0;
  private equip: (heading: HTMLElement) => void = () => {};
  private also: readonly string[] = [];
  private clusters: Clusters | undefined;
  private at = -2; // group that the strip names

  constructor(
    private readonly grounds: Grounds,
    private readonly stage: HTMLElement,
    private readonly texts: Texts,
    private readonly label: GroupLabel,
  ) {
    this.strip.className = "group-strip";
    this.strip.hidden = true;
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", texts.t("group.title"));
    this.current.type = "button";
    this.current.className = "current";
    this.current.addEventListener("click", () => this.fold(this.at));
    this.total.className = "total";
    const all = (key: string, folded: boolean): HTMLElement => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = texts.t(key);
      button.addEventListener("click", () => this.foldAll(folded));
      return button;
    };
    this.strip.append(this.total, this.current, all("group.collapse_all", true), all("group.expand_all", false));
  }

  /** Take the groups of another view, or of the same one read `again`; none: it has no groups. */
  show(rows: readonly GroupRow[] = [], again = false, clusters?: Clusters): void {
    const before = this.outline;
    this.clusters = clusters;
    this.also = [];
    this.outline = rows.length ? new Outline(rows) : null;
    if (again && before) this.outline?.foldLike(before);
    this.strip.hidden = !this.outline;
    this.at = -2;
    this.total.textContent = this.texts.count("group.groups", this.outline?.roots ?? 0);
    this.empty();
  }

  /** Say how many there are in each group besides its cells: their words, by group. */
  tell(words: readonly string[]): void {
    this.also = words;
    for (const [group, { also }] of this.headings) also.textContent = words[group] ?? "";
  }

  /** What headings are to assistive technology: items of a tree, or rows. */
  setRole(role: string): void {
    if (role !== this.role) this.empty();
    this.role = role;
  }

  layout(count: number, frame: Frame): Layout {
    return this.outline ? new GroupedLayout(count, frame, this.outline) : new Layout(count, frame);
  }

  isFolded(group: number): boolean {
    return this.outline?.folded[group] === 1;
  }

  /** Fold a group, or unfold it. Its heading stays where it is. */
  fold(group: number): void {
    this.refold(group, (outline) => outline.toggle(group));
  }

  private foldAll(folded: boolean): void {
    const { layout, top } = this.grounds;
    if (layout instanceof GroupedLayout) this.refold(layout.groupAt(top), (outline) => outline.foldAll(folded));
  }

  private refold(group: number, change: (outline: Outline) => void): void {
    const before = this.grounds.layout;
    if (!this.outline || !(before instanceof GroupedLayout)) return;
    const below = group < 0 ? 0 : Math.max(0, before.headingTop(group) - this.grounds.top);
    change(this.outline);
    this.grounds.reflow();
    const { layout } = this.grounds;
    if (group >= 0 && layout instanceof GroupedLayout) this.grounds.moveTo(layout.headingTop(group) - below);
  }

  /** Stand the headings of a band, from `top` less `beyond` on; their stage is at `origin`. */
  draw(layout: Layout, top: number, viewport: number, beyond: number, origin: number, cursor: number): void {
    if (!(layout instanceof GroupedLayout)) return;
    const { from, to } = layout.headingBand(top - beyond, viewport + 2 * beyond);
    const wanted = new Set(layout.groups.subarray(from, to));
    for (const [group, heading] of this.headings) if (!wanted.has(group)) this.release(group, heading);
    for (let index = from; index < to; index++) {
      const group = layout.groups[index]!;
      const heading = this.headings.get(group) ?? this.take(group);
      const y = layout.headingTops[index]! - origin;
      if (y !== heading.top) heading.element.style.top = `${y}px`;
      heading.top = y;
      heading.element.setAttribute("aria-expanded", String(!this.outline!.folded[group]));
      heading.element.classList.toggle("active", group === groupOfCursor(cursor));
    }
    for (const heading of this.free) heading.element.hidden = true;
    this.name(layout.groupAt(top));
  }

  /** Put something into each heading, those that are there and those to come. */
  dress(equip: (heading: HTMLElement) => void): void {
    this.equip = equip;
    for (const { element } of [...this.headings.values(), ...this.free]) equip(element);
  }

  /** The group whose heading an element belongs to; −1: none. */
  groupOf(target: EventTarget | null): number {
    const element = target instanceof Element ? target.closest(".group") : null;
    for (const [group, heading] of this.headings) if (heading.element === element) return group;
    return -1;
  }

  /** The element that a cursor stands on, if that is a heading in sight. */
  idOf(cursor: number): string {
    return this.headings.get(groupOfCursor(cursor))?.element.id ?? "";
  }

  private words(group: number): string {
    const { levels, values } = this.outline!;
    const [level, value] = [levels[group]!, values[group]!];
    return clusterName(this.texts, this.clusters, level, value) ?? this.label(level, value);
  }

  private name(group: number): void {
    this.current.hidden = group < 0;
    this.total.hidden = group >= 0;
    if (group >= 0) this.current.setAttribute("aria-expanded", String(!this.outline!.folded[group]));
    if (group === this.at) return;
    this.at = group;
    if (group < 0) return;
    const path = this.outline!.path(group).map((each) => this.words(each)).join(" › ");
    this.current.textContent = `${path} · ${this.texts.number(this.outline!.counts[group]!)}`;
  }

  private take(group: number): Heading {
    const heading = this.free.pop() ?? this.make();
    const { depths, counts, levels, values } = this.outline!;
    const { element, name, count, score, also } = heading;
    score.textContent = clusterScore(this.texts, this.clusters, levels[group]!, values[group]!);
    also.textContent = this.also[group] ?? "";
    name.textContent = this.words(group);
    count.textContent = this.texts.number(counts[group]!);
    element.style.setProperty("--level", String(depths[group]!));
    element.setAttribute("role", this.role);
    for (const part of element.children) {
      if (this.role === "row") part.setAttribute("role", "gridcell");
      else part.removeAttribute("role");
    }
    element.setAttribute("aria-level", String(depths[group]! + 1));
    element.setAttribute("aria-label", [name, count, score].map(({ textContent }) => textContent).filter(Boolean).join(", "));
    element.hidden = false;
    this.headings.set(group, heading);
    return heading;
  }

  private release(group: number, heading: Heading): void {
    this.headings.delete(group);
    this.free.push(heading);
  }

  private empty(): void {
    for (const [group, heading] of this.headings) this.release(group, heading);
    for (const heading of this.free) heading.element.hidden = true;
  }

  private make(): Heading {
    const element = document.createElement("div");
    const [name, count, score, also] = ["name", "count", "score", "also"].map((className) =>
      Object.assign(document.createElement("span"), { className }),
    ) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement];
    element.id = `panoptic-group-${this.made++}`;
    element.className = "group";
    element.setAttribute("aria-selected", "false");
    element.append(name, count, score, also);
    this.equip(element);
    this.stage.append(element);
    return { element, name, count, score, also, top: Number.NaN };
  }
}
