"""Agglomerative clustering: from the most similar pair up, until as many clusters are left as people choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Clusterer, Floats, Labels, Refused
from panoptic_ml.vectors import by_size, fit

#: All pairs are compared: that many images take 1.6 GB and about a minute.
MAX_ROWS = 20_000


class Agglomerative(Clusterer):
    """Merges the most similar images, then groups of them, down to the number of clusters you set."""

    id = "agglomerative"

    def cluster(
        self,
        vectors: Floats,
        n_clusters: Annotated[int, Field(ge=2, le=10_000, description="Number of clusters")] = 10,
        linkage: Annotated[
            Literal["ward", "average", "complete"],
            Field(description="How to compare two clusters: increase in variance, mean pair, least similar pair"),
        ] = "ward",
    ) -> tuple[Labels, Floats]:
        """Cluster unit vectors. Fewer rows than `n_clusters` are a cluster each."""
        from sklearn.cluster import AgglomerativeClustering

        if len(vectors) > MAX_ROWS:
            raise Refused(
                f"compares all pairs, which takes too long for {len(vectors):,} images (the limit is {MAX_ROWS:,}): "
                "use `kmeans`, or cluster a part"
            )
        if len(vectors) < 2:
            labels = by_size([0] * len(vectors))
        else:
            model = AgglomerativeClustering(min(n_clusters, len(vectors)), linkage=linkage).fit(vectors)
            labels = by_size(model.labels_)
        return labels, fit(vectors, labels)


@hookimpl
def register_clusterers(register: Callable[[type[Clusterer]], None]) -> None:
    register(Agglomerative)
