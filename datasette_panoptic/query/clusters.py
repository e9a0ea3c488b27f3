"""Groups that are clusters of a stored run: what they are called, and those that say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import clustering_of
from datasette_panoptic.domain.query import Grouping
from datasette_panoptic.store import clusterings

#: Position, level, value, number of cells.
Span = tuple[int, int, str | int | float | None, int]


@dataclass(frozen=True)
class NamedCluster:
    """A cluster in a heading; `name` None: nobody has named it."""

    name: str | None
    coherence: float | None


#: By level, counted from 0, and label.
Names = Mapping[int, Mapping[int, NamedCluster]]


def names(conn: sqlite3.Connection, groupings: tuple[Grouping, ...]) -> Names:
    """Return what the clusters are called in those levels of groups that are the clusters of a run."""
    runs = {level: clustering_of(grouping.field) for level, grouping in enumerate(groupings)}
    return {
        level: {each.label: NamedCluster(each.name, each.coherence) for each in clusterings.clusters(conn, run)}
        for level, run in runs.items()
        if run is not None
    }


def without_bare(spans: list[Span], groupings: tuple[Grouping, ...]) -> list[Span]:
    """Leave out sub-groups of cells without a cluster that are all of the group around them.

    A run is made of one group mostly; the others, which have none of it, stay as they were. `spans` are sorted.
    """
    bare: set[tuple[int, int]] | None = None  # of the level below: extents of what was left out; None: there is none
    for level in range(len(groupings) - 1, 0, -1):
        if clustering_of(groupings[level].field) is None:
            break
        around = {(start, count) for start, of, _, count in spans if of == level - 1}
        bare = {
            (start, count)
            for start, of, value, count in spans
            if of == level and value is None and (start, count) in around and (bare is None or (start, count) in bare)
        }
        spans = [span for span in spans if span[1] != level or span[2] is not None or (span[0], span[3]) not in bare]
    return spans
