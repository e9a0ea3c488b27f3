"""Embedding spaces and their vectors: unit vectors as little-endian float32, a row for each image of a space."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import numpy as np
from datasette.utils.sqlite import sqlite3


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
    found = conn.execute(
        "select id from embedding_spaces where embedder = ? and revision = ? and params = ?", key
    ).fetchone()
    if found:
        return int(found[0])
    made = conn.execute(
        "insert into embedding_spaces (embedder, revision, params, dimension, metric, modalities) "
        "values (?, ?, ?, ?, ?, ?)",
        [*key, dimension, metric, json.dumps(sorted(modalities))],
    )
    return int(made.lastrowid or 0)


def add(conn: sqlite3.Connection, space_id: int, vectors: Iterable[tuple[int, bytes]]) -> None:
    """Store vectors of images, given in the order of their ids; an image that has one in this space keeps it."""
    conn.executemany(
        "insert or ignore into _panoptic_embeddings (space_id, image_id, vector) values (?, ?, ?)",
        ((space_id, image_id, vector) for image_id, vector in vectors),
    )


def unit(data: bytes, dimension: int) -> bytes | None:
    """Return a vector of little-endian float32 at length 1; None where it has no direction or another dimension."""
    if len(data) != 4 * dimension:
        return None
    vector = np.frombuffer(data, dtype="<f4").astype(np.float64)
    length = np.linalg.norm(vector)
    if not np.isfinite(length) or length == 0:
        return None
    return (vector / length).astype("<f4").tobytes()
