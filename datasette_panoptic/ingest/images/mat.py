"""What transparent pictures are laid on where something has to be seen of them: for vectors, hashes and mean colours.

The ground is white, as on most pages. Where more than a tenth of what is visible would vanish on it, the ground is
middle grey, or, where that would hide more, dark grey. So white shapes on nothing are compared by their shapes. The
choice depends on the picture alone, not on its size.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

#: Grounds in the order of preference.
GROUNDS = (255, 128, 64)

#: A colour vanishes on a ground from which none of its channels differs by so much.
CONTRAST = 48

#: Of what is visible, the share that may vanish.
HIDDEN = 0.1


def on_mat(picture: Image.Image) -> Image.Image:
    """Return a picture without transparency, on the ground that shows it."""
    if picture.mode != "RGBA":
        return picture
    page = Image.new("RGB", picture.size, (ground(picture),) * 3)
    page.paste(picture, mask=picture.getchannel("A"))
    return page


def ground(picture: Image.Image) -> int:
    """Return the grey that an RGBA picture is laid on."""
    pixels = np.asarray(picture)
    colors, opacity = pixels[..., :3].astype(np.int16), pixels[..., 3].astype(np.float64)
    visible = opacity.sum()
    if not visible:
        return GROUNDS[0]
    hidden = {grey: float(opacity[(np.abs(colors - grey) < CONTRAST).all(axis=2)].sum() / visible) for grey in GROUNDS}
    return next((grey for grey in GROUNDS if hidden[grey] <= HIDDEN), min(hidden, key=hidden.__getitem__))
