/** The filter bar is the server's HTML; where scripts change the address, its links and forms are kept true to it. */

import { type Address, addressText } from "../core/address.js";

const isGroup = ([key]: readonly [string, string]): boolean => key === "_group";
const isWhere = ([key]: readonly [string, string]): boolean => key === "_where" || !key.startsWith("_");

/** Rewrite the links that remove a part of the address, and what the forms send along. `href` is the grid at an address. */
export function renewFilters(page: ParentNode, address: Address, href: (address: Address) => string): void {
  const start = { ...address, at: 0 };
  for (const link of page.querySelectorAll<HTMLAnchorElement>("a[data-part]")) {
    link.href = href({ ...start, rest: without(start.rest, link.dataset.part!, Number(link.dataset.index)) });
  }
  for (const form of page.querySelectorAll("form:has([name^='_add_'])")) {
    form.querySelectorAll("input[type=hidden]").forEach((input) => input.remove());
    for (const [name, value] of new URLSearchParams(addressText(start))) {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name, value });
      form.prepend(input);
    }
  }
}

function without(rest: Address["rest"], part: string, index: number): Address["rest"] {
  if (part === "clear") return rest.filter((pair) => !isWhere(pair));
  const isOne = part === "group" ? isGroup : isWhere;
  const gone = rest.filter(isOne)[index];
  return rest.filter((pair) => pair !== gone);
}
