"""What the built-in clusterers find, and how they take what is small, equal or too much."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.metrics import adjusted_rand_score

from panoptic_ml import guard, vectors
from panoptic_ml.clusterers import agglomerative, kmeans
from panoptic_ml.guard import PluginFault
from panoptic_ml.registry import installed
from panoptic_ml.testing import check_clusterer
from panoptic_ml.types import Floats, Hashes, Labels

NAMES = ("kmeans", "hdbscan", "agglomerative", "duplicates", "near-duplicates")
BY_VECTORS = ("kmeans", "hdbscan", "agglomerative")
COUNTED = ("kmeans", "agglomerative")


def cluster(
    name: str, rows: Floats, settings: Mapping[str, object] | None = None, *, seed: int = 0
) -> tuple[Labels, Floats]:
    listed = installed().clusterers[name]
    return guard.cluster(listed, listed.parameters.parse(settings or {}), vectors=rows, seed=seed)


def clouds(sizes: tuple[int, ...] = (30, 20, 10), dimension: int = 64) -> tuple[Floats, Labels]:
    """Return rows around as many directions as there are sizes, shuffled, and which is of which."""
    random = np.random.default_rng(1)
    truth = random.permutation(np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))
    middles = random.normal(size=(len(sizes), dimension))
    return vectors.normalise(middles[truth] + random.normal(scale=0.3, size=(len(truth), dimension))), truth


@pytest.mark.parametrize("name", NAMES)
def test_every_clusterer_keeps_its_promises(name: str) -> None:
    check_clusterer(installed().clusterers[name].target)


@pytest.mark.parametrize("name", BY_VECTORS)
def test_clouds_are_found_largest_first(name: str) -> None:
    rows, truth = clouds()
    labels, scores = cluster(name, rows, {"n_clusters": 3} if name in COUNTED else {})
    assert adjusted_rand_score(truth, labels) > 0.95
    sizes = np.bincount(labels[labels >= 0])
    assert sizes.tolist() == sorted(sizes, reverse=True)
    assert scores == pytest.approx(vectors.fit(rows, labels))
    assert vectors.coherence(labels, scores).min() > 0.8


@pytest.mark.parametrize("linkage", ["ward", "average", "complete"])
def test_each_linkage_finds_clouds(linkage: str) -> None:
    rows, truth = clouds()
    labels, _ = cluster("agglomerative", rows, {"n_clusters": 3, "linkage": linkage})
    assert adjusted_rand_score(truth, labels) == 1


def test_k_means_is_as_tight_as_scikit_learns() -> None:
    rows = vectors.normalise(np.random.default_rng(3).normal(size=(400, 16)))
    ours, theirs = [], []
    for seed in range(12):
        labels, fits = cluster("kmeans", rows, {"n_clusters": 7}, seed=seed)
        ours.append(fits.mean())
        theirs.append(vectors.fit(rows, KMeans(7, random_state=seed).fit(rows).labels_).mean())
    assert np.mean(ours) == pytest.approx(np.mean(theirs), rel=0.01)
    assert (labels != cluster("kmeans", rows, {"n_clusters": 7}, seed=0)[0]).any()


def test_k_means_begins_as_far_apart_as_scikit_learns() -> None:
    rows, _ = clouds((400, 60, 40, 30, 20, 10))

    def left(chosen: Floats) -> float:
        return float(np.square(rows[:, None] - chosen).sum(axis=2).min(axis=1).sum())

    seeds = range(30)
    ours = np.mean([left(kmeans.spread(rows, 6, np.random.RandomState(seed))) for seed in seeds])
    theirs = np.mean([left(kmeans_plusplus(rows, 6, random_state=seed)[0]) for seed in seeds])
    by_chance = np.mean([left(np.random.default_rng(seed).choice(rows, 6, replace=False)) for seed in seeds])
    assert ours == pytest.approx(theirs, rel=0.03)
    assert ours < by_chance * 0.9


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("count", range(4))
def test_fewer_rows_than_clusters_are_a_cluster_each(name: str, count: int) -> None:
    rows = np.eye(count, 8, dtype=np.float32)
    labels, scores = cluster(name, rows, {"n_clusters": 10})
    assert sorted(labels) == list(range(count))
    assert scores == pytest.approx(np.ones(count))


def test_equal_rows_are_one_cluster() -> None:
    assert set(cluster("kmeans", np.repeat(clouds()[0][:1], 30, axis=0), {"n_clusters": 5})[0]) == {0}


def test_a_cloud_with_stragglers_leaves_noise() -> None:
    rows, truth = clouds((60, 60), 64)
    random = np.random.default_rng(2)
    stragglers = vectors.normalise(random.normal(size=(10, 64)))
    labels, scores = cluster("hdbscan", np.concatenate([rows, stragglers]), {"min_cluster_size": 15, "dimensions": 10})
    assert (labels[120:] == -1).mean() > 0.7
    assert adjusted_rand_score(truth, labels[:120]) > 0.8
    assert not scores[labels == -1].any()


def test_fewer_than_the_smallest_cluster_are_noise() -> None:
    labels, _ = cluster("hdbscan", clouds()[0][:4], {"min_cluster_size": 5})
    assert labels.tolist() == [-1] * 4


def test_all_pairs_of_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agglomerative, "MAX_ROWS", 50)
    with pytest.raises(PluginFault) as raised:
        cluster("agglomerative", clouds()[0])
    assert str(raised.value) == (
        "clusterer `agglomerative`: compares all pairs, which takes too long for 60 images (the limit is 50): "
        "use `kmeans`, or cluster a part"
    )


def find(hashes: Hashes, distance: int) -> tuple[Labels, Floats]:
    listed = installed().clusterers["duplicates"]
    return guard.cluster(listed, listed.parameters.parse({"distance": distance}), hashes=hashes, seed=0)


def test_scores_of_duplicates_fall_with_the_bits_that_differ_from_the_first() -> None:
    parent = 0x0123456789ABCDEF
    labels, scores = find(np.array([*[parent] * 3, parent ^ 1, parent ^ 7, ~parent % 2**64], np.uint64), 4)
    assert labels.tolist() == [0, 0, 0, 0, 0, -1]
    assert scores.tolist() == [1, 1, 1, 63 / 64, 61 / 64, 0]


def test_pictures_of_one_colour_are_no_duplicates() -> None:
    labels, _ = find(np.array([0, 0, 1 << 63, 2**64 - 1, 2**64 - 1], np.uint64), 11)
    assert labels.tolist() == [-1] * 5


def test_near_duplicates_are_near_the_first_of_their_cluster() -> None:
    angles = np.radians([0, 10, 15, 25, 100, 100])
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    labels, scores = cluster("near-duplicates", rows, {"min_similarity": 0.95})
    assert labels.tolist() == [0, 0, 0, -1, 1, 1], "25° is near 15°, which is in the cluster of 0°"
    assert scores == pytest.approx([1, *np.cos(angles[1:3]), 0, 1, 1], abs=1e-6)
