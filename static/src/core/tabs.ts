/** Saved views as values: what of an address is saved, and whether an address says the same as a saved view. */

import { type Address, addressText, parseAddress, queryText } from "./address.js";

export interface Tab {
  readonly id: number;
  readonly name: string;
  /** A query string without layout keys. */
  readonly query: string;
  /** Values of the layout keys that are saved, by key. */
  readonly layout: Readonly<Record<string, string>>;
  /** The grid as it was saved, and the address that follows what the view becomes. */
  readonly href: string;
  readonly link: string;
  /** Null: it cannot be shown, for the reason that `fault` says. */
  readonly count: number | null;
  readonly fault: string;
}

/** The part of an address that saving it keeps, in one spelling: equal texts are equal views in an equal layout. */
export function savedText(address: Address): string {
  const { _tab: _, ...layout } = address.layout;
  const rest = [...address.rest].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); // stable: levels of groups stay in order
  return addressText({ ...address, rest, layout, at: 0, language: null });
}

/** A saved view as an address, its tab open. */
export function addressOf({ id, query, layout }: Tab): Address {
  const address = parseAddress([query, new URLSearchParams(layout).toString()].filter(Boolean).join("&"));
  return { ...address, layout: { ...address.layout, _tab: String(id) } };
}

export function isChanged(tab: Tab, address: Address): boolean {
  return savedText(addressOf(tab)) !== savedText(address);
}

/** Whether an address asks for nothing: every instance by id. */
export function isPlain(address: Address): boolean {
  return queryText(address) === "";
}

/** The page of two grids. A side is the id of a saved view, or a query string. */
export function splitHref(base: string, left: string, right: string): string {
  return `${base}/split?${new URLSearchParams({ left, right })}`;
}

/** How a side of a split view says what the page shows: the saved view as long as it is as saved. */
export function sideOf(tab: Tab | undefined, address: Address): string {
  return tab && !isChanged(tab, address) ? String(tab.id) : addressText({ ...address, at: 0, language: null });
}
