"""An embedder for datasette-panoptic: pictures are similar where they are light and dark in the same places."""

from typing import Annotated

import numpy as np
from PIL import Image
from pydantic import Field

from panoptic_ml.hookspecs import hookimpl


class Brightness:
    """Light and dark in the same places, whatever the picture shows."""

    id = "brightness"
    revision = "1"

    def __init__(self, grid: Annotated[int, Field(ge=1, le=16, description="Cells to a side")] = 3):
        self.grid = grid
        self.dimension = grid * grid

    def embed_images(self, images):
        small = [image.convert("L").resize((self.grid, self.grid), Image.Resampling.BOX) for image in images]
        # Above and below the middle, so that dark is the opposite of light; no level is exactly there.
        rows = [np.asarray(levels, np.float32).ravel() - 127.5 for levels in small]
        return np.array(rows, np.float32).reshape(len(images), self.dimension)


@hookimpl
def register_embedders(register):
    register(Brightness)
