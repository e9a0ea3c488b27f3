"""Rows of images: unique contents with their thumbnails and, where asked for, the original bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Contents, Look

from . import image_metadata
from .corpus import bump
from .embeddings import raise_version
from .ids import next_id, note_deleted
from .originals import MEDIA_TYPES
from .schema import STALE_LOOKS


def insert(conn: sqlite3.Connection, contents: Contents) -> int:
    """Add an image that the project does not have, with its thumbnails, and return its id."""
    columns = _columns(contents)
    values = ", ".join(f":{name}" for name in columns)
    image_id: int = conn.execute(
        f"insert into images (id, {', '.join(columns)}) values ({next_id('images')}, {values})",
        columns,
    ).lastrowid
    _put_thumbnails(conn, image_id, contents)
    if contents.picture and contents.picture.metadata:
        image_metadata.describe_new(conn, image_id, contents.picture.metadata)
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
    image_metadata.describe(conn, image_id)


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


def stored_picture(conn: sqlite3.Connection, image_id: int) -> bytes | None:
    """Return the largest picture that the project keeps of an image, encoded; None where it keeps none."""
    row = conn.execute(
        "select coalesce((select data from _panoptic_previews where image_id = :id), "
        "(select data from _panoptic_thumbnails where image_id = :id))",
        {"id": image_id},
    ).fetchone()
    return row[0] if row else None


def delete(conn: sqlite3.Connection, image_id: int) -> None:
    """Delete an image that nothing refers to, with its thumbnails and vectors."""
    for (space,) in conn.execute("select space_id from _panoptic_embeddings where image_id = ?", [image_id]).fetchall():
        raise_version(conn, space)
    for column in ("old_image_id", "new_image_id"):
        conn.execute(f"update _panoptic_replacements set {column} = null where {column} = ?", [image_id])
    image_metadata.forget(conn, image_id)
    for table in ("_panoptic_thumbnails", "_panoptic_previews", "_panoptic_embeddings", "_panoptic_hidden_embeddings"):
        conn.execute(f"delete from {table} where image_id = ?", [image_id])
    conn.execute("delete from images where id = ?", [image_id])
    note_deleted(conn, "images", image_id)


def has_original(conn: sqlite3.Connection, image_id: int) -> bool:
    return bool(conn.execute("select 1 from _panoptic_originals where image_id = ?", [image_id]).fetchone())


def store_original(conn: sqlite3.Connection, image_id: int, data: bytes) -> None:
    format_ = conn.execute("select format from images where id = ?", [image_id]).fetchone()[0]
    conn.execute(
        "insert into _panoptic_originals (image_id, mime, data) values (?, ?, ?)",
        [image_id, MEDIA_TYPES[format_], data],
    )


def with_stale_looks(conn: sqlite3.Connection, limit: int) -> list[tuple[int, bytes]] | None:
    """Return the next transparent images that an earlier release laid on white, with a picture of each; None: never."""
    reached = conn.execute("select value from _panoptic_settings where key = ?", [STALE_LOOKS]).fetchone()
    if reached is None:
        return None
    rows: list[tuple[int, bytes]] = conn.execute(
        """
        select image_id, coalesce((select data from _panoptic_previews where image_id = thumbnails.image_id), data)
        from _panoptic_thumbnails as thumbnails
        where mime = 'image/webp' and image_id > ?
        order by image_id limit ?
        """,
        [*reached, limit],
    ).fetchall()
    return rows


def restate(conn: sqlite3.Connection, looks: Sequence[tuple[Look, int]]) -> None:
    """Store the looks of images, in the order that `with_stale_looks` gives them; of none: there are no more."""
    if not looks:
        conn.execute("delete from _panoptic_settings where key = ?", [STALE_LOOKS])
        return
    conn.executemany(
        "update images set average_hash = ?, perceptual_hash = ?, mean_color = ? where id = ?",
        [(*look, image_id) for look, image_id in looks],
    )
    conn.execute("update _panoptic_settings set value = ? where key = ?", [looks[-1][1], STALE_LOOKS])
    bump(conn)
