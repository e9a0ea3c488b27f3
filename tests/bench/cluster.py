"""What a stored run costs over scikit-learn called directly on the same vectors: reading, checking, naming, storing.

Both are done in turn, so that the ratio holds on any machine; the imports of scikit-learn count for neither.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np

from datasette_panoptic.jobs.cluster import run as cluster
from datasette_panoptic.jobs.cluster_input import ClusterRequest
from tests.clustered import embed
from tests.rows import Folder, Instance, Picture, empty, fill

from .figures import Figure, table

#: Our time over that of scikit-learn alone.
MOST = 1.10
DIMENSION = 256
SEED = 0


def run(images: int = 10_000, repeats: int = 5) -> list[Figure]:
    """Measure k-means and HDBSCAN on so many images in as many bunches as photographs may fall into."""
    random = np.random.default_rng(SEED)
    centres = random.normal(size=(60, DIMENSION))
    vectors = centres[random.integers(0, len(centres), images)] + random.normal(scale=0.9, size=(images, DIMENSION))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    conn = empty()
    fill(conn, [Folder("all")], [Picture()] * images, [Instance(n, 0, f"picture {n:06}.jpg") for n in range(images)])
    embed(conn, vectors)
    figures = []
    for name, params, alone in (
        ("kmeans", {"n_clusters": 50}, lambda: kmeans(vectors, 50)),
        ("hdbscan", {"min_cluster_size": 5, "dimensions": 50}, lambda: hdbscan(vectors, 5, 50)),
    ):
        asked = ClusterRequest(name, params, seed=SEED)

        def whole(asked: ClusterRequest = asked) -> Any:
            return cluster(conn, asked)

        ours, theirs = in_turn(whole, alone, repeats)
        figures += [
            Figure(f"{name}, {images:,} images: scikit-learn alone", theirs, "s"),
            Figure(f"{name}, {images:,} images: a stored run", ours, "s"),
            Figure(f"{name}, {images:,} images: over scikit-learn alone", ours / theirs, "×", at_most=MOST),
        ]
    conn.close()
    return figures


def kmeans(vectors: np.ndarray, clusters: int) -> object:
    from sklearn.cluster import KMeans

    return KMeans(clusters, random_state=SEED).fit(vectors)


def hdbscan(vectors: np.ndarray, smallest: int, dimensions: int) -> object:
    from sklearn.cluster import HDBSCAN
    from sklearn.decomposition import PCA

    reduced = PCA(dimensions, random_state=SEED).fit_transform(vectors)
    return HDBSCAN(smallest, min_samples=smallest, copy=True).fit(reduced)


def in_turn(first: Callable[[], object], second: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the medians of the seconds that two take, after each has been done once."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(repeats + 1):
        for work, into in zip((first, second), seconds, strict=True):
            start = time.perf_counter()
            work()
            if turn:
                into.append(time.perf_counter() - start)
    return median(seconds[0]), median(seconds[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cluster", description=__doc__)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    print(table(run(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
