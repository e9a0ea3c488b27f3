/** One line at the foot of the page that says what was done, with a button that takes it back; it leaves by itself. */

import type { Texts } from "../core/i18n.js";

const STAY_MS = 8_000;

export class Toast {
  private readonly box = document.createElement("div");
  private readonly line = document.createElement("p");
  private timer = 0;

  constructor(
    host: HTMLElement,
    private readonly texts: Texts,
  ) {
    this.box.className = "panoptic toast";
    this.box.hidden = true;
    this.line.setAttribute("role", "status");
    const live = document.createElement("div"); // the region that is read aloud is there before its words
    live.append(this.box);
    this.box.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.box.addEventListener("focusin", () => clearTimeout(this.timer));
    this.box.addEventListener("pointerleave", () => this.wait());
    host.append(live);
  }

  show(text: string, action?: { readonly label: string; readonly act: () => void }): void {
    const close = button("×", () => this.hide());
    close.className = "quiet";
    close.setAttribute("aria-label", this.texts.t("ui.close"));
    this.box.hidden = false;
    this.line.textContent = text;
    this.box.replaceChildren(this.line, ...(action ? [button(action.label, action.act)] : []), close);
    this.wait();
  }

  hide(): void {
    clearTimeout(this.timer);
    this.box.hidden = true;
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.box.contains(document.activeElement)) this.wait();
      else this.hide();
    }, STAY_MS);
  }
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}
