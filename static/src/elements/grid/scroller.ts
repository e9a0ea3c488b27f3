/** The elements of a virtual grid: a scroller that takes the keys, a spacer as tall as its content, a stage for the cells. */

export interface Scroller {
  readonly scroller: HTMLElement;
  readonly spacer: HTMLElement;
  readonly stage: HTMLElement;
}

export function makeScroller(): Scroller {
  const [scroller, spacer, stage] = [document.createElement("div"), document.createElement("div"), document.createElement("div")];
  scroller.className = "scroller";
  scroller.tabIndex = 0;
  scroller.setAttribute("role", "listbox");
  scroller.setAttribute("aria-multiselectable", "true");
  spacer.className = "spacer";
  stage.className = "stage";
  for (const element of [spacer, stage]) element.setAttribute("role", "presentation");
  spacer.append(stage);
  scroller.append(spacer);
  return { scroller, spacer, stage };
}
