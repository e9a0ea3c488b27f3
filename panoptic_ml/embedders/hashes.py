"""Perceptual hashes as vectors of 64 bits: the same picture after re-encoding, resizing or a change of brightness.

Each bit is +1 or −1, so that the cosine is 1 − h / 32 where h bits differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import imagehash
import numpy as np
import numpy.typing as npt

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Embedder, Floats, Metric

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

BITS = 64


class PerceptualHash(Embedder):
    """Same picture, by its coarse structure: finds copies that were re-encoded, resized or toned, no crops or flips."""

    id = "perceptual-hash"
    revision = "imagehash-phash-64"
    dimension = BITS
    metric: Metric = "hamming"

    def embed_images(self, images: Sequence[Image], /) -> Floats:
        return signs([imagehash.phash(image).hash for image in images])


class AverageHash(Embedder):
    """Same picture, by what is lighter and darker than the mean: cruder than the perceptual hash, and faster."""

    id = "average-hash"
    revision = "imagehash-average-64"
    dimension = BITS
    metric: Metric = "hamming"

    def embed_images(self, images: Sequence[Image], /) -> Floats:
        return signs([imagehash.average_hash(image).hash for image in images])


def signs(hashes: Sequence[npt.NDArray[np.bool_]]) -> Floats:
    """Return the bits of each hash as a row of +1 and −1."""
    bits = np.array([hash_.ravel() for hash_ in hashes], bool).reshape(len(hashes), BITS)
    return np.where(bits, np.float32(1), np.float32(-1))


@hookimpl
def register_embedders(register: Callable[[type[Embedder]], None]) -> None:
    register(PerceptualHash)
    register(AverageHash)
