/** One job on the page: its progress while it runs, a way to stop it, and what came of it. */

import { getJson, postJson } from "../core/api.js";
import type { Texts } from "../core/i18n.js";

/** Something to do next: a link, or with `fields` something that is posted. */
export interface Step {
  readonly label: string;
  readonly href: string;
  readonly fields: Readonly<Record<string, string>> | null;
}

export interface JobNotice {
  readonly text: string;
  readonly level: string;
  readonly steps: readonly Step[];
}

export interface Job {
  readonly id: number;
  readonly kind_label: string;
  readonly state: string;
  readonly state_label: string;
  readonly is_open: boolean;
  /** Percent; null: not known yet. */
  readonly share: number | null;
  readonly progress_label: string;
  /** Rate and remaining time. */
  readonly pace_label: string;
  readonly notices: readonly JobNotice[];
  readonly message: string | null;
  readonly report_label: string;
  readonly report: Readonly<Record<string, unknown>> | null;
  readonly cancel_url: string | null;
}

const POLL_MS = 600;

export class JobLine {
  readonly element = document.createElement("div");
  private readonly words = document.createElement("p");
  private readonly bar = document.createElement("progress");
  private readonly stop = document.createElement("button");

  constructor(texts: Texts, label: string) {
    this.element.className = "panoptic-job";
    this.words.setAttribute("role", "status");
    this.bar.max = 100;
    this.bar.setAttribute("aria-label", label);
    this.stop.type = "button";
    this.stop.textContent = texts.t("jobs.cancel");
    this.stop.hidden = true;
    this.element.append(this.words, this.bar, this.stop);
  }

  /** Say something while there is no job yet; `share` in percent. */
  say(words: string, share: number | null): void {
    this.words.textContent = words;
    if (share === null) this.bar.removeAttribute("value");
    else this.bar.value = share;
  }

  fail(words: string): void {
    this.words.textContent = words;
    this.element.classList.add("failed");
    this.bar.hidden = this.stop.hidden = true;
  }

  /** Follow a job to its end and return how it ended. `address` gives its JSON. */
  async follow(address: string, stop: (url: string) => Promise<unknown> = (url) => postJson(url, {})): Promise<Job> {
    let job: Job;
    this.stop.addEventListener("click", () => {
      this.stop.disabled = true;
      void stop(this.stop.value).catch(() => (this.stop.disabled = false));
    });
    for (;;) {
      job = await getJson<Job>(address);
      this.show(job);
      if (!job.is_open) return job;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  private show(job: Job): void {
    const what = [job.report_label || job.progress_label, job.pace_label, job.message].filter(Boolean).join(" · ");
    this.say(job.is_open ? `${job.state_label} · ${what}` : what || job.state_label, job.share);
    this.bar.hidden = !job.is_open;
    this.stop.hidden = !job.cancel_url;
    this.stop.value = job.cancel_url ?? "";
    if (job.state === "failed") this.element.classList.add("failed");
  }
}
