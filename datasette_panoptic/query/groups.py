"""Groups over the column cache: cells put under the values of one field, then of the next, each group one stretch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Grouping

from .columns import Column, Columns, coded
from .operators import Value
from .steps import step_of

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """The groups of one level in order: the i-th begins at cell `starts[i]` and has `counts[i]` cells.

    `codes[i]` is the place of its value in `values`, −1 for the group of cells without one. The groups of a level lie
    within those of the level above.
    """

    starts: Integers
    counts: Integers
    codes: Integers
    values: list[Value]

    def value(self, number: int) -> Value | None:
        code = int(self.codes[number])
        return self.values[code] if code >= 0 else None


@dataclass(frozen=True)
class Level:
    """One level over given rows: `spread` repeats rows that have several values, `codes` are places in `values`."""

    spread: Integers
    codes: Integers  # of the spread rows; −1: none
    values: list[Value]  # in the order that groups are shown


def group(
    conn: sqlite3.Connection,
    columns: Columns,
    fields: Fields,
    groupings: tuple[Grouping, ...],
    rows: Integers,
    images: NDArray[np.uint32] | None,
) -> tuple[Integers, tuple[Groups, ...]]:
    """Return the rows, positions among the instances, in the order of their groups, and the groups level by level.

    Within a group rows keep their order. With `images`, the image of each instance, identical images in one group are
    one cell: the first of them.
    """
    paths: list[Integers] = []
    values: list[list[Value]] = []
    for grouping in groupings:
        level = level_of(conn, columns, fields[grouping.field], grouping.step, rows)
        rows = rows[level.spread]
        paths = [*(codes[level.spread] for codes in paths), level.codes]
        values.append(level.values)
    if images is not None:
        first = first_of_each(numbered([*paths, images[rows].astype(np.int64)]))
        rows, paths = rows[first], [codes[first] for codes in paths]
    order = np.arange(len(rows))
    for depth in range(len(paths), 0, -1):  # the last level first: each stable pass keeps the order of those before
        places = shown_places(groupings[depth - 1], paths[:depth])
        order = order[stable_order(places[order])]
    return rows[order], cut([codes[order] for codes in paths], values)


def level_of(conn: sqlite3.Connection, columns: Columns, field: Field, step: str, rows: Integers) -> Level:
    """Put rows under the values of a field, or of a step of it; a row with several tags is under each."""
    if field.has_tags:
        return tagged(conn, columns, field, rows)
    column = columns.once(("shown", field, step), lambda: shown(conn, columns, field, step))
    return Level(np.arange(len(rows)), column.codes[rows].astype(np.int64), column.values)


def shown(conn: sqlite3.Connection, columns: Columns, field: Field, step: str) -> Column:
    """A field's column with its values, or their steps, in the order that groups are shown."""
    column = columns.values(conn, field)
    if step:
        apply: Callable[[Value], Value | None] = step_of(field, step).apply
        steps = [apply(value) for value in column.values]
        places = np.array([place for place, value in enumerate(steps) if value is not None], dtype=np.int64)
        by_code = coded(places, [value for value in steps if value is not None], len(steps) + 1)
        return Column(by_code.values, by_code.codes[column.codes])  # −1 takes the last, which has no step
    if field.type not in ("text", "url"):
        return column
    rank = columns.text_ranks(conn, field)
    return Column([column.values[place] for place in np.argsort(rank)], np.append(rank, -1)[column.codes])


def tagged(conn: sqlite3.Connection, columns: Columns, field: Field, rows: Integers) -> Level:
    links = columns.links(conn, field)
    starts = links.starts[rows]
    counts = links.starts[rows + 1] - starts
    repeats = np.maximum(counts, 1)  # a row without a tag stays
    spread = np.repeat(np.arange(len(rows)), repeats)
    within = np.arange(len(spread)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    has = counts[spread] > 0
    codes = np.full(len(spread), -1, dtype=np.int64)
    codes[has] = links.ranks[(starts[spread] + within)[has]]
    return Level(spread, codes, list(links.names))


def shown_places(grouping: Grouping, path: list[Integers]) -> Integers:
    """Return for each row the place of its group among those of its level, none last, then by size or value."""
    codes = path[-1]
    span = int(codes.max(initial=-1)) + 1
    if not grouping.by_size:
        return np.where(codes < 0, span, span - 1 - codes if grouping.descending else codes)
    groups = numbered(path)
    sizes = np.bincount(groups)
    code_of = np.zeros(len(sizes), dtype=np.int64)
    code_of[groups] = codes
    place = np.empty(len(sizes), dtype=np.int64)
    place[np.lexsort([code_of, -sizes if grouping.descending else sizes, code_of < 0])] = np.arange(len(sizes))
    return place[groups]


def stable_order(places: Integers) -> Integers:
    """Sort small integers, ties in their order: passes of 16 bits, each of which numpy sorts by counting."""
    order = np.argsort((places & 0xFFFF).astype(np.uint16), kind="stable")
    if int(places.max(initial=0)) > 0xFFFF:
        order = order[stable_order(places[order] >> 16)]
    return order


#: Combinations of codes up to this many are numbered by ticking them off; that takes 8 bytes each.
FEW = 8_000_000


def numbered(parts: list[Integers]) -> Integers:
    """Number the distinct combinations of some codes, each at least −1, ascending."""
    number = np.zeros(len(parts[0]), dtype=np.int64)
    size = 1
    for codes in parts:
        span = int(codes.max(initial=-1)) + 2
        number = number * span + codes + 1
        size *= span
        if size <= FEW:
            present = np.zeros(size, dtype=np.int64)
            present[number] = 1
            number = (np.cumsum(present) - 1)[number]
        else:
            number = np.unique(number, return_inverse=True)[1]
        size = int(number.max(initial=-1)) + 1
    return number


def first_of_each(numbers: Integers) -> Integers:
    """Return where each number occurs first, ascending."""
    first = np.full(int(numbers.max(initial=-1)) + 1, len(numbers))
    np.minimum.at(first, numbers, np.arange(len(numbers)))
    return np.sort(first)


def cut(paths: list[Integers], values: list[list[Value]]) -> tuple[Groups, ...]:
    """Cut ordered cells, given by their codes on each level, into groups."""
    size = len(paths[0])
    begins = np.zeros(size, dtype=bool)
    begins[:1] = True
    levels = []
    for codes, named in zip(paths, values, strict=True):
        begins[1:] |= codes[1:] != codes[:-1]
        starts = np.flatnonzero(begins)
        levels.append(Groups(starts, np.diff(np.append(starts, size)), codes[starts], named))
    return tuple(levels)
