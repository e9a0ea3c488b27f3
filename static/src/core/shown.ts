/** The properties that are shown with each cell: `_show` in the address, their names separated by commas. */

import { escaped, nameKey, unescaped } from "./names.js";
import type { Property } from "./project.js";

/** Fields of the system that a table has, after the properties. */
export const SYSTEM_COLUMNS = ["folder", "width", "height", "taken_at"] as const;

/** What files and their sidecars say; where a property has the name of one, that has the longer name. */
const OF_FILES = ["title", "description", "keywords", "creator", "rights", "camera", "lens", "place"];
export const FILE_COLUMNS: readonly string[] = OF_FILES.flatMap((name) => [name, `file_${name}`]);

/** Stands for none at all, where the absent key stands for all of them. */
const NONE = "~";

/** Names in their order; null: the address does not say. */
export function readShown(text: string | undefined): string[] | null {
  if (text === undefined || text === "") return null;
  return text.split(",").flatMap((name) => (name && name !== NONE ? [unescaped(name)] : []));
}

export function writeShown(names: readonly string[]): string {
  return names.map(escaped).join(",") || NONE;
}

/** The fields of names, in their order; names that nothing has are passed over. */
export function fieldsOf(fields: readonly Property[], names: readonly string[]): Property[] {
  const byName = new Map(fields.map((field) => [nameKey(field.name), field]));
  return [...new Set(names.flatMap((name) => byName.get(nameKey(name)) ?? []))];
}

/** What a table shows when the address does not say: every property, then some of what the import found. */
export function allColumns(fields: readonly Property[]): Property[] {
  const properties = fields.filter(({ id }) => id !== null);
  return [...properties, ...fieldsOf(fields, SYSTEM_COLUMNS)];
}
