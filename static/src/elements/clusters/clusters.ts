/**
 * Clusters in the grid: create some of a group or of the view, name and merge them, put images elsewhere, save them as tags.
 * What is done is told by a toast that takes it back.
 */

import { queryText } from "../../core/address.js";
import { getJson, postJson, reasonOf, statusOf } from "../../core/api.js";
import type { App } from "../grid-page.js";
import { clusterName, NOISE, runsOf, withClusters, withoutClusters } from "../../core/clusters.js";
import type { Written } from "../../core/project.js";
import { chosen, everything, groupSubject } from "../subject.js";
import { askMerge, askName, askTags } from "./dialogs.js";
import type { Job } from "../job.js";
import type { MenuItem } from "../dialogs/menu.js";
import { askPlugin } from "../dialogs/plugin-form.js";
import { Toast } from "../toast.js";
import { travel } from "../travel.js";
import { watchJob } from "../watch-job.js";

interface Edited extends Written {
  /** What `restore` takes to make it as it was. */
  readonly undo: object;
}

interface Ran {
  readonly clustering: number;
  readonly clusters: number;
}

export class ClusterDesk {
  private readonly toast: Toast;

  constructor(private readonly app: App) {
    this.toast = new Toast(app, app.texts);
  }

  /** Ask how, then cluster the cells below a heading, or with −1 all that the view finds, and show what came of it. */
  async create(group: number, anchor: HTMLElement): Promise<void> {
    const { app, toast } = this;
    const { texts, project } = app;
    const subject = group < 0 ? everything(app) : groupSubject(app, group);
    const outline = app.grid.groups.outline;
    const level = group < 0 || !outline ? -1 : outline.levels[group]!;
    const path = group < 0 || !outline ? [] : outline.path(group).map((each) => [outline.levels[each], outline.values[each]]);
    const asked = queryText(app.address);
    const choice = await askPlugin(app, "clusterer", { title: texts.t("ui.cluster.create_of", { what: subject?.title ?? "" }), anchor });
    if (!choice || !subject) return;
    try {
      const { url } = await postJson<{ url: string }>(`${project.base}/cluster`, { ...choice, ...subject.target, path });
      const job = await watchJob(app, texts.t("ui.cluster.running"), url);
      if (job.state !== "done") return toast.show([job.state_label, job.message].filter(Boolean).join(" · "));
      const ran = job.report as unknown as Ran;
      const show = (): void => app.navigate({ rest: withClusters(app.address.rest, level, ran.clustering) });
      const words = [texts.count("ui.cluster.done", ran.clusters), ...job.notices.map(({ text }) => text)].filter(Boolean).join(" · ");
      if (queryText(app.address) !== asked) return toast.show(words, { label: texts.t("ui.cluster.show"), act: show });
      show();
      toast.show(words, this.next(job));
      app.grid.focus();
    } catch (error) {
      this.failed(error);
    }
  }

  /** What the menu of a heading has besides, where the group is a cluster. */
  items(group: number, anchor: HTMLElement): MenuItem[] {
    const { app } = this;
    const { texts, page } = app;
    const create = { label: texts.t("ui.cluster.create"), act: () => void this.create(group, anchor) };
    const first = page.can_run ? [create] : [];
    const found = this.clusterAt(group);
    if (!found) return first;
    const { run, label, name } = found;
    const close = { label: texts.t("ui.cluster.close"), act: () => app.navigate({ rest: withoutClusters(app.address.rest, run) }) };
    if (!page.can_edit) return [...first, close];
    const items: MenuItem[] = [...first];
    if (label !== NOISE) {
      items.push(
        { label: texts.t("ui.cluster.rename"), act: () => this.rename(run, label, name, anchor) },
        { label: texts.t("ui.cluster.merge"), act: () => this.merge(group, run, label, name, anchor) },
      );
    }
    if (app.grid.selection.count) {
      const act = (): void => void this.edit(`${run}/move`, { label, ...chosen(app)!.target }, texts.t("ui.cluster.moved", { name }));
      items.push({ label: texts.t("ui.cluster.move"), act });
    }
    return [...items, { label: texts.t("ui.cluster.save"), act: () => this.save(run, anchor) }, close];
  }

