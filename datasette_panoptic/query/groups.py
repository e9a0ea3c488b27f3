"""Groups over the column cache: cells put under the values of one field, then of the next, each group one stretch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain import deadline
from datasette_panoptic.domain.dates.steps import AGAIN, unit_of
from datasette_panoptic.domain.dates.steps import step_of as step_of_date
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Grouping
from datasette_panoptic.domain.texts import PATH, natural
from datasette_panoptic.errors import BadQuery

from . import sources
from .coding import Column, coded, in_time, ranks
from .columns import Columns, Links
from .operators import Value
from .periods import Periods, unit_numbers
from .steps import aggregated, quantile_of, step_of

#: Cells in groups altogether: so many, or if that is more so many for each cell that is grouped.
MOST_CELLS, MOST_PLACES = 2_000_000, 10

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


#: Seconds of a millennium, and some.
LONGEST = 367_000 * 86_400


@dataclass(frozen=True)
class ViewGroups:
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
class GroupLevel:
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
) -> tuple[Integers, tuple[ViewGroups, ...]]:
    """Return the rows, positions among the instances, in the order of their groups, and the groups level by level.

    Within a group rows keep their order. With `images`, the image of each instance, identical images in one group are
    one cell: the first of them.
    """
    paths: list[Integers] = []
    values: list[list[Value]] = []
    most = max(MOST_CELLS, MOST_PLACES * len(rows))
    for grouping in groupings:
        deadline.check()
        level = level_of(conn, columns, fields[grouping.field], grouping.step, rows, most)
        rows = rows[level.spread]
        paths = [*(codes[level.spread] for codes in paths), level.codes]
        values.append(level.values)
    measures = [
        measured(conn, columns, fields, grouping, paths[:depth], rows) for depth, grouping in enumerate(groupings, 1)
    ]
    if images is not None:
        first = first_of_each(numbered([*paths, images[rows].astype(np.int64)]))
        rows, paths = rows[first], [codes[first] for codes in paths]
        measures = [None if measure is None else measure[first] for measure in measures]
    order = np.arange(len(rows))
    for depth in range(len(paths), 0, -1):  # the last level first: each stable pass keeps the order of those before
        deadline.check()
        places = shown_places(groupings[depth - 1], paths[:depth], measures[depth - 1])
        order = order[stable_order(places[order])]
    return rows[order], cut([codes[order] for codes in paths], values)


def level_of(
    conn: sqlite3.Connection, columns: Columns, field: Field, step: str, rows: Integers, most: int
) -> GroupLevel:
    """Put rows under the values of a field, or of a step of it; a row with several tags is under each.

    Raises BadQuery where that makes more than `most` of them.
    """
    if field.has_tags or field.has_names:
        step_of(field, step)
        links = tag_paths(conn, columns, field) if step else columns.links(conn, field)
        cells = int(np.maximum(links.starts[rows + 1] - links.starts[rows], 1).sum())
        if cells > most:
            raise BadQuery(
                f"with the level `{field.name}` there would be {cells:,} cells, more than the limit of {most:,}; "
                "remove a level, or filter first"
            )
        return tagged(links, rows)
    read = columns.asked if step else columns.once
    column = read(("shown", field, step), lambda: shown(conn, columns, field, step))
    return GroupLevel(np.arange(len(rows)), column.codes[rows].astype(np.int64), column.values)


def shown(conn: sqlite3.Connection, columns: Columns, field: Field, step: str) -> Column:
    """A field's column with its values, or their steps, in the order that groups are shown."""
    column = columns.values(conn, field)
    if step and (quantiles := step_of(field, step).quantiles):
        counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.values)).tolist()
        lows = np.array([*quantile_of(counts, quantiles), -1], dtype=np.int32)
        return Column(column.values, lows[column.codes])
    if step and column.periods:
        return in_steps(column, column.periods, step)
    if step:
        apply: Callable[[Value], Value | None] = step_of(field, step).apply
        steps = [apply(value) for value in column.values]
        places = np.array([place for place, value in enumerate(steps) if value is not None], dtype=np.int64)
        by_code = coded(places, [value for value in steps if value is not None], len(steps) + 1)
        column = Column(by_code.values, by_code.codes[column.codes])  # −1 takes the last, which has no step
    if field.type not in ("text", "url"):
        return column
    rank = ranks(list(map(natural, map(str, column.values)))) if step else columns.text_ranks(conn, field)
    return Column([column.values[place] for place in np.argsort(rank)], np.append(rank, -1)[column.codes])


def in_steps(column: Column, periods: Periods, step: str) -> Column:
    """Put dates into the groups of a step: `domain.dates.steps.step_of` for all of a column."""
    unit, _ = AGAIN.get(step, (step, ""))
    # What lies in one unit lasts no longer than a millennium; what has no begin or end would make the tables endless.
    brief = np.flatnonzero(periods.known & (periods.ends < periods.begins + LONGEST))
    numbers = unit_numbers(unit, periods.begins[brief])
    is_inside = numbers == unit_numbers(unit, periods.ends[brief])
    inside = brief[is_inside]
    outside = np.setdiff1d(np.arange(len(periods.begins)), inside)
    # One date of each unit names it for all.
    _, firsts, place_of_unit = np.unique(numbers[is_inside], return_index=True, return_inverse=True)
    names = [unit_of(str(column.values[place]), step) for place in inside[firsts].tolist()]
    names += [step_of_date(str(column.values[place]), step) for place in outside.tolist()]
    by_name = in_time(coded(np.arange(len(names)), names))
    name_of = np.full(len(periods.begins) + 1, -1, dtype=np.int32)  # −1 takes the last
    name_of[inside] = by_name.codes[: len(firsts)][place_of_unit]
    name_of[outside] = by_name.codes[len(firsts) :]
    return Column(by_name.values, name_of[column.codes])


