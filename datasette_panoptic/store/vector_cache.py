"""What a process remembers of one project's vectors: matrices, scores of the latest examples, vectors of texts.

One cache belongs to one file: a server keeps it with the project, and a command has one of its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.similar import Example, Similar

from . import matrices
from .matrices import Matrices, Matrix, VectorSpace

#: Scores of queries kept: at 8 bytes per image, 64 MB for eight of a million.
KEPT_SCORES = 8
#: Vectors of texts and pictures kept for projects that cannot be written.
KEPT_VECTORS = 1000

Scores = NDArray[np.float64]


class VectorCache:
    """Safe to use from several threads. Only those who want the same space wait while its vectors are read."""

    def __init__(self, matrices: Matrices | None = None) -> None:
        self._matrices = matrices or Matrices()
        self._scores: OrderedDict[tuple[Similar, int], Scores] = OrderedDict()
        self._vectors: OrderedDict[tuple[int, str, str], bytes] = OrderedDict()
        self._reading: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()

    def matrix(self, conn: sqlite3.Connection, space_id: int) -> Matrix | None:
        """Return the vectors of a space as the connection sees them; None where memory cannot hold them.

        Raises NotThere where there is no such space.
        """
        now = matrices.space(conn, space_id)
        if (kept := self._kept(now)) is not None and kept.space == now:
            return kept
        with self._lock:
            reading = self._reading.setdefault(space_id, threading.Lock())
        with reading:
            kept = self._kept(now)
            if kept is not None and kept.space == now:
                return kept
            if kept is not None and kept.space.version > now.version:  # somebody reads what was before a change
                return matrices.read(conn, now, None)
            matrix = matrices.read(conn, now, kept)
            if matrix is not None:
                self._matrices.keep((self, space_id), matrix)
            return matrix

    def clear(self) -> None:
        """Forget everything."""
        self._matrices.drop(self)
        with self._lock:
            self._scores.clear()
            self._vectors.clear()

    def _kept(self, space: VectorSpace) -> Matrix | None:
        return self._matrices.get((self, space.id))

    def scores(self, similar: Similar, space: VectorSpace, compute: Callable[[], Scores]) -> Scores:
        """Return the scores of examples, computed where they are not known for this version of their space."""
        key = similar, space.version
        with self._lock:
            if key in self._scores:
                self._scores.move_to_end(key)
                return self._scores[key]
        computed = compute()
        with self._lock:
            self._scores[key] = computed
            while len(self._scores) > KEPT_SCORES:
                self._scores.popitem(last=False)
        return computed

    def vector(self, space_id: int, example: Example) -> bytes | None:
        """Return the vector of a text or a sent picture, if it was remembered here."""
        with self._lock:
            return self._vectors.get((space_id, example.kind, example.key))

    def remember(self, space_id: int, example: Example, vector: bytes) -> None:
        with self._lock:
            self._vectors[space_id, example.kind, example.key] = vector
            while len(self._vectors) > KEPT_VECTORS:
                self._vectors.popitem(last=False)
