/** A vocabulary as the page sees it: tags, the tree they stand in, and the rows that are in sight. */

import { fold } from "./tag-match.js";

export interface Term {
  readonly id: number;
  readonly name: string;
  readonly color: string | null;
  readonly description: string | null;
  readonly uri: string | null;
  readonly parents: readonly string[];
  readonly parent_ids: readonly number[];
  /** Images or instances that have it, and that have it or a tag below it. */
  readonly count: number;
  readonly count_below: number;
}

export type SortKey = "name" | "count";

/** A tag in one of its places: it stands below each of its parents. */
export interface Row {
  /** The ids from the top down: what tells two places of a tag apart. */
  readonly key: string;
  readonly tag: Term;
  /** The tag that it stands below here; 0: none. */
  readonly parent: number;
  readonly level: number;
  readonly index: number;
  readonly siblings: number;
  readonly leaf: boolean;
}

export class Vocabulary {
  readonly byId: ReadonlyMap<number, Term>;
  private readonly children = new Map<number, Term[]>();
  private folded: readonly string[] | null = null;

  /** `tags` come in the order of their names. */
  constructor(
    readonly tags: readonly Term[],
    readonly sort: SortKey,
  ) {
    const sorted = sort === "name" ? tags : [...tags].sort((a, b) => b.count_below - a.count_below);
    this.byId = new Map(sorted.map((tag) => [tag.id, tag]));
    for (const tag of sorted) {
      for (const parent of tag.parent_ids.length ? tag.parent_ids : [0]) {
        const siblings = this.children.get(parent);
        if (siblings) siblings.push(tag);
        else this.children.set(parent, [tag]);
      }
    }
  }

  /** What stands directly below a tag; 0: at the top. */
  below(id: number): readonly Term[] {
    return this.children.get(id) ?? [];
  }

  /** The rows in sight, depth first, where the places in `open` show what is below them. */
  rows(open: ReadonlySet<string>): Row[] {
    const rows: Row[] = [];
    const visit = (parent: number, path: string, level: number): void => {
      const siblings = this.below(parent);
      siblings.forEach((tag, index) => {
        const key = path ? `${path}/${tag.id}` : String(tag.id);
        const leaf = !this.children.has(tag.id);
        rows.push({ key, tag, parent, level, index, siblings: siblings.length, leaf });
        if (!leaf && open.has(key)) visit(tag.id, key, level + 1);
      });
    };
    visit(0, "", 1);
    return rows;
  }

  /** The tags whose names contain what is typed, whatever its case and accents, as rows without a tree. */
  search(typed: string): Row[] {
    const wanted = fold(typed.trim());
    const tags = [...this.byId.values()];
    this.folded ??= tags.map(({ name }) => fold(name));
    const found = tags.filter((_, at) => this.folded![at]!.includes(wanted));
    return found.map((tag, index) => ({
      key: String(tag.id), tag, parent: tag.parent_ids[0] ?? 0, level: 1, index, siblings: found.length, leaf: true, // prettier-ignore
    }));
  }

  /** Whether a tag is another one or stands below it. */
  isBelow(id: number, top: number): boolean {
    const seen = new Set<number>();
    const waiting = [id];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (next === top) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...(this.byId.get(next)?.parent_ids ?? []));
    }
    return false;
  }

  /** The tags that any of some stand directly below. */
  parentsOf(ids: Iterable<number>): number[] {
    return [...new Set([...ids].flatMap((id) => this.byId.get(id)?.parent_ids ?? []))];
  }

  /** The first place of a tag, from the top down along first parents. */
  placeOf(id: number): string {
    const path = [id];
    for (let up = this.byId.get(id)?.parent_ids[0]; up && !path.includes(up); up = this.byId.get(up)?.parent_ids[0]) path.unshift(up);
    return path.join("/");
  }
}

/** The places above one. */
export function above(key: string): string[] {
  const ids = key.split("/");
  return ids.slice(1).map((_, at) => ids.slice(0, at + 1).join("/"));
}
