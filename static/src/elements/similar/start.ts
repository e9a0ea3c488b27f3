/**
 * Ways to a view of what is similar: the selection bar and `M`, a text after `~` in the search box, a picture that is
 * pasted; and the bar and the scores of such a view.
 */

import type { App } from "../grid-page.js";
import { isTyping } from "../../core/image-keys.js";
import { HELP_SIMILAR } from "../../core/keys.js";
import { type Example, examplesOfWords, MOST_EXAMPLES, similarOf } from "../../core/similar.js";
import { chosen } from "../subject.js";
import type { PanopticHelp } from "../dialogs/help.js";
import type { PanopticSelection } from "../selection-bar.js";
import { button } from "../selection-tools.js";
import { Badges } from "./badges.js";
import { SimilarBar } from "./bar.js";
import { selectedExamples } from "./selection.js";

const SIGN = "~";

export function startSimilar(app: App): void {
  const bar = new SimilarBar(app);
  new Badges(app);
  const these = (isNegative: boolean): void => void compare(app, bar, isNegative);
  offer(app, these);
  searchByText(app, bar);
  window.addEventListener("paste", (event) => pasted(event, bar));
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key.toLowerCase() !== "m" || document.querySelector("dialog[open], :popover-open, [role=menu]")) return;
    event.preventDefault();
    these(event.shiftKey);
  });
  const help = app.querySelector<PanopticHelp>("panoptic-help");
  if (help) help.more = [...help.more, ["ui.similar.bar", HELP_SIMILAR]];
}

/** Show what is similar to the chosen cells; as negative examples they are added to those of the view. */
async function compare(app: App, bar: SimilarBar, isNegative: boolean): Promise<void> {
  const found = await selectedExamples(app, isNegative).catch(() => null);
  if (!found) return;
  const now = similarOf(app.address);
  if (isNegative && !now) return bar.examples.tell(app.texts.t("ui.similar.need"));
  if (chosen(app)!.count > MOST_EXAMPLES) bar.examples.tell(app.texts.t("ui.similar.too_many", { n: MOST_EXAMPLES }));
  if (isNegative) bar.examples.add(found);
  else await bar.compare(found);
}

/** A button in the selection bar, which those who do not annotate have without other tools. */
function offer(app: App, these: (isNegative: boolean) => void): void {
  const bar = app.querySelector<PanopticSelection>("panoptic-selection");
  if (!bar) return;
  const similar = button(app.texts.t("ui.similar.these"), "M", () => undefined);
  similar.title = app.texts.t("ui.similar.these_title");
  similar.addEventListener("click", (event) => these(event.shiftKey));
  if (!bar.tools) {
    bar.tools = document.createElement("div");
    bar.tools.className = "selection-tools";
  }
  (bar.tools.querySelector(".more") ?? bar.tools).append(similar);
}

/** In the search box, what follows `~` is looked for in pictures. The form below it never hears of it. */
function searchByText(app: App, bar: SimilarBar): void {
  const form = app.querySelector<HTMLFormElement>(".panoptic-filters form.search");
  const input = form?.querySelector<HTMLInputElement>("input[type=search]");
  if (!form || !input) return;
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "by-text";
  toggle.textContent = SIGN;
  toggle.title = app.texts.t("ui.similar.search");
  toggle.setAttribute("aria-label", toggle.title);
  const isOn = (): boolean => input.value.trimStart().startsWith(SIGN);
  const show = (): void => toggle.setAttribute("aria-pressed", String(isOn()));
  const go = (): void => {
    const examples = examplesOfWords(input.value.trimStart().slice(SIGN.length));
    if (!examples.some(({ isNegative }) => !isNegative)) return;
    input.value = "";
    show();
    app.grid.focus();
    void bar.compare(withPictures(app, examples));
  };
  for (const name of ["input", "change", "submit"]) {
    form.addEventListener(
      name,
      (event) => {
        show();
        if (!isOn()) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        if (name === "submit") go();
      },
      { capture: true },
    );
  }
  toggle.addEventListener("click", () => {
    input.value = isOn() ? input.value.trimStart().slice(SIGN.length).trimStart() : `${SIGN} ${input.value}`;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
  show();
  form.append(toggle);
}

/** The examples of a new text beside the pictures that the view is measured from: this one, but at night. */
function withPictures(app: App, texts: readonly Example[]): Example[] {
  return [...(similarOf(app.address)?.examples ?? []).filter(({ kind }) => kind !== "text"), ...texts];
}

function pasted(event: ClipboardEvent, bar: SimilarBar): void {
  if (event.defaultPrevented || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const picture = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  if (!picture) return;
  event.preventDefault();
  void bar.examples.send(picture);
}
