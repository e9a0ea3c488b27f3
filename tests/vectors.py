"""Embedding spaces of vectors that a test makes up, and an inference that knows a few words."""

from __future__ import annotations

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.similar import DECIMALS
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store import corpus, embeddings
from datasette_panoptic.store.connection import transaction

#: What the made-up embedder knows, by axis.
WORDS = {"boat": 0, "night": 1, "red": 2}


def unit(vectors):
    """Return rows of length 1, as they are stored."""
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")


def embed(conn: sqlite3.Connection, vectors, *, embedder: str = "made-up", images=None, texts: bool = True) -> int:
    """Give images 1, 2, … or those named a vector each, in a space of its own; return that."""
    modalities = ("image", "text") if texts else ("image",)
    rows = zip(images or range(1, len(vectors) + 1), unit(vectors), strict=True)
    with transaction(conn):
        space = embeddings.space(conn, embedder, "1", {}, vectors.shape[1], modalities=modalities)
        embeddings.add(conn, space, [(image, vector.tobytes()) for image, vector in rows])
        conn.execute(
            "insert into _panoptic_space_states (space_id, version) values (?, 1) "
            "on conflict do update set version = version + 1",
            [space],
        )
        corpus.bump_derived(conn)
    return space


def word(text: str, dimension: int):
    """Return the vector of a word: an axis."""
    return np.eye(dimension, dtype=np.float32)[WORDS[text]]


def cosines(vectors, target) -> list[float]:
    """Compare row by row, in double precision, as scores are told."""
    rows = unit(vectors).astype(np.float64)
    target = np.asarray(target, dtype=np.float64)
    return [round(float(row @ target / np.linalg.norm(target)), DECIMALS) for row in rows]


class MadeUp:
    """In place of the processes that compute vectors; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def texts(self, space, texts):
        self.asked += texts
        if unknown := [text for text in texts if text not in WORDS]:
            raise PanopticError(f"embedder `made-up`: knows no word of `{unknown[0]}`")
        return np.array([word(text, space.dimension) for text in texts])

    async def picture(self, space, data):
        self.asked.append("picture")
        return np.eye(space.dimension, dtype=np.float32)[len(data) % space.dimension]

    async def stop(self) -> None:
        """There is nothing to end."""
