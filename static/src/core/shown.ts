/** The properties that are shown with each cell: `_show` in the address, their names separated by commas. */

import type { Property } from "./project.js";

/** Fields of the system that a table has, after the properties. */
export const SYSTEM_COLUMNS = ["folder", "width", "height", "taken_at"] as const;

/** Stands for none at all, where the absent key stands for all of them. */
const NONE = "~";

/** Names in their order; null: the address does not say. */
export function readShown(text: string | undefined): string[] | null {
  if (text === undefined || text === "") return null;
  return text.split(",").flatMap((name) => (name && name !== NONE ? [plain(name)] : []));
}

export function writeShown(names: readonly string[]): string {
  return names.map(safe).join(",") || NONE;
}

/** The fields of names, in their order; names that nothing has are passed over. */
export function fieldsOf(fields: readonly Property[], names: readonly string[]): Property[] {
  const byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
  return [...new Set(names.flatMap((name) => byName.get(name.toLowerCase()) ?? []))];
}

/** What a table shows when the address does not say: every property, then some of what the import found. */
export function allColumns(fields: readonly Property[]): Property[] {
  const properties = fields.filter(({ id }) => id !== null);
  return [...properties, ...fieldsOf(fields, SYSTEM_COLUMNS)];
}

/** Characters of the query's grammar are written ~XX in names, as the server does. */
function safe(name: string): string {
  return name.replace(/[~,;()=:!]/g, (letter) => `~${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

function plain(text: string): string {
  return text.replace(/~([0-9A-F]{2})/g, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
}
