"""k-means: a number of clusters that people choose, every image in one of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Clusterer, Floats, Labels
from panoptic_ml.vectors import by_size, fit


class KMeans(Clusterer):
    """As many clusters as you say, every image in one of them."""

    id = "kmeans"

    def cluster(
        self,
        vectors: Floats,
        seed: int,
        n_clusters: Annotated[int, Field(ge=2, le=10_000, description="How many clusters")] = 10,
    ) -> tuple[Labels, Floats]:
        """Cluster unit vectors. Fewer rows, or fewer that differ, than `n_clusters` make fewer clusters."""
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        if len(vectors) == 0:
            return by_size([]), fit(vectors, by_size([]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # fewer rows that differ than clusters
            model = KMeans(min(n_clusters, len(vectors)), random_state=seed).fit(vectors)
        labels = by_size(model.labels_)
        return labels, fit(vectors, labels)


@hookimpl
def register_clusterers(register: Callable[[type[Clusterer]], None]) -> None:
    register(KMeans)
