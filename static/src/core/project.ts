/**
 * What there is to say in a project, what is said of cells, and the one way to say more. Whoever shows any of it listens
 * to `change`: somebody, here or elsewhere, has changed the project.
 */

import { getJson, isAbort, postJson } from "./api.js";

export type FieldType = "text" | "number" | "date" | "tag" | "multi_tags" | "url" | "color" | "checkbox";

export interface Property {
  /** Null: a field of the system, which nobody changes. */
  readonly id: number | null;
  readonly name: string;
  readonly type: FieldType;
  readonly scope: "image" | "instance";
  readonly group: string | null;
  readonly position: number | null;
  readonly description: string | null;
}

export interface Tag {
  readonly id: number;
  readonly name: string;
  readonly color: string | null;
  readonly description: string | null;
  readonly parents: readonly string[];
  /** Images or instances that have it, and that have it or a tag below it. */
  readonly count: number;
  readonly count_below: number;
}

export interface Operator {
  readonly key: string;
  readonly operands: "none" | "one" | "two" | "list";
}

/** A heading that properties stand under. */
export interface PropertyGroup {
  readonly id: number;
  readonly name: string;
}

/** A field of a stored run: nobody is offered it, and views have it. */
export type Derived = Pick<Property, "id" | "name" | "type"> & { readonly title: string };

interface Known {
  readonly fields: readonly Property[];
  readonly derived: readonly Derived[];
  readonly groups: readonly PropertyGroup[];
  readonly operators: Readonly<Record<FieldType, readonly Operator[]>>;
}

/** Tags of a selection are `{id, name, color}`; integers beyond 2^53 are texts. */
export type Said = string | number | boolean | readonly Pick<Tag, "id" | "name" | "color">[];
/** By property id; what is unset is absent. */
export type Values = Readonly<Record<string, Said>>;

export interface Saying {
  readonly act: "set" | "add" | "remove" | "erase";
  /** Of the property. */
  readonly name: string;
  /** As a person writes it; several tags are separated by commas. */
  readonly text?: string;
  /** Of tags that are added and not there yet. */
  readonly color?: string;
}

/** What is meant: all that a query string finds, or ranges of positions `[start, stop)` in the view it had at a version. */
export interface Target {
  readonly query: string;
  readonly positions?: readonly (readonly [number, number])[];
  readonly version?: string;
}

export interface Written {
  readonly changeset: number | null;
  readonly changed: number;
  readonly conflicts: number;
  readonly version: string;
  /** Of what was made. */
  readonly id?: number;
}

const POLL_MS = 1_200;

export const hasTags = ({ type }: Pick<Property, "type">): boolean => type === "tag" || type === "multi_tags";

/** Dispatches `change` {detail: version}: after each write from here at once, after others' within POLL_MS. */
export class Project extends EventTarget {
  private known: Promise<Known> | null = null;
  private readonly tagLists = new Map<number, Promise<readonly Tag[]>>();

  /** `base`: path of the project's pages; `version`: what the page shows. */
  constructor(
    readonly base: string,
    public version: string,
  ) {
    super();
  }

  /** All fields, those of the system first, then the properties in their order. */
  async fields(): Promise<readonly Property[]> {
    return (await this.know()).fields;
  }

  /** The fields of stored runs, with what they go by. */
  async derived(): Promise<readonly Derived[]> {
    return (await this.know()).derived;
  }

  async properties(): Promise<readonly Property[]> {
    return (await this.fields()).filter(({ id }) => id !== null);
  }

  /** The headings of properties in order, those without properties too. */
  async groups(): Promise<readonly PropertyGroup[]> {
    return (await this.know()).groups;
  }

  async operators(): Promise<Known["operators"]> {
    return (await this.know()).operators;
  }

  /** The tags of a property in the order of people. */
  tags(propertyId: number): Promise<readonly Tag[]> {
    return this.keep(this.tagLists, propertyId, async () => {
      const { tags } = await getJson<{ tags: Tag[] }>(`${this.base}/tags.json?property=${propertyId}`);
      return tags;
    });
  }

  annotate(target: Target, sayings: readonly Saying[], tool: string): Promise<Written> {
    return this.write("annotate", { ...target, sayings, tool });
  }

  /** Take back a changeset, or one's own last one. */
  undo(changeset?: number): Promise<Written> {
    return this.write("undo", changeset === undefined ? {} : { changeset });
  }

  redo(changeset?: number): Promise<Written> {
    return this.write("redo", changeset === undefined ? {} : { changeset });
  }

  /** POST to an address below the project's pages that changes something. */
  async write(path: string, body: object): Promise<Written> {
    const written = await postJson<Written>(`${this.base}/${path}`, body);
    this.moved(written.version);
    return written;
  }

  /** Ask for the version again and again while the page is looked at; the promise settles when the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (document.hidden || signal.aborted) continue;
      try {
        const { version, is_final: isFinal } = await getJson<{ version: string; is_final: boolean }>(`${this.base}/version.json`, signal);
        this.moved(version);
        if (isFinal) return; // a published file stays as it is
      } catch (error) {
        if (isAbort(error)) return; // a server that is away for a while is asked again
      }
    }
  }

  private moved(version: string): void {
    if (version === this.version) return;
    this.version = version;
    this.known = null;
    this.tagLists.clear();
    this.dispatchEvent(new CustomEvent("change", { detail: version }));
  }

  private know(): Promise<Known> {
    this.known ??= getJson<Known>(`${this.base}/properties.json`).catch((error: unknown) => {
      this.known = null; // a failure is not kept
      throw error;
    });
    return this.known;
  }

  private keep<T>(kept: Map<number, Promise<T>>, key: number, read: () => Promise<T>): Promise<T> {
    const found = kept.get(key) ?? read();
    kept.set(key, found);
    found.catch(() => kept.delete(key));
    return found;
  }
}
