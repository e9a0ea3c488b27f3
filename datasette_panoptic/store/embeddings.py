"""Embedding spaces and their vectors: unit vectors as little-endian float32, a row for each image of a space."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.errors import Conflict, NotThere

from .connection import transaction
from .corpus import SHOWN, bump_derived

#: How far the square of a vector's length may be from 1, which float32 are not exact to.
OFF = 1e-3
#: Of an image that has no vector in a space.
HAS_NONE = (
    "not exists (select 1 from _panoptic_embeddings where space_id = ? and image_id = images.id) "
    f"and {SHOWN.format('images.id')}"
)
#: An address that names a space never comes to mean another one.
LAST_DELETED = "coalesce((select value from _panoptic_settings where key = 'last_deleted_space'), 0)"


def space(
    conn: sqlite3.Connection,
    embedder: str,
    revision: str,
    params: Mapping[str, object],
    dimension: int,
    *,
    metric: str = "cosine",
    modalities: Iterable[str] = ("image",),
) -> int:
    """Return the space of an embedder, its revision and settings, made if there is none."""
    settings = json.dumps(params, sort_keys=True, ensure_ascii=False)
    key = [embedder, revision, settings]
    row = conn.execute(
        "select id from embedding_spaces where embedder = ? and revision = ? and params = ?", key
    ).fetchone()
    if row:
        return int(row[0])
    made = conn.execute(
        "insert into embedding_spaces (id, embedder, revision, params, dimension, metric, modalities) "
        f"values (1 + max((select coalesce(max(id), 0) from embedding_spaces), {LAST_DELETED}), ?, ?, ?, ?, ?, ?)",
        [*key, dimension, metric, json.dumps(sorted(modalities))],
    )
    return int(made.lastrowid or 0)


def without_vector(conn: sqlite3.Connection, space_id: int, after: int, limit: int) -> list[tuple[int, bytes | None]]:
    """Return the next images after one that have no vector in a space, by id, with the largest picture stored of each.

    It is upright and encoded; None where none is stored.
    """
    rows: list[tuple[int, bytes | None]] = conn.execute(
        f"""select id, coalesce(
             (select data from _panoptic_previews where image_id = images.id),
             (select data from _panoptic_thumbnails where image_id = images.id))
           from images
           where id > ? and {HAS_NONE}
           order by id limit ?""",
        [after, space_id, limit],
    ).fetchall()
    return rows


def missing(conn: sqlite3.Connection, space_id: int, after: int = 0) -> int:
    """Count the images after one that have no vector in a space."""
    row = conn.execute(f"select count(*) from images where id > ? and {HAS_NONE}", [after, space_id]).fetchone()
    return int(row[0])


def add(conn: sqlite3.Connection, space_id: int, vectors: Iterable[tuple[int, bytes]]) -> int:
    """Store vectors of images, given in the order of their ids, and return how many were new.

    An image that has one in this space keeps it, and one that is gone by now is passed over. Raises ValueError where a
    vector has not the space's dimension, or not length 1.
    """
    dimension = conn.execute("select dimension from embedding_spaces where id = ?", [space_id]).fetchone()[0]
    stored = conn.executemany(
        "insert or ignore into _panoptic_embeddings (space_id, image_id, vector) "
        f"select ?, id, ? from images where id = ? and {SHOWN.format('images.id')}",
        ((space_id, checked(vector, dimension, image_id), image_id) for image_id, vector in vectors),
    )
    if stored.rowcount:
        raise_version(conn, space_id)
    return int(stored.rowcount)


def checked(vector: bytes, dimension: int, image_id: int) -> bytes:
    """Return a vector that others may be compared with. Raises ValueError."""
    if len(vector) != 4 * dimension:
        raise ValueError(f"the vector of image {image_id} has {len(vector)} bytes, not {4 * dimension}")
    numbers = np.frombuffer(vector, "<f4")
    if not abs(float(numbers @ numbers) - 1) < OFF:
        raise ValueError(f"the vector of image {image_id} has not length 1")
    return vector


def raise_version(conn: sqlite3.Connection, space_id: int) -> None:
    """Tell whoever keeps the vectors of a space that there are others now."""
    conn.execute(
        "insert into _panoptic_space_states (space_id, version) values (?, 1) "
        "on conflict (space_id) do update set version = version + 1",
        [space_id],
    )


def calibrate(conn: sqlite3.Connection, space_id: int, calibration: Mapping[str, object]) -> None:
    """Keep which cosines are usual in a space: see `similarity.Scale`."""
    raise_version(conn, space_id)
    conn.execute(
        "update _panoptic_space_states set calibration = ? where space_id = ?", [json.dumps(calibration), space_id]
    )


def sample(conn: sqlite3.Connection, space_id: int, most: int) -> NDArray[np.float32]:
    """Return vectors of a space from all over it, at most so many, float32 (n, dimension)."""
    dimension, count = conn.execute(
        "select dimension, (select count(*) from _panoptic_embeddings where space_id = ?1) "
        "from embedding_spaces where id = ?1",
        [space_id],
    ).fetchone()
    ids = [row[0] for row in conn.execute("select id from _panoptic_embeddings where space_id = ?", [space_id])]
    rows = conn.execute(
        "select vector from _panoptic_embeddings where id in (select value from json_each(?))",
        [json.dumps(ids[:: -(-count // most) or 1])],
    )
    return np.frombuffer(b"".join(row[0] for row in rows), "<f4").reshape(-1, dimension)


def delete_space(conn: sqlite3.Connection, space_id: int) -> int:
    """Delete a space with its vectors, and count these. Raises NotThere, or Conflict where it is needed."""
    if not conn.execute("select 1 from embedding_spaces where id = ?", [space_id]).fetchone():
        raise NotThere(f"no embedding space `{space_id}` in this project; `datasette panoptic spaces` lists them")
    runs = conn.execute("select group_concat(id, ', ') from clusterings where space_id = ?", [space_id]).fetchone()[0]
    if runs:
        raise Conflict(f"embedding space {space_id} is kept because clusterings use it ({runs})")
    for table in ("_panoptic_query_vectors", "_panoptic_space_states", "_panoptic_hidden_embeddings"):
        conn.execute(f"delete from {table} where space_id = ?", [space_id])
    vectors = conn.execute("delete from _panoptic_embeddings where space_id = ?", [space_id]).rowcount
    conn.execute("delete from embedding_spaces where id = ?", [space_id])
    conn.execute(
        f"insert or replace into _panoptic_settings values ('last_deleted_space', max({LAST_DELETED}, ?))", [space_id]
    )
    bump_derived(conn)
    return int(vectors)


def forget_empty(conn: sqlite3.Connection, space_id: int) -> None:
    """Delete a space that has no vector, and that no clustering names: nobody could choose it for anything."""
    uses = [f"exists (select 1 from {table} where space_id = ?)" for table in ("_panoptic_embeddings", "clusterings")]
    with transaction(conn):
        if not conn.execute(f"select {' or '.join(uses)}", [space_id, space_id]).fetchone()[0]:
            delete_space(conn, space_id)


def unit(data: bytes, dimension: int) -> bytes | None:
    """Return a vector of little-endian float32 at length 1; None where it has no direction or another dimension."""
    if len(data) != 4 * dimension:
        return None
    vector = np.frombuffer(data, dtype="<f4").astype(np.float64)
    length = np.linalg.norm(vector)
    if not np.isfinite(length) or length == 0:
        return None
    return (vector / length).astype("<f4").tobytes()
