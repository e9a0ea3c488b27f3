/** The page's URL as a value. The query string is the only view state: what it says is what the page shows. */

import type { Mode } from "./codec.js";
import { keyName, readName } from "./names.js";

/** A field's name, or `random`. */
export interface Sort {
  readonly key: string;
  readonly descending: boolean;
}

export interface Address {
  readonly mode: Mode;
  /** Ascending ids; empty: every folder. */
  readonly folders: readonly number[];
  /** The first decides, ties go to the next; none: by id. */
  readonly sorts: readonly Sort[];
  /** With a sort by `random` only. */
  readonly seed: number | null;
  /** Wished size of a cell in CSS pixels; null: the default. */
  readonly thumb: number | null;
  /** First visible position. */
  readonly at: number;
  /** How the view is shown, by key: see LAYOUT_KEYS. Nothing of it changes which cells there are. */
  readonly layout: Readonly<Record<string, string>>;
  /** Keys of the query that this page does not edit, in their order. */
  readonly rest: readonly (readonly [string, string])[];
  readonly language: string | null;
}

/** Grid or table, the properties shown with each cell, the fields counted beside the grid, the saved view that is open. */
export const LAYOUT_KEYS = ["_view", "_show", "_facets", "_tab"] as const;
export type LayoutKey = (typeof LAYOUT_KEYS)[number];

export const THUMB_MIN = 60;
export const THUMB_USUAL = 160;
export const THUMB_MAX = 400;

export const DEFAULT_ADDRESS: Address = {
  mode: "instances",
  folders: [],
  sorts: [],
  seed: null,
  thumb: null,
  at: 0,
  layout: {},
  rest: [],
  language: null,
};

export function clampThumb(pixels: number): number {
  return Math.min(THUMB_MAX, Math.max(THUMB_MIN, Math.round(pixels)));
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function isLayoutKey(key: string): key is LayoutKey {
  return (LAYOUT_KEYS as readonly string[]).includes(key);
}

/** The order of the ids, which any view has without being asked. */
function isUsual([first, second]: readonly Sort[]): boolean {
  return !first || (first.key === "id" && !first.descending && !second);
}

export const isShuffled = ({ sorts }: Pick<Address, "sorts">): boolean => sorts.some(({ key }) => key === "random");

/** Read a query string. Malformed values of layout keys are ignored: the server has already refused bad query keys. */
export function parseAddress(search: string): Address {
  const address = { ...DEFAULT_ADDRESS };
  const folders = new Set<number>();
  const rest: [string, string][] = [];
  const sorts: Sort[] = [];
  const layout: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(search)) {
    const number = wholeNumber(value);
    if (key === "_mode") address.mode = value === "images" ? "images" : "instances";
    else if (key === "_folder" && number !== null) folders.add(number);
    else if (key === "_sort" || key === "_sort_desc") sorts.push({ key: readName(value), descending: key === "_sort_desc" });
    else if (key === "_seed") address.seed = number;
    else if (key === "_thumb") address.thumb = number === null ? null : clampThumb(number);
    else if (key === "_at") address.at = number ?? 0;
    else if (key === "_lang") address.language = value;
    else if (isLayoutKey(key)) layout[key] = value;
    else rest.push([key, value]);
  }
  return { ...address, folders: [...folders].sort((a, b) => a - b), sorts: isUsual(sorts) ? [] : sorts, layout, rest };
}

/** The part that selects and orders: what `view`, folder counts and image pages take. Equal views give equal text. */
export function queryText(address: Address): string {
  return queryParams(address).toString();
}

function queryParams(address: Address): URLSearchParams {
  const params = new URLSearchParams(address.rest.map(([key, value]) => [key, value]));
  if (address.mode === "images") params.append("_mode", "images");
  for (const folder of address.folders) params.append("_folder", String(folder));
  if (!isUsual(address.sorts)) {
    for (const { key, descending } of address.sorts) params.append(descending ? "_sort_desc" : "_sort", keyName(key));
  }
  if (isShuffled(address) && address.seed !== null) params.append("_seed", String(address.seed));
  return params;
}

/** The whole query string, without the question mark. */
export function addressText(address: Address): string {
  const params = queryParams(address);
  for (const key of LAYOUT_KEYS) if (address.layout[key]) params.append(key, address.layout[key]);
  if (address.thumb !== null) params.append("_thumb", String(address.thumb));
  if (address.at > 0) params.append("_at", String(address.at));
  if (address.language !== null) params.append("_lang", address.language);
  return params.toString();
}

/** Join a path and a query string that may be empty. */
export function withQuery(path: string, query: string): string {
  return query ? `${path}${path.includes("?") ? "&" : "?"}${query}` : path;
}
