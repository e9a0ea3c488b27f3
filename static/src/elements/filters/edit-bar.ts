/** Undo, redo, what can be done with all that the view finds, and whether it holds still: at the end of the filters. */

import { html, render } from "lit";
import { everything } from "../subject.js";
import type { Annotating } from "../annotate.js";
import * as icons from "../icons.js";
import type { Live } from "../live.js";
import { type MenuItem, openMenu } from "../dialogs/menu.js";

/** What other tools put into the menu of all that the view finds; `anchor` is its button. */
export const moreForAll: ((anchor: HTMLElement) => readonly MenuItem[])[] = [];

export function equipBar(annotating: Annotating, live: Live): void {
  const { app } = annotating;
  const { texts, page } = app;
  const box = document.createElement("div");
  box.className = "edit-bar";
  (app.querySelector(".panoptic-filters") ?? app.querySelector(".panoptic-bar"))?.append(box);
  const all = (event: Event): void => {
    const subject = everything(app);
    const anchor = event.currentTarget as HTMLElement;
    openMenu(anchor, texts.t("ui.all", { what: subject.title }), [
      { label: texts.t("ui.all.tag"), act: () => void annotating.tag(everything(app)) },
      { label: texts.t("ui.all.stamp"), act: () => void annotating.stamp(everything(app)) },
      ...moreForAll.flatMap((more) => more(anchor)),
      { label: texts.t("ui.select_all"), key: "Ctrl A", act: () => app.grid.selectAll() },
    ]);
  };
  const draw = (): void => {
    const tool = (key: "undo" | "redo") =>
      html`<button type="button" class="quiet" aria-label=${texts.t(`ui.${key}`)} title=${texts.t(`ui.${key}_key`)} @click=${() => void annotating.travel(key)}>
        ${icons[key]}
      </button>`;
    const hold = html`<button
      type="button"
      class="hold"
      aria-pressed=${live.holds}
      title=${texts.t("ui.hold.title")}
      @click=${() => live.hold(!live.holds)}
    >
      ${texts.t("ui.hold")}
    </button>`;
    render(
      html`${page.can_edit
        ? html`${tool("undo")}${tool("redo")}<button type="button" class="all" aria-haspopup="menu" aria-expanded="false" @click=${all}>
              ${texts.t("ui.all", { what: everything(app).title })}
            </button>`
        : ""}${hold}`,
      box,
    );
  };
  live.addEventListener("hold", draw);
  app.addEventListener("app-view", draw);
  draw();
}
