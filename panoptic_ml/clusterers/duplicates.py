"""Duplicates: images that are near the first of their cluster, by perceptual hashes or by vectors.

Give the copies that are worth most first: each cluster is led by its first row, and nothing near it leads another. What
has no copy stays in no cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np
from pydantic import Field

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.representatives import by_hashes, by_vectors
from panoptic_ml.types import Clusterer, Floats, Hashes, Labels


class Duplicates(Clusterer):
    """Finds copies of one picture: re-encoded, resized or toned. Images without a copy stay in no cluster."""

    id = "duplicates"

    def cluster(
        self,
        hashes: Hashes,
        distance: Annotated[
            int,
            Field(
                ge=0, le=11, description="Maximum number of bits, of 64, by which a copy may differ from the best copy"
            ),
        ] = 4,
    ) -> tuple[Labels, Floats]:
        """Cluster 64-bit hashes; a score is the share of bits that are as in the first of the cluster.

        Hashes with all bits alike, but for one, are of pictures of one colour and tell nothing: they are noise.
        """
        bits = np.bitwise_count(hashes)
        telling = np.flatnonzero((bits > 1) & (bits < 63))
        labels, scores = np.full(len(hashes), -1, np.int32), np.zeros(len(hashes), np.float32)
        labels[telling], scores[telling] = by_hashes(hashes[telling], distance)
        return labels, scores


class NearDuplicates(Clusterer):
    """Finds pictures that look almost the same to an embedder, cropped, mirrored and retouched copies included."""

    id = "near-duplicates"

    def cluster(
        self,
        vectors: Floats,
        seed: int,
        min_similarity: Annotated[
            float, Field(ge=0.5, le=1, description="Minimum similarity of a copy to the best copy")
        ] = 0.95,
    ) -> tuple[Labels, Floats]:
        """Cluster unit vectors; a score is the cosine with the first of the cluster."""
        return by_vectors(vectors, min_similarity, seed=seed)


@hookimpl
def register_clusterers(register: Callable[[type[Clusterer]], None]) -> None:
    register(Duplicates)
    register(NearDuplicates)
