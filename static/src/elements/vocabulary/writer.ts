/** Everything that the tag page writes: a request each, then the tags are read again and what happened is said. */

import { postJson } from "../../core/api.js";
import { type Messages, Texts } from "../../core/i18n.js";
import type { Vocabulary } from "../../core/vocabulary.js";
import type { Answer } from "./dialog.js";

export interface Script {
  readonly base: string;
  readonly property: { readonly id: number; readonly name: string };
  readonly tag: number | null;
  readonly can_edit: boolean;
  readonly language: string;
  readonly messages: Messages;
}

export interface Done {
  readonly id?: number;
  readonly changed: number;
}

export class Writer {
  private readonly texts: Texts;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly script: Script,
    private readonly say: (text: string) => void,
    private readonly renew: () => Promise<void>,
  ) {
    this.texts = new Texts(script.messages, script.language);
  }

  change(id: number, columns: Record<string, string | null>): Promise<Done | null> {
    return this.send(`tags/${id}`, columns);
  }

  async make(name: string, parent: number | null): Promise<number | undefined> {
    return (await this.send("tags", { property: this.script.property.id, name, parent }))?.id;
  }

  move(ids: readonly number[], below: number | null, away: readonly number[]): Promise<Done | null> {
    const [id, ...also] = ids;
    if (below === null && !away.length) return Promise.resolve(null);
    return this.send(`tags/${id}/parents`, { also, add: below === null ? [] : [below], remove: away.filter((one) => one !== below) });
  }

  merge(ids: readonly number[], into: number): Promise<Done | null> {
    const [id, ...also] = ids.filter((one) => one !== into);
    return this.send(`tags/${id}/merge`, { also, into });
  }

  async split(id: number, name: string, query: string): Promise<number | undefined> {
    return (await this.send(`tags/${id}/split`, { name, query }))?.id;
  }

  delete(ids: readonly number[]): Promise<Done | null> {
    const [id, ...also] = ids;
    return this.send(`tags/${id}/delete`, { also });
  }

  /** Do what a question was answered with; return the tag to look at afterwards, null where there is none. */
  async answer(ids: readonly number[], answer: Answer, vocabulary: Vocabulary): Promise<number | null> {
    const { kind, target, also, name, query } = answer;
    if (kind === "delete") await this.delete(ids);
    else if (kind === "split") return (await this.split(ids[0]!, name, query)) ?? null;
    else if (kind === "merge") return (await this.merge(ids, target!)) ? target : null;
    else if (await this.move(ids, target, also ? [] : vocabulary.parentsOf(ids))) return ids[0]!;
    return null;
  }

  undo(): Promise<Done | null> {
    return this.send("undo", {});
  }

  redo(): Promise<Done | null> {
    return this.send("redo", {});
  }

  /** One after the other; null: it was refused, and the reason is said. */
  private send(path: string, body: object): Promise<Done | null> {
    const next = this.last.then(async () => {
      try {
        const done = await postJson<Done>(`${this.script.base}/${path}`, body);
        await this.renew();
        this.say(done.changed ? this.texts.count("ui.tags.done", done.changed) : this.texts.t("ui.tags.nothing_done"));
        return done;
      } catch (error) {
        this.say(this.texts.t("ui.failed", { reason: error instanceof Error ? error.message : String(error) }));
        return null;
      }
    });
    this.last = next;
    return next;
  }
}