def tag_paths(conn: sqlite3.Connection, columns: Columns, field: Field) -> Links:
    """The tags that instances have as paths from the top of their tree; a tag with two parents has two."""

    def read() -> Links:
        links = columns.links(conn, field)
        table = sources.TAG_PATHS.format(name="paths", property=field.property_id, separator=ord(PATH))
        rows = conn.execute(f"with recursive {table} select id, path from paths").fetchall()
        rows.sort(key=lambda row: natural(row[1]))
        of_tag: dict[int, list[int]] = {}
        for place, (tag, _) in enumerate(rows):
            of_tag.setdefault(tag, []).append(place)
        of_rank = [of_tag.get(tag, []) for tag in links.tags.tolist()]
        counts = np.array([len(places) for places in of_rank], dtype=np.int64)
        firsts = np.cumsum(counts) - counts
        flat = np.array([place for places in of_rank for place in places], dtype=np.int64)
        repeats = counts[links.ranks]
        within = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        places = flat[np.repeat(firsts[links.ranks], repeats) + within]
        positions = np.repeat(links.positions, repeats)
        order = np.lexsort([places, positions])
        starts = np.searchsorted(positions, np.arange(len(links.starts)))
        tags = np.array([tag for tag, _ in rows], dtype=np.int64)
        return Links(positions, places[order], tags, tuple(path for _, path in rows), starts)

    return columns.once(("paths", field), read)


def measured(
    conn: sqlite3.Connection,
    columns: Columns,
    fields: Fields,
    grouping: Grouping,
    path: list[Integers],
    rows: Integers,
) -> Floats | None:
    """Return for each row what the aggregate of its group comes to, NaN for nothing; None where none is asked for.

    Of min and max it is the place among the field's values, which sorts the same; of dates, among their ends.
    """
    field = aggregated(grouping, fields)
    if field is None:
        return None
    deadline.check()
    column, groups = columns.values(conn, field), numbered(path)
    codes = column.codes[rows]
    has, size = codes >= 0, int(groups.max(initial=-1)) + 1
    if grouping.order in ("min", "max"):
        least = grouping.order == "min"
        places: Integers = codes.astype(np.int64)
        if column.periods:
            _, rank = np.unique(column.periods.begins if least else column.periods.ends, return_inverse=True)
            has &= np.append(column.periods.known, False)[codes]
            places = np.append(rank, -1)[codes]
        measures = np.full(size, np.inf if least else -np.inf)
        (np.minimum if least else np.maximum).at(measures, groups[has], places[has])
        measures[np.isinf(measures)] = np.nan
    else:
        values = np.array([float(value) for value in column.values])
        counts = np.bincount(groups[has], minlength=size)
        measures = np.bincount(groups[has], weights=values[codes[has]], minlength=size)
        with np.errstate(invalid="ignore"):
            measures = measures / counts if grouping.order == "mean" else np.where(counts, measures, np.nan)
    by_row: Floats = measures[groups]
    return by_row


def tagged(links: Links, rows: Integers) -> GroupLevel:
    starts = links.starts[rows]
    counts = links.starts[rows + 1] - starts
    repeats = np.maximum(counts, 1)  # a row without a tag stays
    spread = np.repeat(np.arange(len(rows)), repeats)
    within = np.arange(len(spread)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    has = counts[spread] > 0
    codes = np.full(len(spread), -1, dtype=np.int64)
    codes[has] = links.ranks[(starts[spread] + within)[has]]
    return GroupLevel(spread, codes, list(links.names))


def shown_places(grouping: Grouping, path: list[Integers], measure: Floats | None) -> Integers:
    """Return for each row the place of its group in its level: none last, then by size, measure or value."""
    codes = path[-1]
    span = int(codes.max(initial=-1)) + 1
    if grouping.order == "value":
        return np.where(codes < 0, span, span - 1 - codes if grouping.descending else codes)
    groups = numbered(path)
    by = np.bincount(groups).astype(np.float64)
    if measure is not None:
        by[groups] = measure
    code_of = np.zeros(len(by), dtype=np.int64)
    code_of[groups] = codes
    place = np.empty(len(by), dtype=np.int64)
    order = np.lexsort([code_of, -by if grouping.descending else by, np.isnan(by), code_of < 0])
    place[order] = np.arange(len(by))
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


def cut(paths: list[Integers], values: list[list[Value]]) -> tuple[ViewGroups, ...]:
    """Cut ordered cells, given by their codes on each level, into groups."""
    size = len(paths[0])
    begins = np.zeros(size, dtype=bool)
    begins[:1] = True
    levels = []
    for codes, named in zip(paths, values, strict=True):
        begins[1:] |= codes[1:] != codes[:-1]
        starts = np.flatnonzero(begins)
        levels.append(ViewGroups(starts, np.diff(np.append(starts, size)), codes[starts], named))
    return tuple(levels)
