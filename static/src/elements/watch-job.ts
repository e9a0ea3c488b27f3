/** A job that was started here: a line at the foot of the page follows it, with a button that stops it. */

import type { App } from "./grid-page.js";
import { type Job, JobLine } from "./job.js";

/** Follow a job to its end and return how it ended. `url` gives its JSON. */
export async function watchJob({ texts }: Pick<App, "texts">, label: string, url: string): Promise<Job> {
  const box = document.createElement("div");
  const line = new JobLine(texts, label);
  box.className = "panoptic toast job-toast";
  line.say(label, null);
  box.append(line.element);
  (document.querySelector("panoptic-app, .panoptic") ?? document.body).append(box);
  try {
    return await line.follow(url);
  } finally {
    box.remove();
  }
}