  /** Leave out all levels of clusters of the view. */
  close(): void {
    const { app } = this;
    const run = runsOf(app.address.rest).find((each) => each !== null);
    if (run !== undefined) app.navigate({ rest: withoutClusters(app.address.rest, run) });
  }

  /** What a job proposes to do next, as a toast offers it. */
  private next({ notices }: Job): { label: string; act: () => void } | undefined {
    const step = notices.flatMap(({ text, steps }) => (text ? steps : [])).find(({ fields }) => fields !== null);
    const act = (): void => void postJson(step!.href, step!.fields).then(() => this.toast.hide(), (error: unknown) => this.failed(error));
    return step && { label: step.label, act };
  }

  private clusterAt(group: number): { run: number; label: number; name: string } | null {
    const { app } = this;
    const { outline } = app.grid.groups;
    const level = outline?.levels[group];
    const value = outline?.values[group];
    const run = level === undefined ? null : runsOf(app.address.rest)[level];
    const name = level === undefined ? null : clusterName(app.texts, app.view?.header.clusters, level, value ?? null);
    return run == null || name === null ? null : { run, label: Number(value), name };
  }

  private rename(run: number, label: number, name: string, anchor: HTMLElement): void {
    const { texts } = this.app;
    askName(this.app, name, anchor, (given) =>
      this.edit(`${run}/clusters`, { label, name: given }, texts.t("ui.cluster.renamed", { name: given || name })),
    );
  }

  private merge(group: number, run: number, label: number, name: string, anchor: HTMLElement): void {
    const { app } = this;
    const level = app.grid.groups.outline!.levels[group]!;
    const clusters = app.view?.header.clusters;
    const others = Object.keys(clusters?.[level] ?? {}).map(Number).filter((each) => each !== label);
    const named = others.map((each) => ({ label: each, name: clusterName(app.texts, clusters, level, each)! }));
    askMerge(app, name, named, anchor, (into) =>
      this.edit(`${run}/merge`, { labels: [label], into: into.label }, app.texts.t("ui.cluster.merged", { name, into: into.name })),
    );
  }

  private save(run: number, anchor: HTMLElement): void {
    const { app, toast } = this;
    const { texts, project } = app;
    const runs = runsOf(app.address.rest);
    const within = runs.slice(runs.indexOf(run) + 1).filter((each) => each !== null);
    void getJson<{ name: string }>(`${project.base}/clusterings/${run}.json`).then(({ name }) =>
      askTags(app, name, anchor, async (property, isNested) => {
        const body = { property, is_nested: isNested, within };
        const { changeset, changed } = await project.write(`clusterings/${run}/save`, body);
        if (changeset === null) return toast.show(texts.t("ui.no_change"));
        const words = [texts.t("ui.cluster.saved", { property }), texts.count("ui.changed", changed)].join(" · ");
        toast.show(words, { label: texts.t("ui.undo"), act: () => void travel(project, texts, toast, "undo", changeset) });
      }),
    );
  }

  /** Change a run, and offer to take that back. */
  private async edit(path: string, body: object, said: string): Promise<void> {
    const { app, toast } = this;
    const { texts, project } = app;
    const run = path.split("/")[0]!;
    try {
      const { undo, changed } = (await project.write(`clusterings/${path}`, body)) as Edited;
      if (!changed) return toast.show(texts.t("ui.no_change"));
      const back = (): void => {
        toast.hide();
        project.write(`clusterings/${run}/restore`, undo).catch((error: unknown) => this.failed(error));
      };
      toast.show(said, { label: texts.t("ui.undo"), act: back });
    } catch (error) {
      if (statusOf(error) === 409) void app.reread();
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.toast.show(this.app.texts.t("ui.failed", { reason: reasonOf(error) }));
  }
}
