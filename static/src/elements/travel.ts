/** Undo and redo, told by a toast that offers the way back. */

import { reasonOf, statusOf } from "../core/api.js";
import type { Texts } from "../core/i18n.js";
import type { Project } from "../core/project.js";
import type { Toast } from "./toast.js";

export type Way = "undo" | "redo";

/** Take back a changeset, by default one's own last one, or do again what was taken back. */
export async function travel(project: Project, texts: Texts, toast: Toast, way: Way, changeset?: number): Promise<void> {
  const back: Way = way === "undo" ? "redo" : "undo";
  try {
    const written = await project[way](changeset);
    const words = [texts.count(way === "undo" ? "ui.undone" : "ui.redone", written.changed)];
    if (written.conflicts) words.push(texts.count("ui.conflicts", written.conflicts));
    const returns = (): void => void travel(project, texts, toast, back, written.changeset ?? undefined);
    toast.show(words.join(" · "), { label: texts.t(`ui.${back}`), act: returns });
  } catch (error) {
    const isNothing = statusOf(error) === 404;
    toast.show(isNothing ? texts.t(`ui.no_${way}`) : texts.t("ui.failed", { reason: reasonOf(error) }));
  }
}
