/** Running an action of a plugin: asked by the form of plugins, followed as a job, told with what may be done next. */

import { addressText, DEFAULT_ADDRESS, parseAddress } from "../core/address.js";
import { postJson, reasonOf } from "../core/api.js";
import type { App } from "./grid-page.js";
import type { Subject } from "./subject.js";
import type { Job, JobNotice, Step } from "./job.js";
import { askPlugin } from "./dialogs/plugin-form.js";
import { watchJob } from "./watch-job.js";

export class RunDesk {
  constructor(private readonly app: App) {}

  /** The way to a group from the outermost one: it finds images that come into the group later too. */
  path(group: number): [level: number, value: unknown][] {
    const { outline } = this.app.grid.groups;
    return outline ? outline.path(group).map((each) => [outline.levels[each]!, outline.values[each]]) : [];
  }

  /** Ask which action and how, and run it on some cells. */
  async run(subject: Subject | null, anchor: HTMLElement, path: readonly unknown[] = []): Promise<void> {
    const { texts, project } = this.app;
    if (!subject) return;
    const choice = await askPlugin(this.app, "action", { title: texts.t("ui.run.on", { what: subject.title }), anchor });
    if (!choice) return;
    await this.follow("run", { ...choice, ...subject.target, path }, texts.t("ui.run.running"), project.base);
  }

  /** Start a job, follow it to its end, and tell what came of it. */
  private async follow(path: string, body: object, label: string, base: string): Promise<void> {
    try {
      const { job } = await postJson<{ job: Job }>(`${base}/${path}`, body);
      this.told(await watchJob(this.app, label, `${base}/jobs/${job.id}.json`));
    } catch (error) {
      this.tell(this.app.texts.t("ui.failed", { reason: reasonOf(error) }), [], true);
    }
  }

  private told(job: Job): void {
    const failed = job.state !== "done";
    const words = [`${job.kind_label}: ${failed ? job.state_label : job.report_label}`, failed ? job.message : null].filter(Boolean).join(" · ");
    this.tell(words, failed ? [] : job.notices, failed);
  }

  /** Say something at the foot of the page; it stays until somebody closes it, since it has buttons for what comes next. */
  private tell(words: string, notices: readonly JobNotice[], failed: boolean): void {
    const box = document.createElement("div");
    const close = button("×", () => this.leave(box));
    close.className = "quiet";
    close.setAttribute("aria-label", this.app.texts.t("ui.close"));
    box.className = "panoptic toast run-toast";
    box.append(paragraph(words, failed ? "alert" : "status"));
    for (const { text, steps } of notices) {
      if (text) box.append(paragraph(text, "status"));
      box.append(...steps.map((step) => this.way(step, box)));
    }
    box.append(close);
    for (const old of document.querySelectorAll(".run-toast")) old.remove();
    this.app.append(box);
  }

  private way(step: Step, box: HTMLElement): HTMLElement {
    return button(step.label, () => {
      this.leave(box);
      if (step.fields === null) this.go(step.href);
      else void this.act(step);
    });
  }

  /** The focus was in it: it goes to the grid, whose keys people want next. */
  private leave(box: HTMLElement): void {
    box.remove();
    this.app.grid.focus();
  }

  /** Go to a view of this page without leaving it, and to any other page. */
  private go(href: string): void {
    const { app } = this;
    const url = new URL(href, location.href);
    if (url.pathname !== app.page.base) return location.assign(href);
    const there = parseAddress(url.search);
    const { thumb, language } = app.address;
    const isHere = addressText({ ...app.address, at: 0, thumb: null, layout: {}, language: null }) === addressText({ ...there, layout: {} });
    if (isHere) app.arrange(there.layout);
    else app.navigate({ ...DEFAULT_ADDRESS, ...there, thumb, language, layout: { ...app.address.layout, ...there.layout } });
  }

  private async act({ href, fields, label }: Step): Promise<void> {
    const { project, page, texts } = this.app;
    const path = href.slice(page.base.length + 1);
    if (path !== "undo") return this.follow(path, fields!, label, page.base);
    try {
      await project.undo(Number(fields!["changeset"]));
      this.tell(texts.t("ui.run.undone"), [], false);
    } catch (error) {
      this.tell(texts.t("ui.failed", { reason: reasonOf(error) }), [], true);
    }
  }
}

function paragraph(words: string, role: string): HTMLElement {
  const made = document.createElement("p");
  made.setAttribute("role", role);
  made.textContent = words;
  return made;
}

function button(label: string, act: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}
