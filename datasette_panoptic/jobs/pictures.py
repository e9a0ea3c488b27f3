"""Pictures of a project as plugins take them: RGB, upright, in the order asked for."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence

from datasette.utils.sqlite import sqlite3
from PIL import Image

from datasette_panoptic.ingest.images import pixels
from datasette_panoptic.ingest.images.decode import accepted, add_heif
from datasette_panoptic.ingest.images.mat import on_mat
from datasette_panoptic.store import originals

#: Thumbnails read from the file at a time: half a megabyte of them.
BATCH = 64

#: What stands in for a thumbnail that is not there: one pixel of the mean colour.
THUMBNAILS = """
select images.id, data, mean_color from images left join _panoptic_thumbnails on image_id = images.id
where images.id in (select value from json_each(?))
"""


def thumbnails(conn: sqlite3.Connection, images: Sequence[int]) -> Iterator[Image.Image]:
    """Yield the thumbnail of each image."""
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        stored = {image: rest for image, *rest in conn.execute(THUMBNAILS, [json.dumps(batch)])}
        for image in batch:
            data, color = stored[image]
            with Image.new("RGB", (1, 1), color) if data is None else Image.open(io.BytesIO(data)) as picture:
                yield _plain(picture)


def original(conn: sqlite3.Connection, image: int) -> Image.Image | None:
    """Return an image at its full size; None where its file is not there, or too large or too broken to be decoded."""
    data = originals.stored(conn, image)
    opened = None if data is not None else originals.first_open(originals.places(conn, image))
    if data is None and opened is None:
        return None
    add_heif()
    with io.BytesIO(data) if data is not None else opened[0] as source:  # type: ignore[index]
        try:
            with Image.open(source, formats=accepted()) as picture:
                pixels.check_size(picture)
                picture.load()
                turn, profile, mode = pixels.orientation(picture), picture.info.get("icc_profile"), picture.mode
                return _plain(pixels.upright(pixels.in_srgb(pixels.in_plain_mode(picture), profile, mode), turn))
        except Exception:  # decoders raise whatever their parsers stumble on
            return None


def _plain(picture: Image.Image) -> Image.Image:
    page = on_mat(picture)
    return page if page.mode == "RGB" else page.convert("RGB")
