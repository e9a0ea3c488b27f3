"""Arithmetic on vectors that are kept as rows of a matrix. Pure numpy.

Matrices are float32 (n, dim) with unit rows, so that a product is a cosine. A row of zeros has no direction: it stays
as it is, and its cosine with anything is 0.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from .types import Floats, Labels

#: As they are stored, on every machine.
STORED = np.dtype("<f4")

#: Rows that are worked on at a time, so that what is made of them stays in the cache.
BLOCK = 1024


def normalise(vectors: npt.ArrayLike) -> Floats:
    """Return the vectors with length 1, float32, of the same shape: one vector, or a row each."""
    wide = np.asarray(vectors, np.float64)  # squares of large or tiny float32 would overflow or vanish
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    return np.divide(wide, lengths, out=np.zeros_like(wide), where=lengths > 0).astype(np.float32)


def pack(vector: npt.ArrayLike) -> bytes:
    """Return one vector as it is stored: little-endian float32."""
    return np.ascontiguousarray(vector, STORED).tobytes()


def unpack(stored: Iterable[bytes], dimension: int) -> Floats:
    """Return stored vectors as rows, float32 (n, dimension); ValueError where one has another length."""
    parts = list(stored)
    wrong = [len(part) for part in parts if len(part) != dimension * STORED.itemsize]
    if wrong:
        raise ValueError(f"a vector of {wrong[0]} bytes; {dimension} numbers of {STORED.itemsize} bytes are expected")
    return np.frombuffer(b"".join(parts), STORED).astype(np.float32).reshape(len(parts), dimension)


def scores(query: Floats, vectors: Floats) -> Floats:
    """Return the cosine of a unit query (dim,) with each row, float32 (n,), between −1 and 1."""
    return np.clip(vectors @ query, -1, 1)


def centroid(vectors: Floats) -> Floats:
    """Return the unit vector that points to the mean of the rows, (dim,); zeros where they cancel out or are none."""
    total: npt.NDArray[np.float64] = vectors.sum(axis=0, dtype=np.float64)
    return normalise(total)


def rocchio(positive: Floats, negative: Floats, *, weight: float = 0.5) -> Floats:
    """Return a unit query (dim,) that is near the positive rows and away from the negative ones, by `weight`."""
    query = np.zeros(positive.shape[1], np.float64)
    for rows, factor in ((positive, 1.0), (negative, -weight)):
        if len(rows):
            query += factor * rows.mean(axis=0, dtype=np.float64)
    return normalise(query)


def centroids(vectors: Floats, labels: Labels) -> Floats:
    """Return the centroid of each label from 0 up, float32 (labels, dim). Rows labelled −1 count nowhere."""
    sums = np.zeros((int(labels.max(initial=-1)) + 1, vectors.shape[1]), np.float64)
    for start in range(0, len(labels), BLOCK):
        here, part = labels[start : start + BLOCK], vectors[start : start + BLOCK]
        order = np.argsort(here, kind="stable")
        order = order[np.searchsorted(here[order], 0) :]
        if len(order):
            present, first = np.unique(here[order], return_index=True)
            sums[present] += np.add.reduceat(part[order], first, axis=0)
    return normalise(sums)


def fit(vectors: Floats, labels: Labels) -> Floats:
    """Return the cosine of each row with the centroid of its label, float32 (n,); 0 for those labelled −1."""
    centres = centroids(vectors, labels)
    fits = np.zeros(len(labels), np.float32)
    for start in range(0, len(labels), BLOCK):
        block = slice(start, start + BLOCK)
        clustered = labels[block] >= 0
        fits[block][clustered] = np.einsum("ij,ij->i", vectors[block][clustered], centres[labels[block][clustered]])
    return np.clip(fits, -1, 1)


def coherence(labels: Labels, fits: Floats) -> Floats:
    """Return the mean fit of each label from 0 up, float32 (labels,): what clusters are sorted by."""
    clustered = labels >= 0
    size = int(labels.max(initial=-1)) + 1
    counts = np.bincount(labels[clustered], minlength=size)
    sums = np.bincount(labels[clustered], fits[clustered], minlength=size)
    return np.divide(sums, counts, out=np.zeros(size), where=counts > 0).astype(np.float32)


def by_size(labels: npt.ArrayLike) -> Labels:
    """Number labels anew from 0, the largest first, the earlier one of two that are equal; negative ones become −1."""
    given = np.asarray(labels)
    _, first, inverse, counts = np.unique(given, return_index=True, return_inverse=True, return_counts=True)
    noise = given[first] < 0
    order = np.lexsort((first, -counts, noise))
    numbers = np.empty(len(order), np.int32)
    numbers[order] = np.arange(len(order), dtype=np.int32)
    numbers[noise] = -1
    return numbers[inverse]
