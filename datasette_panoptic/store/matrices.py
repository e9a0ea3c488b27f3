"""Vectors in memory: one matrix per embedding space in use.

A matrix is read once, 0.2 s per 100,000 vectors, and what was added since is appended. A process keeps matrices up to
MOST_BYTES in all; the one that was used longest ago goes first, and one that nobody uses goes after a while. A space
that is larger than MOST_BYTES by itself is read in blocks, anew each time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.errors import NotThere

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

#: Whose matrix it is, and the id of its space.
Key = tuple[Hashable, int]

#: What all matrices may take: a million vectors of 512 numbers are 2 GB.
MOST_BYTES = 4 * 2**30
#: Seconds after which a matrix that nobody used is let go.
IDLE = 1800.0
#: Rows read at a time: 32 MB of 512 numbers each.
BLOCK = 16_384


@dataclass(frozen=True)
class VectorSpace:
    """An embedding space as arithmetic sees it, and the version of its vectors."""

    id: int
    dimension: int
    metric: str
    version: int


@dataclass(frozen=True, eq=False)
class Matrix:
    """The vectors of a space, float32 (n, dimension) with unit rows, `ids[i]` the image of row i."""

    space: VectorSpace
    ids: Ids
    vectors: Floats
    last: int  # row of the table up to which it is read
    derived: dict[str, Any] = field(default_factory=dict)  # what was computed from the vectors, by name

    def rows(self, images: Ids) -> NDArray[np.int64]:
        """Return the row of each image, −1 for those without a vector."""
        if not len(self.ids):
            return np.full(len(images), -1, dtype=np.int64)
        order = self.order
        places = np.minimum(np.searchsorted(self.ids, images, sorter=order), len(self.ids) - 1)
        rows = order[places] if order is not None else places
        return np.where(self.ids[rows] == images, rows, -1)

    @property
    def order(self) -> NDArray[np.int64] | None:
        """The rows by image id; None where they are so already, as after one embedding of a project."""
        return None if len(self.ids) < 2 or bool((self.ids[1:] > self.ids[:-1]).all()) else np.argsort(self.ids)


class Matrices:
    """The matrices that a process keeps, by owner and space. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Matrix, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def get(self, key: Key) -> Matrix | None:
        with self._lock:
            if key not in self._kept:
                return None
            matrix, _ = self._kept[key]
            self._keep(key, matrix)
            return matrix

    def keep(self, key: Key, matrix: Matrix) -> None:
        with self._lock:
            self._keep(key, matrix)
            while self._bytes() > MOST_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
            self._watch()

    def drop(self, owner: object) -> None:
        """Let the matrices of an owner go."""
        with self._lock:
            for key in [key for key in self._kept if key[0] is owner]:
                del self._kept[key]

    def clear(self) -> None:
        """Let all matrices go."""
        with self._lock:
            self._kept.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _keep(self, key: Key, matrix: Matrix) -> None:
        self._kept[key] = matrix, monotonic()
        self._kept.move_to_end(key)

    def _bytes(self) -> int:
        return sum(matrix.vectors.nbytes for matrix, _ in self._kept.values())

    def _watch(self) -> None:
        """Look again when the first matrix may be due, even if nobody asks for anything any more."""
        if self._timer is None and self._kept:
            first = min(used for _, used in self._kept.values())
            self._timer = threading.Timer(max(0.0, first + IDLE - monotonic()), self._let_go_idle)
            self._timer.daemon = True  # a process need not wait for it
            self._timer.start()

    def _let_go_idle(self) -> None:
        with self._lock:
            self._timer = None
            for key, (_, used) in list(self._kept.items()):
                if monotonic() - used >= IDLE:
                    del self._kept[key]
            self._watch()


def space(conn: sqlite3.Connection, space_id: int) -> VectorSpace:
    """Return a space. Raises NotThere."""
    row = conn.execute(
        """select id, dimension, metric, coalesce(version, 0) from embedding_spaces
           left join _panoptic_space_states on space_id = id where id = ?""",
        [space_id],
    ).fetchone()
    if row is None:
        raise NotThere(f"no embedding space `{space_id}` in this project; `datasette panoptic spaces` lists them")
    return VectorSpace(*row)


def read(conn: sqlite3.Connection, now: VectorSpace, kept: Matrix | None) -> Matrix | None:
    """Return the matrix of a space: what is kept of it with the rows that came since, or all of it anew.

    None where it is more than memory may hold.
    """
    (count,) = conn.execute("select count(*) from _panoptic_embeddings where space_id = ?", [now.id]).fetchone()
    if count * now.dimension * 4 > MOST_BYTES:
        return None
    ids, vectors = np.empty(count, np.int64), np.empty((count, now.dimension), np.float32)
    filled, last = 0, 0
    if kept and len(kept.ids) <= count:
        filled, last = len(kept.ids), kept.last
        ids[:filled], vectors[:filled] = kept.ids, kept.vectors
    rows_there = filled
    for images, rows, places in blocks(conn, now, last):
        taken = min(len(images), count - filled)  # more may have been written since they were counted
        ids[filled : filled + taken], vectors[filled : filled + taken] = images[:taken], rows[:taken]
        filled, rows_there = filled + taken, rows_there + len(images)
        last = int(places[taken - 1]) if taken else last
    if kept and rows_there != count:  # some that were kept are gone
        return read(conn, now, None)
    return Matrix(now, ids[:filled], vectors[:filled], last)


def blocks(conn: sqlite3.Connection, space: VectorSpace, after: int = 0) -> Iterator[tuple[Ids, Floats, Ids]]:
    """Yield images, their vectors and the rows of the table that they are in, in the order of the table."""
    while True:
        rows = conn.execute(
            "select id, image_id, vector from _panoptic_embeddings not indexed where space_id = ? and id > ? "
            "order by id limit ?",
            [space.id, after, BLOCK],
        ).fetchall()
        if not rows:
            return
        places, images, vectors = zip(*rows, strict=True)
        after = places[-1]
        flat = np.frombuffer(b"".join(vectors), "<f4").astype(np.float32, copy=False)
        yield np.array(images, np.int64), flat.reshape(len(rows), space.dimension), np.array(places, np.int64)
