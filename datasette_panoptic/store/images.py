"""Rows of images: unique contents with their thumbnails and, where asked for, the original bytes."""

from __future__ import annotations

import json

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Contents

from .originals import MEDIA_TYPES


def insert(conn: sqlite3.Connection, contents: Contents) -> int:
    """Add an image that the project does not have, with its thumbnails, and return its id."""
    picture = contents.picture
    assert picture, "an image that is not stored was taken as known"
    image_id: int = conn.execute(
        """
        insert into images (sha1, width, height, format, bytes, average_hash, perceptual_hash, taken_at, mean_color,
          metadata)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            contents.sha1,
            picture.width,
            picture.height,
            picture.format,
            contents.size,
            picture.average_hash,
            picture.perceptual_hash,
            picture.taken_at,
            picture.mean_color,
            json.dumps(picture.metadata, ensure_ascii=False) if picture.metadata else None,
        ],
    ).lastrowid
    for table, thumbnail in (("_panoptic_thumbnails", picture.thumbnail), ("_panoptic_previews", picture.preview)):
        if thumbnail:
            conn.execute(
                f"insert into {table} (image_id, mime, data) values (?, ?, ?)",
                [image_id, thumbnail.mime, thumbnail.data],
            )
    return image_id


def has_original(conn: sqlite3.Connection, image_id: int) -> bool:
    return bool(conn.execute("select 1 from _panoptic_originals where image_id = ?", [image_id]).fetchone())


def store_original(conn: sqlite3.Connection, image_id: int, data: bytes) -> None:
    format_ = conn.execute("select format from images where id = ?", [image_id]).fetchone()[0]
    conn.execute(
        "insert into _panoptic_originals (image_id, mime, data) values (?, ?, ?)",
        [image_id, MEDIA_TYPES[format_], data],
    )
