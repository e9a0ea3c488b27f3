/**
 * `<panoptic-import>`: the server's forms that add images, made to send files in batches, to take what is dropped on the
 * page, and to show how it goes. Event: `panoptic-imported`, when a job has added something.
 */

import { postForm } from "../core/api.js";
import type { Texts } from "../core/i18n.js";
import { readPage, textsOf } from "../core/page.js";
import { batches } from "../core/upload.js";
import { listenForDrops } from "./drop.js";
import { type Job, JobLine } from "./job.js";

export class PanopticImport extends HTMLElement {
  private texts!: Texts;
  private details!: HTMLDetailsElement;

  connectedCallback(): void {
    const details = this.querySelector("details");
    if (details && !this.details) this.enliven(details);
  }

  private enliven(details: HTMLDetailsElement): void {
    this.details = details;
    this.texts = textsOf(readPage());
    this.addEventListener("submit", (event) => this.submitted(event));
    const input = this.querySelector<HTMLInputElement>("input[type=file]");
    if (!input?.form) return;
    const form = input.form;
    const choose = document.createElement("p");
    choose.textContent = this.texts.t("ui.import.drop_hint");
    form.prepend(choose);
    for (const button of form.querySelectorAll<HTMLElement>("button, [type=submit]")) button.hidden = true; // choosing is sending
    input.addEventListener("change", () => {
      void this.send(form.action, [...(input.files ?? [])]);
      input.value = "";
    });
    const veil = document.createElement("div");
    veil.className = "drop-veil";
    veil.hidden = true;
    veil.textContent = this.texts.t("ui.import.drop");
    this.append(veil);
    listenForDrops(veil, ({ files, passedOver }) => void this.send(form.action, files, passedOver));
  }

  private submitted(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (form.enctype === "multipart/form-data") return; // without files there is nothing to send
    event.preventDefault();
    void this.run(this.line(), () => postForm<{ job: Job }>(form.action, new FormData(form)));
  }

  /** Upload files, then follow the job that imports them. */
  private async send(url: string, files: File[], passedOver = 0): Promise<void> {
    const line = this.line();
    if (passedOver) {
      const note = document.createElement("p");
      note.textContent = this.texts.count("ui.import.passed_over", passedOver);
      this.details.append(note);
    }
    if (!files.length) return line.fail(this.texts.t("ui.import.nothing"));
    let upload = "";
    const discard = (): void => {
      const form = new FormData();
      form.set("upload", upload);
      if (upload) navigator.sendBeacon(`${url}/discard`, form);
    };
    window.addEventListener("pagehide", discard);
    await this.run(line, async () => {
      const cut = batches(files);
      let sent = 0;
      for (const [index, batch] of cut.entries()) {
        line.say(this.texts.t("ui.import.sending", { n: sent, count: files.length }), (100 * sent) / files.length);
        const form = new FormData();
        if (upload) form.set("upload", upload);
        if (index === cut.length - 1) form.set("start", "1");
        for (const file of batch) form.append("files", file, file.name);
        const answer = await postForm<{ upload?: string; job?: Job }>(url, form).catch((error: unknown) => {
          discard();
          throw error;
        });
        upload = answer.job ? "" : (answer.upload ?? "");
        if (answer.job) return { job: answer.job };
        sent += batch.length;
      }
      throw new Error(this.texts.t("ui.import.nothing"));
    });
    window.removeEventListener("pagehide", discard);
  }

  private async run(line: JobLine, start: () => Promise<{ job: Job }>): Promise<void> {
    try {
      const { job } = await start();
      const ended = await line.follow(`${this.jobsUrl}/${job.id}.json`);
      if (ended.state === "failed") return;
      this.dispatchEvent(new CustomEvent("panoptic-imported", { bubbles: true }));
    } catch (error) {
      line.fail(this.texts.t("ui.failed", { reason: error instanceof Error ? error.message : String(error) }));
    }
  }

  private get jobsUrl(): string {
    return this.dataset.jobs ?? "";
  }

  private line(): JobLine {
    this.details.open = true;
    const line = new JobLine(this.texts, this.texts.t("import.title"));
    this.details.append(line.element);
    return line;
  }
}
