/** What happened, for ears and, where something failed, for eyes. */

import type { Address } from "../core/address.js";
import type { Texts } from "../core/i18n.js";

export class Status {
  private readonly quiet = document.createElement("p");
  private readonly failure = document.createElement("div");

  constructor(
    host: HTMLElement,
    private readonly texts: Texts,
  ) {
    this.quiet.className = "unseen";
    this.quiet.setAttribute("role", "status");
    this.failure.className = "failure";
    this.failure.setAttribute("role", "alert");
    host.append(this.quiet, this.failure);
  }

  shown(count: number, address: Address): void {
    this.failure.replaceChildren();
    this.quiet.textContent = this.texts.count(address.mode === "images" ? "counts.images" : "counts.instances", count);
  }

  selected(count: number): void {
    this.quiet.textContent = this.texts.count("ui.selected", count);
  }

  failed(error: unknown, again: () => void): void {
    const text = document.createElement("p");
    text.textContent = this.texts.t("ui.failed", { reason: error instanceof Error ? error.message : String(error) });
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = this.texts.t("ui.retry");
    button.addEventListener("click", () => {
      this.failure.replaceChildren();
      again();
    });
    this.failure.replaceChildren(text, button);
  }
}
