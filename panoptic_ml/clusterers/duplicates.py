"""Duplicates: images whose perceptual hashes differ in a few bits, by any chain of such pairs.

Hashes are cut into bands of 16 bits. Of two that differ in d bits, one band differs in d / 4 or fewer: it is enough to
compare those that share a band, but for that many bits, instead of all pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Clusterer, Floats, Hashes, Labels
from panoptic_ml.vectors import by_size, fit, normalise

BANDS, WIDTH = 4, 16

#: Pairs that are compared at a time: a few arrays of 16 MB.
AT_A_TIME = 2_000_000

Rows = npt.NDArray[np.intp]


class Duplicates(Clusterer):
    """Copies of one picture: re-encoded, resized or toned. Everything that has no copy stays in no cluster."""

    id = "duplicates"

    def cluster(
        self,
        hashes: Hashes,
        distance: Annotated[
            int, Field(ge=0, le=11, description="Bits of 64 in which the hashes of a pair may differ")
        ] = 4,
    ) -> tuple[Labels, Floats]:
        """Cluster 64-bit hashes. Nothing is in two clusters: what is near two of them makes them one.

        Hashes with all bits alike, but for one, are of pictures of one colour and tell nothing: they are noise.
        """
        bits = np.bitwise_count(hashes)
        telling = np.flatnonzero((bits > 1) & (bits < 63))
        unique, inverse = np.unique(hashes[telling], return_inverse=True)
        groups = connected(unique, distance)[inverse]
        several = np.bincount(groups)[groups] > 1
        labels = np.full(len(hashes), -1, np.int32)
        labels[telling[several]] = by_size(groups[several])
        scores = np.zeros(len(hashes), np.float32)
        clustered = labels >= 0
        scores[clustered] = fit(normalise(signs(hashes[clustered])), labels[clustered])
        return labels, scores


def connected(unique: Hashes, distance: int) -> Rows:
    """Return for each hash the number of its group; hashes must differ from each other."""
    groups = np.arange(len(unique))
    for first, second in candidates(unique, distance):
        near = np.bitwise_count(unique[first] ^ unique[second]) <= distance
        near &= groups[first] != groups[second]
        if near.any():
            groups = merged(groups, first[near], second[near])
    return groups


def candidates(unique: Hashes, distance: int) -> Iterator[tuple[Rows, Rows]]:
    """Yield pairs of rows, in parts, among which are all with that distance or less."""
    for band in range(BANDS):
        keys = ((unique >> np.uint64(band * WIDTH)) & np.uint64(2**WIDTH - 1)).astype(np.intp)
        order = np.argsort(keys, kind="stable")
        begins = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=2**WIDTH))])
        for flipped in masks(distance // BANDS):
            if flipped:
                rows = np.flatnonzero(keys < keys ^ flipped)  # each pair from one side
                starts, ends = begins[keys[rows] ^ flipped], begins[(keys[rows] ^ flipped) + 1]
            else:
                rows, starts = order, np.arange(1, len(order) + 1)
                ends = begins[keys[order] + 1]
            yield from joined(rows, starts, ends, order)


def joined(rows: Rows, starts: Rows, ends: Rows, order: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Yield each row beside each of `order[start:end]`, about AT_A_TIME pairs together."""
    counts = ends - starts
    used = counts > 0
    rows, starts, counts = rows[used], starts[used], counts[used]
    part = np.cumsum(counts) // AT_A_TIME
    for cut in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(part)) + 1):
        if len(cut):
            many = counts[cut]
            within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            yield np.repeat(rows[cut], many), order[np.repeat(starts[cut], many) + within]


def masks(bits: int) -> list[int]:
    """Return every number of 16 bits with at most that many bits set, 0 first."""
    return [sum(1 << bit for bit in chosen) for n in range(bits + 1) for chosen in combinations(range(WIDTH), n)]


def merged(groups: Rows, first: Rows, second: Rows) -> Rows:
    """Return the groups after those of each pair became one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    involved, ends = np.unique(np.stack([groups[first], groups[second]]), return_inverse=True)
    ends = ends.reshape(2, -1)
    pairs = coo_array((np.ones(len(first), bool), (ends[0], ends[1])), shape=(len(involved), len(involved)))
    _, component = connected_components(pairs, directed=False)
    _, representative = np.unique(component, return_index=True)
    renamed = np.arange(len(groups))
    renamed[involved] = involved[representative][component]
    return renamed[groups]


def signs(hashes: Hashes) -> Floats:
    """Return the bits of each hash as a row of 64, +1 or −1."""
    bits = np.unpackbits(hashes.astype(">u8").view(np.uint8).reshape(-1, 8), axis=1)
    return np.where(bits, np.float32(1), np.float32(-1))


@hookimpl
def register_clusterers(register: Callable[[type[Clusterer]], None]) -> None:
    register(Duplicates)
