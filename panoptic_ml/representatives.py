"""Groups of rows that are near one of them, their representative, which is the first of its group.

Rows are taken in their order. One that is near no representative so far becomes one; any other joins the first that it
is near. So nothing is in two groups, every member is near its representative, no two representatives are near each
other, and whoever puts the best copies first keeps these. Chains end: where A is near B, and B near C, but C not near
A, then C is not in the group of A.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .neighbours import HashJoin, Join, Rows, VectorJoin, blocks
from .types import Floats, Hashes, Labels
from .vectors import by_size

#: Rows that are compared with each other first. Whatever their representatives are near is not compared again.
START = 2048
#: Each time there are that many times as many.
GROWTH = 4
#: Pairs that are held at a time, 64 MB; enough for all pairs of START rows.
MOST = 4_000_000
#: Decimals of a similarity: what is left of float32 after a sum of products.
DECIMALS = 6


def by_vectors(vectors: Floats, threshold: float, *, seed: int = 0) -> tuple[Labels, Floats]:
    """Group unit vectors by cosine; return labels, −1 for those in no group, and the cosine with the representative."""
    chosen = representatives(VectorJoin(vectors, threshold, seed=seed), *distinct(fingerprints(vectors)))
    labels = numbered(chosen)
    scores = np.zeros(len(labels), np.float32)
    for rows in blocks(np.flatnonzero(labels >= 0)):
        scores[rows] = np.einsum("ij,ij->i", vectors[rows], vectors[chosen[rows]])
    return labels, np.clip(scores, -1, 1).round(DECIMALS)


def by_hashes(hashes: Hashes, distance: int) -> tuple[Labels, Floats]:
    """Group 64-bit hashes; return labels, −1 for those in no group, and the share of bits as its representative has."""
    chosen = representatives(HashJoin(hashes, distance), *distinct(hashes))
    labels = numbered(chosen)
    differ = np.bitwise_count(hashes ^ hashes[chosen])
    return labels, np.where(labels >= 0, 1 - differ / 64, 0).astype(np.float32)


def representatives(join: Join, rows: Rows, place: Rows) -> Rows:
    """Return for each row its representative, which is the row itself where it is one or is near nothing.

    `rows` are those that differ from each other, ascending, and `place` says for each row which of them it equals.
    """
    chosen = np.arange(len(join))
    left, size = rows, START
    while len(left):
        part, rest = left[:size], left[size:]
        first, second = held(join.pairs(part, part), MOST)
        if len(first) > MOST and size > START:
            size //= GROWTH  # a crowd, which the representatives of a part of it clear away
            continue
        join_in_order(chosen, first, second)
        leading = part[chosen[part] == part]
        for leaders, members in join.pairs(leading, rest):
            np.minimum.at(chosen, members, leaders)
        left = rest[chosen[rest] == rest]
        size *= GROWTH
    return chosen[rows][place]


def held(parts: Iterable[tuple[Rows, Rows]], most: int) -> tuple[Rows, Rows]:
    """Return pairs sorted, or some more than `most` of them where there are more."""
    kept: list[tuple[Rows, Rows]] = []
    count = 0
    for part in parts:
        kept.append(part)
        count += len(part[0])
        if count > most:
            break
    first, second = (np.concatenate([np.empty(0, np.intp), *(part[side] for part in kept)]) for side in (0, 1))
    order = np.lexsort((second, first))
    return first[order], second[order]


def join_in_order(chosen: Rows, first: Rows, second: Rows) -> None:
    """Let each row that nobody has taken take those that are near it; pairs are sorted."""
    leaders, begins = np.unique(first, return_index=True)
    for leader, begin, end in zip(leaders, begins, np.append(begins, len(first))[1:], strict=True):
        if chosen[leader] == leader:
            near = second[begin:end]
            chosen[near[chosen[near] == near]] = leader


def distinct(keys: Hashes) -> tuple[Rows, Rows]:
    """Return the first row of each key, ascending, and for each row which of these has its key."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return first[order], place[inverse]


def fingerprints(vectors: Floats) -> Hashes:
    """Return 64 bits for each row, the same for equal rows; among a million others two are alike once in 10⁷ times."""
    wide = np.ascontiguousarray(vectors, np.float32).view(np.uint32)
    factors = np.random.default_rng(0).integers(2**64, size=wide.shape[1], dtype=np.uint64) | np.uint64(1)
    codes = np.empty(len(wide), np.uint64)
    for rows in blocks(np.arange(len(wide))):
        codes[rows] = (wide[rows] * factors).sum(axis=1)
    return codes


def numbered(chosen: Rows) -> Labels:
    """Return labels by size, −1 for what is alone."""
    sizes = np.bincount(chosen, minlength=len(chosen))
    return by_size(np.where(sizes[chosen] > 1, chosen, -1))
