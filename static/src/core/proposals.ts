/** Images that are proposed for a group: what they are proposed for, what is asked about them, and what is answered. */

import { getJson } from "./api.js";
import type { Grouping } from "./groupings.js";
import { sameName } from "./names.js";
import type { Outline } from "./outline.js";
import type { Project, Property, Written } from "./project.js";

/** What a group's images have in common: values of properties, outermost first. */
export type GroupName = readonly (readonly [property: string, value: string])[];

export interface Proposal {
  readonly image_id: number;
  readonly probability: number;
  readonly similarity: number;
  readonly name: string;
  readonly sha1: string;
  readonly color: string;
}

/** So many are at least as probable as the threshold, and this share of them may be wrong. */
export interface Estimate {
  readonly threshold: number;
  readonly count: number;
  readonly wrong: number;
}

export interface Space {
  readonly id: number;
  readonly label: string;
  readonly images: number;
}

export interface Answer {
  readonly space: number;
  readonly rows: readonly Proposal[];
  readonly counts: Readonly<Record<"candidates" | "members" | "accepted" | "refused" | "unchecked", number>>;
  readonly estimates: readonly Estimate[];
}

export interface Wishes {
  readonly first: "best" | "uncertain";
  /** Null: the project's first. */
  readonly space: number | null;
  /** The query that they come from; null: all images. */
  readonly within: string | null;
}

const LIMIT = 24;
const MARK = "suggest";

/** What the images of a group have in common; empty where that is nothing that somebody could say of others too. */
export function groupAt(outline: Outline, group: number, groupings: readonly Grouping[], properties: readonly Property[]): GroupName {
  const values = new Map<number, string | number | null>();
  for (const each of outline.path(group)) values.set(outline.levels[each]!, outline.values[each]!); // of a tree the deepest
  const named = [...values].map(([level, value]) => {
    const { field = "", step = "" } = groupings[level] ?? {};
    const property = properties.find(({ name }) => sameName(name, field));
    const isSaid = property && value !== null && value !== "" && (!step || step === "tree");
    return isSaid ? ([property.name, String(value)] as const) : null;
  });
  return named[named.length - 1] ? named.filter((each) => each !== null) : []; // within a cluster nothing is proposed
}

/** The group that the part of an address after its `#` asks to be shown; null: none. */
export function groupOfHash(hash: string): GroupName | null {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const [names, values] = [asked.getAll("property"), asked.getAll("value")];
  return asked.has(MARK) && names.length && names.length === values.length ? names.map((name, at) => [name, values[at]!] as const) : null;
}

interface Done {
  readonly changeset: number | null;
  readonly images: readonly number[];
}

/** One group's questions and answers; what was answered here can be taken back in turn. */
export class ProposalDesk {
  private readonly done: Done[] = [];

  constructor(
    private readonly project: Project,
    readonly group: GroupName,
  ) {}

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  read({ first, space, within }: Wishes, signal: AbortSignal): Promise<Answer> {
    const asked = new URLSearchParams(this.group.flatMap(([name, value]) => [["property", name], ["value", value]]));
    asked.set("order", first);
    asked.set("limit", String(LIMIT));
    if (space !== null) asked.set("space", String(space));
    if (within !== null) asked.set("query", within);
    return getJson<Answer>(`${this.project.base}/recommend.json?${asked}`, signal);
  }

  /** The embedding spaces that there is something in. */
  async spaces(): Promise<Space[]> {
    const { rows } = await getJson<{ rows: Space[] }>(`${this.project.base}/spaces.json`);
    return rows.filter(({ images }) => images > 0);
  }

  accept(images: readonly number[], space: number): Promise<Written> {
    return this.write("accept", { images, space: String(space) }, images);
  }

  refuse(images: readonly number[]): Promise<Written> {
    return this.write("refuse", { images }, images);
  }

  acceptAll(atLeast: number, space: number, within: string | null): Promise<Written> {
    return this.write("accept-all", { at_least: atLeast, space: String(space), query: within }, []);
  }

  /** Take back the last answer that was given here. */
  async undo(): Promise<Written | null> {
    const last = this.done.pop();
    if (!last) return null;
    if (last.changeset !== null) return this.project.undo(last.changeset);
    return this.project.write("recommend/forget", { group: this.group, images: last.images });
  }

  private async write(answer: string, body: object, images: readonly number[]): Promise<Written> {
    const written = await this.project.write(`recommend/${answer}`, { group: this.group, ...body });
    if (written.changeset !== null || answer === "refuse") this.done.push({ changeset: written.changeset, images });
    return written;
  }
}
