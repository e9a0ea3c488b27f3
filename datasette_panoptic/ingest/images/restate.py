"""Compute anew what an earlier release computed of pictures in another way. Nothing is read but the project."""

from __future__ import annotations

import io

from datasette.utils.sqlite import sqlite3
from PIL import Image

from datasette_panoptic.store import images
from datasette_panoptic.store.connection import transaction

from .hashes import look_of

#: Images seen to in one transaction.
BATCH = 500


def restate(conn: sqlite3.Connection) -> None:
    """Compute the looks of transparent images that an earlier release laid on white, if any are left."""
    while (stale := images.with_stale_looks(conn, BATCH)) is not None:
        looks = []
        for image, data in stale:
            with Image.open(io.BytesIO(data)) as picture:
                looks.append((look_of(picture.convert("RGBA")), image))
        with transaction(conn):
            images.restate(conn, looks)
