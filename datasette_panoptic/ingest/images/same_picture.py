"""Tell whether a file that was edited still shows the same picture, from what the project stored of both.

Programs that write metadata leave the pixels alone, so the stored pictures are equal byte by byte. Those that save the
picture again change it a little. The limits were measured on photographs, a page of text, painted pictures and noise:
encoding them anew at quality 40 or as PNG or WebP, at half the size, or 3 % brighter changes no block by more than
PART; a black bar of one hundredth of the long edge, a line of text or a crop of 1 % changes some block by more.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .pixels import TRANSPOSE

#: No block of BLOCK × BLOCK pixels may differ by more than this on average, of 255 levels.
PART = 20.0
BLOCK = 8

#: The squared differences may be this part of the variances of both pictures: two pictures that have nothing to do with
#: each other reach 1. It tells fine patterns apart, whose blocks are all alike.
DETAIL = 0.25
#: Squared difference that is always allowed: grain that is lost where a nearly flat picture is encoded anew.
GRAIN = 4.0

#: Pixels by which the sides of a picture may be off its proportions, because both were rounded.
ROUNDED = 1.5

AS_IT_WAS = 1


def turned(before: bytes, after: bytes) -> int | None:
    """Return how a picture was turned, 1 to 8 as in EXIF, 1 being not at all; None where it is another picture.

    Both are encoded, upright, and of about the same size, as thumbnails and previews are.
    """
    if before == after:
        return AS_IT_WAS
    with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(after)) as new:
        mode = "RGBA" if "RGBA" in (old.mode, new.mode) else "RGB"
        first, second = on_grey(old.convert(mode)), on_grey(new.convert(mode))
    if is_same(first, second):
        return AS_IT_WAS
    return next((turn for turn, how in TRANSPOSE.items() if is_same(first.transpose(how), second)), None)


def on_grey(picture: Image.Image) -> Image.Image:
    """Return a picture as it looks on mid-grey; one with transparency keeps its fourth channel, to be compared too."""
    if picture.mode != "RGBA":
        return picture
    page = Image.alpha_composite(Image.new("RGBA", picture.size, (128, 128, 128, 255)), picture)
    page.putalpha(picture.getchannel("A"))
    return page


def is_same(first: Image.Image, second: Image.Image) -> bool:
    """Compare two pictures of one mode, of which one may be a smaller copy of the other."""
    small, large = sorted([first, second], key=lambda picture: picture.width * picture.height)
    if abs(large.height * small.width / large.width - small.height) > ROUNDED:
        return False
    if large.size != small.size:
        large = large.resize(small.size, Image.Resampling.BOX)
    parts = levels(small.reduce(BLOCK)) - levels(large.reduce(BLOCK))
    if np.abs(parts).max() > PART:
        return False
    a, b = levels(small), levels(large)
    allowed = DETAIL * (a.var(axis=0) + b.var(axis=0)) + GRAIN
    return bool((np.square(a - b).mean(axis=0) <= allowed).all())


def levels(picture: Image.Image) -> NDArray[np.float32]:
    """Return the levels of a picture's pixels, a column for each channel."""
    return np.asarray(picture, dtype=np.float32).reshape(-1, len(picture.getbands()))
