"""Vectors in memory: one matrix per embedding space in use, and the scores of all its images by one product.

A matrix is read once, 0.2 s per 100,000 vectors, and what was added since is appended. Matrices are kept for the whole
process, by file, up to MOST_BYTES in all; the one that was used longest ago goes first. A space that is larger than
that by itself is scored in blocks, read anew each time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.errors import NotThere

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

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

    def rows(self, images: Ids) -> NDArray[np.int64]:
        """Return the row of each image, −1 for those without a vector."""
        if not len(self.ids):
            return np.full(len(images), -1, dtype=np.int64)
        order = self.order
        places = np.minimum(np.searchsorted(self.ids, images, sorter=order), len(self.ids) - 1)
        found = order[places] if order is not None else places
        return np.where(self.ids[found] == images, found, -1)

    @property
    def order(self) -> NDArray[np.int64] | None:
        """The rows by image id; None where they are so already, as after one embedding of a project."""
        return None if len(self.ids) < 2 or bool((self.ids[1:] > self.ids[:-1]).all()) else np.argsort(self.ids)


_matrices: OrderedDict[tuple[str, int], tuple[Matrix, float]] = OrderedDict()
_lock = threading.RLock()
_timer: threading.Timer | None = None


def space(conn: sqlite3.Connection, space_id: int) -> VectorSpace:
    """Return a space. Raises NotThere."""
    row = conn.execute(
        """select id, dimension, metric, coalesce(version, 0) from embedding_spaces
           left join _panoptic_space_states on space_id = id where id = ?""",
        [space_id],
    ).fetchone()
    if row is None:
        raise NotThere(f"no embedding space `{space_id}` in this project")
    return VectorSpace(*row)


def matrix(conn: sqlite3.Connection, space_id: int) -> Matrix | None:
    """Return the vectors of a space as they are now; None where they are more than memory may hold."""
    now = space(conn, space_id)
    key = (path(conn), space_id)
    with _lock:
        kept = _matrices[key][0] if key in _matrices else None
        if kept is None or kept.space != now:
            if kept and kept.space.version > now.version:
                kept = None
            count = conn.execute("select count(*) from _panoptic_embeddings where space_id = ?", [space_id]).fetchone()
            if count[0] * now.dimension * 4 > MOST_BYTES:
                return None
            kept = grown(conn, kept, now, int(count[0]))
        if not key[0] or (key in _matrices and _matrices[key][0].space.version > now.version):
            return kept  # in memory, or as somebody reads it who began before the last change
        _matrices[key] = kept, monotonic()
        _matrices.move_to_end(key)
        while sum(each.vectors.nbytes for each, _ in _matrices.values()) > MOST_BYTES and len(_matrices) > 1:
            _matrices.popitem(last=False)
        watch()
        return kept


def grown(conn: sqlite3.Connection, kept: Matrix | None, now: VectorSpace, count: int) -> Matrix:
    """Return the matrix of a space: what is kept of it with the rows that came since, or all of it anew."""
    ids, vectors = np.empty(count, np.int64), np.empty((count, now.dimension), np.float32)
    filled, last = 0, 0
    if kept and len(kept.ids) <= count:
        filled, last = len(kept.ids), kept.last
        ids[:filled], vectors[:filled] = kept.ids, kept.vectors
    found = filled
    for images, rows, places in blocks(conn, now, last):
        taken = min(len(images), count - filled)  # more may have been written since they were counted
        ids[filled : filled + taken], vectors[filled : filled + taken] = images[:taken], rows[:taken]
        filled, found = filled + taken, found + len(images)
        last = int(places[taken - 1]) if taken else last
    if kept and found != count:  # some that were kept are gone
        return grown(conn, None, now, count)
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


def scores(conn: sqlite3.Connection, space_id: int, vector: Floats) -> Floats:
    """Return how similar each image is to a unit vector, float32 by image id, NaN where an image has no vector.

    1 is identical: the cosine, or with hashes the share of bits that are equal.
    """
    found = matrix(conn, space_id)
    if found is not None:
        parts = [(found.ids, found.vectors @ vector)]
        metric = found.space.metric
    else:
        large = space(conn, space_id)
        parts = [(ids, vectors @ vector) for ids, vectors, _ in blocks(conn, large)]
        metric = large.metric
    by_image = np.full(max((int(ids.max(initial=0)) for ids, _ in parts), default=0) + 1, np.nan, dtype=np.float32)
    for ids, cosines in parts:
        by_image[ids] = np.clip(cosines, -1, 1) if metric == "cosine" else (1 + np.clip(cosines, -1, 1)) / 2
    return by_image


def path(conn: sqlite3.Connection) -> str:
    """Return what tells this project from others: its file. Empty for one in memory, of which nothing is kept here."""
    return str(conn.execute("select file from pragma_database_list where name = 'main'").fetchone()[0] or "")


def watch() -> None:
    """See to it that what nobody uses is let go, even if nobody asks for anything any more."""
    global _timer
    with _lock:
        if _timer is None and _matrices:
            first = min(used for _, used in _matrices.values())
            _timer = threading.Timer(max(0.0, first + IDLE - monotonic()), let_go_idle)
            _timer.daemon = True  # a process need not wait for it
            _timer.start()


def let_go_idle() -> None:
    """Forget matrices that nobody has used for a while; look again when the next one may be due."""
    global _timer
    with _lock:
        _timer = None
        for key, (_, used) in list(_matrices.items()):
            if monotonic() - used >= IDLE:
                del _matrices[key]
        watch()
