"""The SQL function `panoptic_mean(vector)`: the direction in which the vectors of a group point together."""

from __future__ import annotations

import numpy as np
from datasette.utils.sqlite import sqlite3


class Mean:
    """Adds up vectors of float32 as a query walks them; those of another length than the first are left out."""

    def __init__(self) -> None:
        self.total: np.ndarray[tuple[int], np.dtype[np.float64]] | None = None

    def step(self, vector: bytes | None) -> None:
        if not isinstance(vector, bytes) or len(vector) % 4:
            return
        floats = np.frombuffer(vector, "<f4")
        if self.total is None:
            self.total = floats.astype(np.float64)
        elif len(floats) == len(self.total):
            self.total += floats

    def finalize(self) -> bytes | None:
        """Return it at length 1; null of no vectors, or where they cancel each other."""
        length = 0.0 if self.total is None else float(np.linalg.norm(self.total))
        return (self.total / length).astype("<f4").tobytes() if self.total is not None and length else None


def define(conn: sqlite3.Connection) -> None:
    conn.create_aggregate("panoptic_mean", 1, Mean)
