"""k-means: a number of clusters that people choose, every image in one of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Clusterer, Floats, Labels
from panoptic_ml.vectors import by_size, fit


class KMeans(Clusterer):
    """Puts every image in one of the number of clusters you set."""

    id = "kmeans"

    def cluster(
        self,
        vectors: Floats,
        seed: int,
        n_clusters: Annotated[int, Field(ge=2, le=10_000, description="Number of clusters")] = 10,
    ) -> tuple[Labels, Floats]:
        """Cluster unit vectors. Fewer rows, or fewer that differ, than `n_clusters` make fewer clusters."""
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        if len(vectors) == 0:
            return by_size([]), fit(vectors, by_size([]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # fewer rows that differ than clusters
            model = KMeans(min(n_clusters, len(vectors)), init=spread, n_init=1, random_state=seed).fit(vectors)
        labels = by_size(model.labels_)
        return labels, fit(vectors, labels)


def spread(rows: Floats, n_clusters: int, random_state: np.random.RandomState) -> Floats:
    """Return rows to begin with that are far from each other, (n_clusters, dim): the greedy k-means++.

    Source: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding" (2007); of a few candidates in each
    step the best is taken, as many as scikit-learn takes. Its own way converts all rows to float64 in every step, which
    costs several times what the clustering does; for where to begin float32 is exact enough.
    """
    squares = np.einsum("ij,ij->i", rows, rows)
    trials = 2 + int(np.log(n_clusters))
    chosen = [int(random_state.randint(len(rows)))]
    nearest = distances(rows, squares, np.array(chosen))[:, 0]
    while len(chosen) < n_clusters:
        summed = np.cumsum(nearest, dtype=np.float64)
        drawn = np.searchsorted(summed, random_state.uniform(size=trials) * summed[-1])
        candidates = np.minimum(drawn, len(rows) - 1)
        left = np.minimum(distances(rows, squares, candidates), nearest[:, None])
        best = int(left.sum(axis=0, dtype=np.float64).argmin())
        nearest = left[:, best]
        chosen.append(int(candidates[best]))
    return rows[chosen]


def distances(rows: Floats, squares: Floats, chosen: npt.NDArray[np.intp]) -> Floats:
    """Return the squared distance of each row to each chosen one, (n, chosen); `squares` has the rows' own."""
    distances: Floats = squares[:, None] + squares[chosen] - 2 * (rows @ rows[chosen].T)
    return np.maximum(distances, 0, out=distances)


@hookimpl
def register_clusterers(register: Callable[[type[Clusterer]], None]) -> None:
    register(KMeans)
