/** The panel of properties as values: what stands under which heading, what a move makes of that, and trees of tags. */

import type { Property, PropertyGroup, Tag } from "./project.js";

/** The first heading is no group: its id and name are null. */
export interface Heading {
  readonly id: number | null;
  readonly name: string | null;
  readonly properties: readonly Property[];
}

export type Order = readonly { readonly group: number | null; readonly properties: readonly number[] }[];

export function headingsOf(properties: readonly Property[], groups: readonly PropertyGroup[]): Heading[] {
  return [{ id: null, name: null }, ...groups].map(({ id, name }) => ({
    id,
    name,
    properties: properties.filter(({ group }) => group === name),
  }));
}

export function orderOf(headings: readonly Heading[]): Order {
  return headings.map(({ id, properties }) => ({ group: id, properties: properties.map((property) => property.id!) }));
}

/** The order with a property put before another one, or at the end of a group (`before` null). */
export function withProperty(order: Order, id: number, group: number | null, before: number | null): Order {
  if (before === id) return order;
  return order.map((heading) => {
    const properties = heading.properties.filter((each) => each !== id);
    if (heading.group !== group) return { ...heading, properties };
    const at = before === null ? properties.length : properties.indexOf(before);
    return { ...heading, properties: properties.toSpliced(at, 0, id) };
  });
}

/** The order with a group, and all that stands under it, put before another group, or at the end. */
export function withGroup(order: Order, id: number, before: number | null): Order {
  const moved = order.find(({ group }) => group === id);
  if (!moved || before === id) return order;
  const rest = order.filter((heading) => heading !== moved);
  const at = before === null ? rest.length : rest.findIndex(({ group }) => group === before);
  return rest.toSpliced(at, 0, moved);
}

export interface TagLine {
  readonly tag: Tag;
  readonly level: number;
  readonly isLeaf: boolean;
  /** Names from the top to the tag: the same tag may stand below several. */
  readonly path: string;
}

/** The visible lines of a tree of tags, depth first: what is below the paths that are open. */
export function treeOf(tags: readonly Tag[], open: ReadonlySet<string>): TagLine[] {
  const below = new Map<string, Tag[]>();
  for (const tag of tags) {
    for (const parent of tag.parents.length ? tag.parents : [""]) {
      const siblings = below.get(parent);
      if (siblings) siblings.push(tag);
      else below.set(parent, [tag]);
    }
  }
  const lines: TagLine[] = [];
  const walk = (parent: string, level: number, above: string): void => {
    for (const tag of below.get(parent) ?? []) {
      const path = `${above}/${tag.name}`;
      const isLeaf = !below.has(tag.name);
      lines.push({ tag, level, isLeaf, path });
      if (!isLeaf && open.has(path)) walk(tag.name, level + 1, path);
    }
  };
  walk("", 1, "");
  return lines;
}
