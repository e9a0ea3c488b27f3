"""All pairs of rows that are near each other: unit vectors by their cosine, 64-bit hashes by the bits that differ.

Comparing all with all takes an hour for a million vectors. Both joins put rows into lists in which near ones meet, and
compare within lists only. Pairs are yielded in parts, because there may be more of them than fit into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Protocol

import numpy as np
import numpy.typing as npt

from .types import Floats, Hashes
from .vectors import normalise

Rows = npt.NDArray[np.intp]

#: Up to that many vectors, all are compared with all.
EXACT = 20_000
#: Lists that a vector is put into, its nearest, from which threshold on. The less near two are, the less often they
#: share one. So many miss fewer than 1 % of pairs where vectors have no structure at all, which is the worst case.
NEAREST = ((0.95, 3), (0.9, 4), (-1.0, 6))
#: Lists by the square root of the number of vectors.
LISTS = 1.5
#: Vectors for each list that k-means learns from, and how often it moves its centres.
LEARNT_FROM, ROUNDS = 40, 5
#: Rows that are compared with as many others at a time: 4 MB of cosines.
BLOCK = 1024

BANDS, WIDTH = 4, 16
#: Pairs of hashes that are compared at a time: a few arrays of 8 MB.
AT_A_TIME = 1_000_000
#: Two buckets with that many pairs are compared as a table, which costs a fifth and a call.
TABLE = 16_384


class Join(Protocol):
    """Finds near pairs of rows, by whatever that means."""

    def __len__(self) -> int: ...

    def pairs(self, left: Rows, right: Rows) -> Iterator[tuple[Rows, Rows]]:
        """Yield the near pairs of a row of `left` and a later one of `right`, in parts and each once.

        Both are ascending.
        """
        ...


def pairs(join: Join) -> tuple[Rows, Rows]:
    """Return all near pairs of rows (i < j), sorted."""
    rows = np.arange(len(join))
    parts = list(join.pairs(rows, rows))
    first, second = (np.concatenate([rows[:0], *(part[side] for part in parts)]) for side in (0, 1))
    order = np.lexsort((second, first))
    return first[order], second[order]


class VectorJoin:
    """Unit vectors whose cosine is `threshold` or more.

    Each is put into some lists, those whose centres are nearest to it. A pair is missed where the two share none.
    """

    def __init__(self, vectors: Floats, threshold: float, *, seed: int = 0, exact: int = EXACT) -> None:
        self.vectors, self.threshold = vectors, np.float32(threshold)
        if len(vectors) <= exact:
            self.lists = np.zeros((len(vectors), 1), np.int32)
        else:
            self.lists = nearest_lists(vectors, next(lists for least, lists in NEAREST if threshold >= least), seed)
        flat = self.lists.ravel()
        self._entries = np.argsort(flat, kind="stable")  # by list, and by row in each
        self._list_of = flat[self._entries]
        self._entries //= self.lists.shape[1]

    def __len__(self) -> int:
        return len(self.vectors)

    def pairs(self, left: Rows, right: Rows) -> Iterator[tuple[Rows, Rows]]:
        for number, ours, theirs in self._listed(left, right):
            for block in blocks(ours):
                vectors = self.vectors[block]
                for other in blocks(theirs[theirs > block[0]]):
                    yield self._near(number, block, vectors, other)

    def _listed(self, left: Rows, right: Rows) -> Iterator[tuple[int, Rows, Rows]]:
        """Yield each list that has rows of both sides, with these."""
        count = int(self.lists.max(initial=-1)) + 1
        sides = []
        for side in (left, right):
            wanted = np.zeros(len(self), bool)
            wanted[side] = True
            here = wanted[self._entries]
            ends = np.cumsum(np.bincount(self._list_of[here], minlength=count))
            sides.append(np.split(self._entries[here], ends[:-1]))
        for number, (ours, theirs) in enumerate(zip(*sides, strict=True)):
            if len(ours) and len(theirs):
                yield number, ours, theirs

    def _near(self, number: int, block: Rows, vectors: Floats, other: Rows) -> tuple[Rows, Rows]:
        hits = np.flatnonzero(vectors @ self.vectors[other].T >= self.threshold)
        first, second = block[hits // len(other)], other[hits % len(other)]
        later = first < second
        first, second = first[later], second[later]
        # Two rows may share several lists: the first of these finds them.
        shared = (self.lists[first][:, :, None] == self.lists[second][:, None, :]).any(axis=2)
        here = self.lists[first, shared.argmax(axis=1)] == number
        return first[here], second[here]


def nearest_lists(vectors: Floats, lists: int, seed: int) -> npt.NDArray[np.int32]:
    """Return for each row the numbers of its nearest lists of about √n, ascending, int32 (n, lists).

    Lists are of directions from the mean, by k-means on some of the rows. By distance alone, a list in the middle would
    swallow most.
    """
    count = round(LISTS * len(vectors) ** 0.5)
    random = np.random.default_rng(seed)
    learnt = vectors[np.sort(random.choice(len(vectors), min(len(vectors), LEARNT_FROM * count), replace=False))]
    mean = learnt.mean(axis=0)
    learnt -= mean
    directions = normalise(random.permutation(learnt)[:count])
    for _ in range(ROUNDS):
        nearest = highest(learnt, directions, np.zeros(count, np.float32), 1)[:, 0]
        order = np.argsort(nearest, kind="stable")
        present, first = np.unique(nearest[order], return_index=True)
        directions[present] = normalise(np.add.reduceat(learnt[order], first, axis=0))
    return highest(vectors, directions, directions @ mean, lists)


def highest(vectors: Floats, directions: Floats, offsets: Floats, places: int) -> npt.NDArray[np.int32]:
    """Return for each row in which directions it goes furthest beyond their offsets, ascending, int32 (n, places)."""
    nearest = np.empty((len(vectors), places), np.int32)
    for rows in blocks(np.arange(len(vectors))):
        reach = vectors[rows[0] : rows[-1] + 1] @ directions.T - offsets
        for place in range(places):
            nearest[rows, place] = best = reach.argmax(axis=1)
            reach[np.arange(len(rows)), best] = -np.inf
    nearest.sort(axis=1)
    return nearest


class HashJoin:
    """64-bit hashes that differ in `distance` bits or fewer.

    Hashes are cut into bands of 16 bits. Of two that differ in d bits, one band differs in d / 4 or fewer: that band,
    and what it becomes by changing that many of its bits, is where to look. Nothing is missed.
    """

    def __init__(self, hashes: Hashes, distance: int) -> None:
        self.hashes, self.distance = hashes, distance
        bands = [(hashes >> np.uint64(band * WIDTH)) & np.uint64(2**WIDTH - 1) for band in range(BANDS)]
        self._keys = [keys.astype(np.intp) for keys in bands]

    def __len__(self) -> int:
        return len(self.hashes)

    def pairs(self, left: Rows, right: Rows) -> Iterator[tuple[Rows, Rows]]:
        for band, keys in enumerate(self._keys):
            ours, theirs = Buckets(left, keys), Buckets(right, keys)
            for flipped in masks(self.distance // BANDS):
                for first, second in self._compared(ours, theirs, flipped):
                    yield self._first_found(band, first, second)

    def _compared(self, ours: Buckets, theirs: Buckets, flipped: int) -> Iterator[tuple[Rows, Rows]]:
        """Yield the near pairs of each bucket of ours and its partner among theirs, and maybe others that are not."""
        here, there = ours.partners(theirs, flipped)
        sizes = ours.counts[here] * theirs.counts[there]
        # Where many pictures share a band, as pale ones do, two buckets are compared as tables.
        for bucket in np.flatnonzero(sizes > TABLE):
            for block in blocks(ours.of(here[bucket])):
                for other in blocks(theirs.of(there[bucket])):
                    differ = self.hashes[block][:, None] ^ self.hashes[other]
                    hits = np.flatnonzero(np.bitwise_count(differ) <= self.distance)
                    yield block[hits // len(other)], other[hits % len(other)]
        small = np.flatnonzero(sizes <= TABLE)
        for part in np.split(small, np.flatnonzero(np.diff(np.cumsum(sizes[small]) // AT_A_TIME)) + 1):
            counts, across = ours.counts[here[part]], theirs.counts[there[part]]
            first = np.repeat(ours.rows[ranges(ours.begins[here[part]], counts)], np.repeat(across, counts))
            begins = np.repeat(theirs.begins[there[part]], counts)
            yield first, theirs.rows[ranges(begins, np.repeat(across, counts))]

    def _first_found(self, band: int, first: Rows, second: Rows) -> tuple[Rows, Rows]:
        """Keep the near pairs of a row and a later one that no earlier band has found."""
        differ = self.hashes[first] ^ self.hashes[second]
        kept = np.flatnonzero((np.bitwise_count(differ) <= self.distance) & (first < second))
        for earlier in range(band):
            bits = (differ[kept] >> np.uint64(earlier * WIDTH)) & np.uint64(2**WIDTH - 1)
            kept = kept[np.bitwise_count(bits) > self.distance // BANDS]
        return first[kept], second[kept]


class Buckets:
    """Rows by the value of one band, and the values that there are, ascending."""

    def __init__(self, rows: Rows, keys: Rows) -> None:
        self.rows = rows[np.argsort(keys[rows], kind="stable")]
        self.keys, self.begins, self.counts = np.unique(keys[self.rows], return_index=True, return_counts=True)

    def of(self, bucket: np.intp) -> Rows:
        return self.rows[self.begins[bucket] :][: self.counts[bucket]]

    def partners(self, others: Buckets, flipped: int) -> tuple[Rows, Rows]:
        """Return the numbers of those buckets, here and among others, whose values differ in just these bits."""
        wanted = self.keys ^ flipped
        places = np.searchsorted(others.keys, wanted)
        places[places == len(others.keys)] = 0
        here = np.flatnonzero(others.keys[places] == wanted) if len(others.keys) else places[:0]
        return here, places[here]


def blocks(rows: Rows) -> Iterator[Rows]:
    """Yield rows BLOCK at a time."""
    return (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))


def ranges(begins: Rows, counts: Rows) -> Rows:
    """Return the numbers from each beginning on, as many as its count, one after another."""
    return np.arange(counts.sum()) + np.repeat(begins - (np.cumsum(counts) - counts), counts)


def masks(bits: int) -> list[int]:
    """Return every number of 16 bits with at most that many bits set, 0 first."""
    return [sum(1 << bit for bit in chosen) for n in range(bits + 1) for chosen in combinations(range(WIDTH), n)]
