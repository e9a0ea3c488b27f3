"""sqlite-vec's everyday functions in numpy, for a Python whose SQLite takes no extension at all."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

Vector = NDArray[np.float32]


def vector(value: bytes | str) -> Vector:
    """Read a vector as sqlite-vec does: little-endian float32 bytes, or a JSON array."""
    if isinstance(value, str):
        return np.array(json.loads(value), dtype="<f4")
    return np.frombuffer(value, dtype="<f4")


def cosine(a: Vector, b: Vector) -> float:
    return float(1 - (a @ b) / (np.linalg.norm(a) * np.linalg.norm(b)))


def hamming(a: bytes, b: bytes) -> int:
    """Count the bits that differ between two BLOBs of one length."""
    return int(np.bitwise_count(np.frombuffer(a, np.uint8) ^ np.frombuffer(b, np.uint8)).sum())


def of_two(function: Callable[[Vector, Vector], float]) -> Callable[[bytes | str, bytes | str], float]:
    return lambda a, b: function(vector(a), vector(b))


FUNCTIONS: dict[str, tuple[int, Callable[..., object]]] = {
    "vec_version": (0, lambda: "numpy"),
    "vec_length": (1, lambda a: len(vector(a))),
    "vec_f32": (1, lambda a: vector(a).tobytes()),
    "vec_to_json": (1, lambda a: json.dumps(vector(a).tolist())),
    "vec_normalize": (1, lambda a: (vector(a) / np.linalg.norm(vector(a))).astype("<f4").tobytes()),
    "vec_distance_cosine": (2, of_two(cosine)),
    "vec_distance_l2": (2, of_two(lambda a, b: float(np.linalg.norm(a - b)))),
    "vec_distance_l1": (2, of_two(lambda a, b: float(np.abs(a - b).sum()))),
    "vec_distance_hamming": (2, hamming),
}


def define(conn: sqlite3.Connection) -> None:
    """Define the functions on one connection."""
    for name, (arity, function) in FUNCTIONS.items():
        conn.create_function(name, arity, function, deterministic=True)
