"""Two runs beside each other: how far they agree, which cluster of one is which of the other, what changed places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from . import clusterings
from .clusterings import NOISE

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Match:
    """Two clusters that are the same as far as any are: `images` are in both. −1 is noise."""

    first: int
    second: int
    images: int


@dataclass(frozen=True)
class Moved:
    """An image that is in the second run elsewhere than its cluster of the first went."""

    image_id: int
    first: int
    second: int


@dataclass(frozen=True)
class Comparison:
    """`adjusted_rand` is 1 where both runs put the images that they share into the same clusters, 0 by chance.

    `matches` has each cluster once at most, those that share most first; the others of a run went up in several.
    """

    first: int
    second: int
    common: int
    only_first: int
    only_second: int
    adjusted_rand: float
    matches: list[Match]
    moved: list[Moved]


def compare(conn: sqlite3.Connection, first: int, second: int) -> Comparison:
    """Compare two runs over the images that both have, as people have left them. Raises NotThere."""
    for run in (first, second):
        clusterings.get(conn, run)
    one, two = (clusterings.labels_of(conn, run) for run in (first, second))
    common = sorted(one.keys() & two.keys())
    left, right = (np.array([labels[image] for image in common], dtype=np.int64) for labels in (one, two))
    matches = matched(left, right)
    partner = {match.first: match.second for match in matches}
    moved = [
        Moved(image, a, b)
        for image, a, b in zip(common, left.tolist(), right.tolist(), strict=True)
        if partner.get(a) != b
    ]
    return Comparison(
        first,
        second,
        len(common),
        len(one) - len(common),
        len(two) - len(common),
        round(adjusted_rand(left, right), 4),
        matches,
        moved,
    )


def adjusted_rand(left: Labels, right: Labels) -> float:
    """Return the adjusted Rand index of two labellings: how pairs agree, less what chance gives (Hubert 1985)."""
    cells = [count for *_, count in table(left, right)]
    rows, columns = (np.unique(labels, return_counts=True)[1].tolist() for labels in (left, right))
    together, by_row, by_column = (sum(n * (n - 1) // 2 for n in counts) for counts in (cells, rows, columns))
    pairs = len(left) * (len(left) - 1) // 2
    expected = by_row * by_column / pairs if pairs else 0.0
    most = (by_row + by_column) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def matched(left: Labels, right: Labels) -> list[Match]:
    """Pair clusters of two labellings, those that share most first; noise is noise."""
    matches = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for a, b, count in sorted(table(left, right), key=lambda cell: (-cell[2], cell[:2])):
        if (a == NOISE) == (b == NOISE) and a not in taken[0] and b not in taken[1]:
            taken[0].add(a)
            taken[1].add(b)
            matches.append(Match(a, b, count))
    return matches


def table(left: Labels, right: Labels) -> list[tuple[int, int, int]]:
    """Return for each pair of labels that occurs how many images have it."""
    pairs, counts = np.unique(np.stack([left, right], axis=1), axis=0, return_counts=True)
    return [(int(a), int(b), int(count)) for (a, b), count in zip(pairs, counts, strict=True)]
