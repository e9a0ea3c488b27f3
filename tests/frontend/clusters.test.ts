import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clusters, clusterName, clusterScore, runsOf, withClusters, withoutClusters } from "../../static/src/core/clusters.js";
import { Texts } from "../../static/src/core/i18n.js";
import type { Pair } from "../../static/src/core/where.js";

const texts = new Texts(
  { "cluster.noise": "noise", "cluster.unnamed": "Cluster {n}", "cluster.coherence": "coherence {percent} %" },
  "en",
);
const clusters: Clusters = { "1": { "0": ["sea", 0.914], "1": [null, null] } };
const KEYS: readonly Pair[] = [["Topic", "cat"], ["_group", "folder"], ["_group", "cluster_7::!mean:fit_7"], ["_group", "width"]];

test("clusters go by their names, the others by their numbers", () => {
  assert.deepEqual([0, 1, 9, -1].map((label) => clusterName(texts, clusters, 1, label)), ["sea", "Cluster 2", "Cluster 10", "noise"]);
  assert.equal(clusterName(texts, clusters, 0, 0), null);
  assert.equal(clusterName(texts, clusters, 1, null), null);
  assert.deepEqual([0, 1, -1].map((label) => clusterScore(texts, clusters, 1, label)), ["coherence 91 %", "", ""]);
});

test("the levels that are clusters are known", () => {
  assert.deepEqual(runsOf(KEYS), [null, 7, null]);
});

test("clusters stand below the level they were made of, and deeper levels go", () => {
  assert.deepEqual(withClusters(KEYS, 1, 8), [
    ["Topic", "cat"], ["_group", "folder"], ["_group", "cluster_7::!mean:fit_7"], ["_group", "cluster_8::!mean:fit_8"],
  ]);
  assert.deepEqual(withClusters(KEYS, -1, 8), [["Topic", "cat"], ["_group", "cluster_8::!mean:fit_8"]]);
});

test("closed clusters take with them what was within", () => {
  assert.deepEqual(withoutClusters(KEYS, 7), [["Topic", "cat"], ["_group", "folder"]]);
  assert.deepEqual(withoutClusters(KEYS, 9), KEYS);
});
