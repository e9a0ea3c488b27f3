"""Rows of images: unique contents with their thumbnails and, where asked for, the original bytes."""

from __future__ import annotations

import json

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Contents

from .originals import MEDIA_TYPES


def insert(conn: sqlite3.Connection, contents: Contents) -> int:
    """Add an image that the project does not have, with its thumbnails, and return its id."""
    columns = _columns(contents)
    image_id: int = conn.execute(
        f"insert into images ({', '.join(columns)}) values ({', '.join(f':{name}' for name in columns)})", columns
    ).lastrowid
    _put_thumbnails(conn, image_id, contents)
    return image_id


def is_sketch(conn: sqlite3.Connection, image_id: int) -> bool:
    """Tell whether an image was made of a thumbnail alone, its file being gone: no file has no bytes."""
    return bool(conn.execute("select bytes = 0 from images where id = ?", [image_id]).fetchone()[0])


def redraw(conn: sqlite3.Connection, image_id: int, contents: Contents) -> None:
    """Give an image that was made of a thumbnail what reading its file gave."""
    columns = _columns(contents)
    assigned = ", ".join(f"{name} = :{name}" for name in columns)
    conn.execute(f"update images set {assigned} where id = :id", columns | {"id": image_id})
    for table in ("_panoptic_thumbnails", "_panoptic_previews"):
        conn.execute(f"delete from {table} where image_id = ?", [image_id])
    _put_thumbnails(conn, image_id, contents)


def _columns(contents: Contents) -> dict[str, object]:
    picture = contents.picture
    assert picture, "an image that is not stored was taken as known"
    return {
        "sha1": contents.sha1,
        "width": picture.width,
        "height": picture.height,
        "format": picture.format,
        "bytes": contents.size,
        "average_hash": picture.average_hash,
        "perceptual_hash": picture.perceptual_hash,
        "taken_at": picture.taken_at,
        "mean_color": picture.mean_color,
        "metadata": json.dumps(picture.metadata, ensure_ascii=False) if picture.metadata else None,
    }


def _put_thumbnails(conn: sqlite3.Connection, image_id: int, contents: Contents) -> None:
    picture = contents.picture
    assert picture
    for table, thumbnail in (("_panoptic_thumbnails", picture.thumbnail), ("_panoptic_previews", picture.preview)):
        if thumbnail:
            conn.execute(
                f"insert into {table} (image_id, mime, data) values (?, ?, ?)",
                [image_id, thumbnail.mime, thumbnail.data],
            )


def has_original(conn: sqlite3.Connection, image_id: int) -> bool:
    return bool(conn.execute("select 1 from _panoptic_originals where image_id = ?", [image_id]).fetchone())


def store_original(conn: sqlite3.Connection, image_id: int, data: bytes) -> None:
    format_ = conn.execute("select format from images where id = ?", [image_id]).fetchone()[0]
    conn.execute(
        "insert into _panoptic_originals (image_id, mime, data) values (?, ?, ?)",
        [image_id, MEDIA_TYPES[format_], data],
    )
