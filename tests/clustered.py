"""Small projects whose images have vectors in obvious bunches, for tests of clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from .rows import Folder, Instance, Picture, fill

#: Files of images in bunches: what they show is in their names.
NAMES = ("boat", "tree", "house")


def bunches(count: int, of: int, dimension: int = 8, seed: int = 0) -> NDArray[np.float32]:
    """Return unit vectors of which each `of`-th is near the same axis."""
    random = np.random.default_rng(seed)
    vectors = np.eye(dimension)[np.arange(count) % of] + random.normal(scale=0.08, size=(count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def embed(conn: sqlite3.Connection, vectors: Sequence[NDArray[np.float32]] | NDArray[np.float32]) -> int:
    """Give the first images vectors, in a space of their own."""
    made = conn.execute(
        "insert into embedding_spaces (embedder, revision, params, dimension, metric, modalities) "
        "values ('colors', '1', '{}', ?, 'cosine', '[\"image\"]')",
        [len(vectors[0])],
    )
    conn.executemany(
        "insert into _panoptic_embeddings (space_id, image_id, vector) values (?, ?, ?)",
        [(made.lastrowid, image, vector.astype("<f4").tobytes()) for image, vector in enumerate(vectors, 1)],
    )
    conn.execute("insert into _panoptic_space_states (space_id, version) values (?, 1)", [made.lastrowid])
    return int(made.lastrowid)


def bunched(conn: sqlite3.Connection, count: int = 18, of: int = 3, *, embedded: int | None = None) -> None:
    """Fill an empty project with images in `of` bunches; the last ones, beyond `embedded`, have no vector."""
    pictures = [Picture(800 + n % of, 600) for n in range(count)]
    fill(conn, [Folder("all")], pictures, [Instance(n, 0, f"{NAMES[n % of]}_{n}.jpg") for n in range(count)])
    embed(conn, bunches(count, of)[:embedded])
