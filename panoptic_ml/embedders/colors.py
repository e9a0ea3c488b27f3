"""Which colours a picture has, whatever it shows: a histogram over CIE L*a*b*, where equal distances look equal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Embedder, Floats

if TYPE_CHECKING:
    from collections.abc import Callable

#: Pixels to a side that are counted; more change the histogram by less than its bins resolve.
SIDE = 64

#: Bins along L*, a* and b*, and the range that they divide. Colours beyond count in the last bin.
BINS = (6, 9, 9)
LOW = np.array([0, -80, -80], np.float32)
HIGH = np.array([100, 80, 80], np.float32)

#: Linear light of each of the 256 levels of sRGB.
LEVELS = np.arange(256) / 255
LIGHT = np.where(LEVELS <= 0.04045, LEVELS / 12.92, ((LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)

#: From linear sRGB to XYZ, each row divided by what white has (D65), so that white is 1, 1, 1.
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]])
XYZ = (XYZ / XYZ.sum(axis=1, keepdims=True)).astype(np.float32)


class Colors(Embedder):
    """Same palette, wherever in the picture its colours are: 1 is the same mixture, 0 is no colour in common."""

    id = "colors"
    revision = "lab-6x9x9"
    dimension = BINS[0] * BINS[1] * BINS[2]

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        return np.array([palette(image) for image in images], np.float32).reshape(len(images), self.dimension)


def palette(image: Image.Image) -> Floats:
    """Return the roots of the shares of each bin, so that their product is the Bhattacharyya coefficient.

    A pixel counts in the eight bins around it by how near it is: a colour at the edge of a bin, or a little noise,
    does not jump from one dimension into another.
    """
    small = image.resize((SIDE, SIDE), Image.Resampling.BOX)
    position = (lab(np.asarray(small)).reshape(-1, 3) - LOW) / (HIGH - LOW)
    position = position.clip(0, 1) * (np.array(BINS, np.float32) - 1)
    below = np.minimum(position.astype(np.intp), np.array(BINS) - 2)
    above = position - below
    counts = np.zeros(BINS[0] * BINS[1] * BINS[2])
    for corner in np.ndindex(2, 2, 2):
        bins = np.ravel_multi_index(tuple((below + corner).T), BINS)
        weights = np.where(corner, above, 1 - above).prod(axis=1)
        counts += np.bincount(bins, weights, len(counts))
    return np.sqrt(counts / counts.sum()).astype(np.float32)


def lab(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Return L*, a* and b* of sRGB pixels (…, 3)."""
    relative = LIGHT[pixels] @ XYZ.T
    roots = np.where(relative > 216 / 24389, np.cbrt(relative), relative * (841 / 108) + 4 / 29)
    x, y, z = roots[..., 0], roots[..., 1], roots[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


@hookimpl
def register_embedders(register: Callable[[type[Embedder]], None]) -> None:
    register(Colors)
