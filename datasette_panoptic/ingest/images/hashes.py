"""What is computed of a picture's look, on the mat where it is transparent: two hashes and its mean colour.

The hashes are imagehash's own, bit for bit: a re-implementation differs where a picture is flat.
"""

from __future__ import annotations

import imagehash
import numpy as np
from PIL import Image

from datasette_panoptic.domain.corpus import Look

from .mat import on_mat


def look_of(picture: Image.Image, smaller: Image.Image | None = None) -> Look:
    """Return the look of a picture (L, RGB or RGBA); `smaller` is the same in fewer pixels, if it is there already."""
    page = on_mat(picture)
    grey = page if page.mode == "L" else page.convert("L")
    average, perceptual = to_hex(imagehash.average_hash(grey)), to_hex(imagehash.phash(grey))
    return Look(average, perceptual, mean_color(page if smaller is None else on_mat(smaller)))


def mean_color(picture: Image.Image) -> str:
    color = picture.resize((1, 1), Image.Resampling.BOX).convert("RGB").getpixel((0, 0))
    assert isinstance(color, tuple)
    return "#{:02x}{:02x}{:02x}".format(*color)


def to_hex(value: imagehash.ImageHash) -> str:
    """Return what `str` gives for 64 bits, 16 times cheaper."""
    return np.packbits(value.hash).tobytes().hex()
