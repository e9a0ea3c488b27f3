/** A short menu at a button: arrows move, Enter or a click chooses, Escape closes. */

import { beside } from "./beside.js";

export interface MenuItem {
  readonly label: string;
  readonly key?: string;
  readonly act: () => void;
}

export function openMenu(anchor: HTMLElement, label: string, items: readonly MenuItem[]): void {
  const menu = document.createElement("div");
  menu.className = "panoptic menu";
  menu.popover = "auto";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", label);
  for (const item of items) menu.append(entry(item, menu));
  menu.addEventListener("keydown", (event) => move(event, menu));
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    const held = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (held) anchor.focus({ preventScroll: true });
  });
  (anchor.closest("dialog") ?? document.querySelector("panoptic-app, .panoptic") ?? document.body).append(menu);
  anchor.setAttribute("aria-haspopup", "menu");
  anchor.setAttribute("aria-expanded", "true");
  menu.showPopover();
  beside(menu, anchor);
  (menu.firstElementChild as HTMLElement | null)?.focus();
}

function entry({ label, key, act }: MenuItem, menu: HTMLElement): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.setAttribute("role", "menuitem");
  button.append(label);
  if (key) {
    const hint = document.createElement("kbd");
    hint.textContent = key;
    hint.setAttribute("aria-hidden", "true");
    button.append(hint);
  }
  button.addEventListener("click", () => {
    menu.hidePopover();
    act();
  });
  return button;
}

function move(event: KeyboardEvent, menu: HTMLElement): void {
  const buttons = [...menu.querySelectorAll<HTMLElement>("button")];
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  event.stopPropagation();
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  buttons.at(to % buttons.length)?.focus();
}
