/** A dialog with a form that writes something: it stays open, and says why, where that fails. */

import { html, render, type TemplateResult } from "lit";
import { reasonOf } from "../../core/api.js";
import type { Texts } from "../../core/i18n.js";
import * as icons from "../icons.js";

export interface Question {
  readonly title: string;
  readonly body: TemplateResult;
  /** What the button says. */
  readonly act: string;
  /** What it does cannot be seen before it is done: its button looks so. */
  readonly isGrave?: boolean;
}

let asked = 0;

export function ask(host: Element, texts: Texts, question: Question, submit: (form: FormData) => Promise<void>): void {
  const dialog = document.createElement("dialog");
  const title = `panoptic-ask-${++asked}`;
  dialog.className = "panoptic ask";
  dialog.setAttribute("aria-labelledby", title);
  const fault = document.createElement("p");
  fault.className = "fault";
  fault.setAttribute("role", "alert");
  const submitted = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    fault.textContent = "";
    try {
      await submit(new FormData(event.target as HTMLFormElement));
      dialog.close();
    } catch (error) {
      fault.textContent = reasonOf(error);
    }
  };
  const close = texts.t("ui.close");
  render(
    html`<form @submit=${submitted}>
      <header>
        <h2 id=${title}>${question.title}</h2>
        <button type="button" class="quiet" aria-label=${close} title=${close} @click=${() => dialog.close()}>${icons.close}</button>
      </header>
      ${question.body} ${fault}
      <footer><button class=${question.isGrave ? "main alarm" : "main"}>${question.act}</button></footer>
    </form>`,
    dialog,
  );
  host.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  dialog.querySelector<HTMLElement>("input, select, textarea, .main")?.focus();
}
