"""Principal components: the plane in which the vectors differ most. Instant, and the same each time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Floats, Projector


class PrincipalComponents(Projector):
    """The two directions in which images differ most: a quick overview, which keeps distances and no small clusters."""

    id = "pca"

    def project(self, vectors: Floats) -> Floats:
        """Return the vectors on their two first principal components; 0 on those that there are not."""
        points = np.zeros((len(vectors), 2), np.float32)
        if len(vectors) == 0:
            return points
        mean = vectors.mean(axis=0, dtype=np.float64)
        # By the covariance: a matrix of dim × dim, however many rows there are.
        covariance = (vectors.T @ vectors).astype(np.float64) / len(vectors) - np.outer(mean, mean)
        axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :2]
        # An axis has no direction of its own: its largest part is made positive, so that a map is never mirrored.
        largest = np.abs(axes).argmax(axis=0)
        axes = axes * np.where(axes[largest, np.arange(axes.shape[1])] < 0, -1, 1)
        points[:, : axes.shape[1]] = vectors @ axes.astype(np.float32) - (mean @ axes).astype(np.float32)
        return points


@hookimpl
def register_projectors(register: Callable[[type[Projector]], None]) -> None:
    register(PrincipalComponents)
