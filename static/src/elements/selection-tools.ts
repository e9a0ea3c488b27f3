/** What can be done with a selection, beside its count in the selection bar; and the tags that digits are bound to. */

import type { Annotating } from "./annotate.js";

/** Buttons of other tools, to be there before the selection's are made. */
export const buttonsForSelection: { readonly label: string; readonly act: (button: HTMLElement) => void }[] = [];

export class SelectionTools {
  /** Its `.more` is for buttons of other tools. */
  readonly element = document.createElement("div");
  private readonly strip = document.createElement("div");

  constructor(private readonly annotating: Annotating) {
    const { texts } = annotating.app;
    this.element.className = "selection-tools";
    this.strip.className = "favourites";
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", texts.t("ui.favourites"));
    const more = document.createElement("span");
    more.className = "more";
    for (const { label, act } of buttonsForSelection) {
      const made = button(label, "", () => act(made));
      more.append(made);
    }
    this.element.append(
      button(texts.t("ui.tag"), "T", () => void annotating.tag()),
      button(texts.t("ui.stamp"), "S", () => void annotating.stamp()),
      more,
      this.strip,
    );
    annotating.addEventListener("favourites", () => this.draw());
    this.draw();
  }

  private draw(): void {
    const { annotating } = this;
    const { texts } = annotating.app;
    const bound = Object.entries(annotating.favourites).map(([digit, { name, color }]) => {
      const add = button(name, digit, () => void annotating.favour(Number(digit), "add"));
      add.title = texts.t("ui.favourite.add", { tag: name });
      if (color) add.style.setProperty("--tag", color);
      return add;
    });
    this.strip.replaceChildren(...bound);
  }
}

export function button(label: string, key: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.append(label);
  if (key) {
    const hint = document.createElement("kbd");
    hint.textContent = key;
    hint.setAttribute("aria-hidden", "true");
    made.append(hint);
  }
  made.addEventListener("click", act);
  return made;
}
