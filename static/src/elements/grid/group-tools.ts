/** The buttons in the headings of groups: tag the group, and a menu of what else can be done with it. */

import type { App } from "../grid-page.js";
import { groupSubject } from "../subject.js";
import type { Annotating } from "../annotate.js";
import { type MenuItem, openMenu } from "../dialogs/menu.js";

/** What other tools put into the menu of a heading; `anchor` is its button. */
export const moreForGroups: ((group: number, anchor: HTMLElement) => readonly MenuItem[])[] = [];
/** Buttons of other tools in each heading, beside the one that tags; to be there before headings are equipped. */
export const buttonsForGroups: { readonly className: string; readonly label: string; readonly act: (group: number, button: HTMLElement) => void }[] = [];

export function equipGroups(app: App, annotating: Annotating): void {
  const { texts, grid } = app;
  const made = (className: string, label: string, words: string, act: (group: number, button: HTMLElement) => void): HTMLElement => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className, tabIndex: -1, textContent: words, title: label });
    button.setAttribute("aria-label", label);
    button.addEventListener("click", (event) => {
      event.stopPropagation(); // the heading itself folds
      act(grid.groups.groupOf(button), button);
    });
    return button;
  };
  const choose = (group: number, button: HTMLElement): void => {
    const outline = grid.groups.outline;
    if (!outline) return;
    const [from, count] = [outline.starts[group]!, outline.counts[group]!];
    openMenu(button, texts.t("ui.group.menu"), [
      { label: texts.t("ui.group.tag"), key: "T", act: () => void annotating.tag(groupSubject(app, group)) },
      { label: texts.t("ui.group.stamp"), key: "S", act: () => void annotating.stamp(groupSubject(app, group)) },
      { label: texts.t("ui.group.select"), act: () => grid.select(grid.selection.add(from, from + count)) },
      { label: texts.t("ui.group.deselect"), act: () => grid.select(grid.selection.remove(from, from + count)) },
      ...moreForGroups.flatMap((more) => more(group, button)),
    ]);
  };
  grid.groups.dress((heading) => {
    const tools = document.createElement("span");
    tools.className = "group-tools";
    tools.append(
      made("tag-group", texts.t("ui.group.tag"), texts.t("ui.group.tag"), (group) => void annotating.tag(groupSubject(app, group))),
      ...buttonsForGroups.map(({ className, label, act }) => made(className, label, label, act)),
      made("quiet group-menu", texts.t("ui.group.menu"), "⋯", choose),
    );
    heading.append(tools);
  });
}
