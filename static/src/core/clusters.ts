/** Groups that are clusters of a stored run: run 7 gives the fields `cluster_7` and `fit_7`. */

import { type Grouping, readGroupings, replaceGroupings } from "./groupings.js";
import type { GroupValue } from "./group-words.js";
import type { Texts } from "./i18n.js";
import type { Pair } from "./where.js";

/** By level of groups, counted from 0, and label: name, null where nobody has named it, and coherence. */
export type Clusters = Readonly<Record<string, Readonly<Record<string, readonly [name: string | null, coherence: number | null]>>>>;

export const NOISE = -1;

/** The run whose clusters a field is; null: it is another field. */
export function runOf(field: string): number | null {
  const match = /^cluster_(\d+)$/i.exec(field);
  return match ? Number(match[1]) : null;
}

/** The runs of an address's levels of groups, null for the others. */
export function runsOf(pairs: readonly Pair[]): (number | null)[] {
  return readGroupings(pairs).map(({ field }) => runOf(field));
}

/** What a group is called whose level is one of clusters; null: its level is none. */
export function clusterName(texts: Texts, clusters: Clusters | undefined, level: number, value: GroupValue): string | null {
  const named = clusters?.[level];
  if (!named || value === null) return null;
  if (value === NOISE) return texts.t("cluster.noise");
  return named[value]?.[0] ?? texts.t("cluster.unnamed", { n: Number(value) + 1 });
}

/** How coherent a cluster is, in words; empty where nobody knows. */
export function clusterScore(texts: Texts, clusters: Clusters | undefined, level: number, value: GroupValue): string {
  const coherence = clusters?.[level]?.[String(value)]?.[1];
  return coherence == null ? "" : texts.t("cluster.coherence", { percent: Math.round(100 * coherence) });
}

/** The keys of an address with the clusters of a run below the groups of a level, −1 for the view; deeper levels go. */
export function withClusters(pairs: readonly Pair[], level: number, run: number): Pair[] {
  const by: Grouping = { field: `cluster_${run}`, step: "", order: "mean", descending: true, of: `fit_${run}` };
  return replaceGroupings(pairs, [...readGroupings(pairs).slice(0, level + 1), by]);
}

/** The keys of an address without the clusters of a run and what is within them. */
export function withoutClusters(pairs: readonly Pair[], run: number): Pair[] {
  const levels = readGroupings(pairs);
  const at = levels.findIndex(({ field }) => runOf(field) === run);
  return replaceGroupings(pairs, at < 0 ? levels : levels.slice(0, at));
}
