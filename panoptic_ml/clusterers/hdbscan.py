"""HDBSCAN: dense regions are clusters, however many there are; what lies between is noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Clusterer, Floats, Labels
from panoptic_ml.vectors import by_size, fit


class Hdbscan(Clusterer):
    """Chooses the number of clusters itself. Images with few similar ones stay in no cluster, often half of them."""

    id = "hdbscan"

    def cluster(
        self,
        vectors: Floats,
        seed: int,
        min_cluster_size: Annotated[
            int, Field(ge=2, le=100_000, description="Minimum number of images in a cluster")
        ] = 5,
        min_samples: Annotated[
            int | None,
            Field(ge=1, le=1000, description="A higher number leaves more images out; by default the minimum size"),
        ] = None,
        dimensions: Annotated[
            int,
            Field(ge=2, le=4096, description="Reduce vectors to this many dimensions first: faster, with less noise"),
        ] = 50,
    ) -> tuple[Labels, Floats]:
        """Cluster unit vectors. Fewer rows than `min_cluster_size` are all noise."""
        from sklearn.cluster import HDBSCAN

        count = len(vectors)
        if count < min_cluster_size:
            labels = by_size([-1] * count)
        else:
            samples = min(min_samples or min_cluster_size, count)
            model = HDBSCAN(min_cluster_size, min_samples=samples, copy=True)
            labels = by_size(model.fit(reduced(vectors, dimensions, seed)).labels_)
        return labels, fit(vectors, labels)


def reduced(vectors: Floats, dimensions: int, seed: int) -> Floats:
    """Return the vectors on their first principal components; as they are where that leaves none out."""
    from sklearn.decomposition import PCA

    if dimensions >= min(vectors.shape):
        return vectors
    return PCA(dimensions, random_state=seed).fit_transform(vectors)


@hookimpl
def register_clusterers(register: Callable[[type[Clusterer]], None]) -> None:
    register(Hdbscan)
