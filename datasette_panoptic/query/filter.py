"""Conditions over the column cache: a query's `where` as a mask over the instances."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain import deadline
from datasette_panoptic.domain.dates.periods import period
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.patterns import NotAPattern, found_in
from datasette_panoptic.domain.query import ANYWHERE, Condition, Where
from datasette_panoptic.domain.texts import fold
from datasette_panoptic.errors import BadQuery

from .columns import Columns, Links
from .haystack import Haystack
from .operators import FOLDED, Test, Value, phrase_of, test_of
from .periods import Periods

Mask = NDArray[np.bool_]


def mask(conn: sqlite3.Connection, columns: Columns, fields: Fields, where: Where) -> Mask:
    """Tell for each instance whether a condition holds. Raises BadQuery where it does not suit the fields."""
    deadline.check()
    size = len(columns.ids(conn))
    if isinstance(where, Condition):
        if where.field == ANYWHERE:
            holds = anywhere(conn, columns, fields, phrase_of(where))
            return ~holds if where.operator == "notcontains" else holds
        test = test_of(where, fields[where.field])
        if test.field.has_tags:
            holds = tagged(conn, columns, test)
        elif test.field.has_names:
            links = columns.links(conn, test.field)
            holds = np.zeros(size, dtype=bool)
            holds[links.positions[matching_names(links.names, test)[links.ranks]]] = True
        else:
            holds = compared(conn, columns, test)
        return ~holds if test.negated else holds
    joined = np.full(size, where.kind == "all")
    for part in where.parts:
        holds = mask(conn, columns, fields, part)
        joined = joined & holds if where.kind == "all" else joined | holds
    return ~joined if where.kind == "not" else joined


def compared(conn: sqlite3.Connection, columns: Columns, test: Test) -> Mask:
    """Compare a field's values: which of the distinct values match, spread over the instances."""
    column = columns.values(conn, test.field)
    if column.periods:
        return column.matching(during(column.periods, test))
    if test.operator.key == "contains":
        return column.matching(haystack(conn, columns, test.field).holding(str(test.operands[0])))
    return column.matching(matching(column.values, test))


def matching(values: list[Value], test: Test) -> Mask:
    """Tell which of some distinct ascending values satisfy a comparison."""
    wanted = np.zeros(len(values), dtype=bool)
    if test.operator.key == "matches":
        try:
            wanted[:] = found_in(str(test.operands[0]), values)
        except NotAPattern as error:
            raise BadQuery(f"`{test.field.name}`: {error}") from error
    elif test.operator.key in FOLDED:
        (operand,) = map(str, test.operands)
        holds = {"contains": str.__contains__, "startswith": str.startswith, "endswith": str.endswith}
        wanted[:] = [holds[test.operator.key](fold(str(value)), operand) for value in values]
    for start, stop in spans(values, test):
        wanted[start:stop] = True
    return wanted


def matching_names(names: Sequence[str], test: Test) -> Mask:
    """The same of names in the order of people, which is not that of their letters' numbers."""
    places = sorted(range(len(names)), key=names.__getitem__)
    wanted = np.zeros(len(names), dtype=bool)
    wanted[places] = matching([names[place] for place in places], test)
    return wanted


def during(periods: Periods, test: Test) -> Mask:
    """Tell which dates satisfy a comparison of periods."""
    begins, ends = periods.begins, periods.ends
    asked = [one for one in (period(str(operand)) for operand in test.operands) if one]
    match test.operator.key:
        case "notblank":
            return np.ones(len(begins), dtype=bool)
        case "exact" | "any":
            same = [(begins == one.begin) & (ends == one.end) for one in asked]
            return np.logical_or.reduce([np.zeros(len(begins), dtype=bool), *same])
        case "gt":
            return begins > asked[0].end
        case "lt":
            return ends < asked[0].begin
        case "gte" | "lastdays":
            return begins >= asked[0].begin
        case "lte":
            return ends <= asked[0].end
    return (begins >= asked[0].begin) & (ends <= asked[-1].end)  # between, within


def haystack(conn: sqlite3.Connection, columns: Columns, field: Field) -> Haystack:
    """The folded values of a field, in the order of its column."""
    return columns.once(("folded", field), lambda: Haystack.of(columns.values(conn, field).values))


def anywhere(conn: sqlite3.Connection, columns: Columns, fields: Fields, phrase: str) -> Mask:
    """Tell which instances have a folded text in any text, tag or keyword, or in their file's name."""
    holds = np.zeros(len(columns.ids(conn)), dtype=bool)
    for field in fields.searched:
        if field.has_tags or field.has_names:
            links = columns.links(conn, field)
            holds[links.positions[Haystack.of(links.names).holding(phrase)[links.ranks]]] = True
        elif (wanted := haystack(conn, columns, field).holding(phrase)).any():  # most fields have no such value
            holds |= columns.values(conn, field).matching(wanted)
    return holds


def spans(values: list[Value], test: Test) -> list[tuple[int, int]]:
    """Return the stretches of the ascending values that satisfy a comparison; none where it is not one of order."""

    def before(operand: Value) -> int:
        return bisect_left(values, operand)

    def through(operand: Value) -> int:
        return bisect_right(values, operand)

    a, *more = test.operands or (0,)
    match test.operator.key:
        case "notblank":
            return [(0, len(values))]
        case "exact" | "any":
            return [(before(operand), through(operand)) for operand in test.operands]
        case "gt":
            return [(through(a), len(values))]
        case "gte":
            return [(before(a), len(values))]
        case "lt":
            return [(0, before(a))]
        case "lte":
            return [(0, through(a))]
        case "between":
            return [(before(a), through(more[0]))]
    return []


def tagged(conn: sqlite3.Connection, columns: Columns, test: Test) -> Mask:
    """Tell which instances have tags; a tag counts with all tags below it."""
    links = columns.links(conn, test.field)
    holds = np.zeros(len(columns.ids(conn)), dtype=bool)
    if test.operator.key == "notblank":
        holds[links.positions] = True
        return holds
    tags = columns.once(("keys", test.field), lambda: by_key(links))
    children: dict[int, list[int]] = {}
    for child, parent in conn.execute("select tag_id, parent_id from tag_parents"):
        children.setdefault(parent, []).append(child)
    sets = [reached(tags.get(name_key(str(operand)), ()), children) for operand in test.operands]
    every = test.operator.key == "all"
    holds[:] = every
    for wanted in sets if every else [set().union(*sets)]:
        has = np.zeros(len(holds), dtype=bool)
        has[links.positions[np.isin(links.tags, list(wanted))[links.ranks]]] = True
        holds = holds & has if every else has
    return holds


def by_key(links: Links) -> dict[str, list[int]]:
    """Return a property's tags by what their names are compared by: one each, but in files of other software."""
    ids: dict[str, list[int]] = {}
    for name, tag_id in zip(links.names, links.tags.tolist(), strict=True):
        ids.setdefault(name_key(name), []).append(tag_id)
    return ids


def reached(starts: Iterable[int], children: Mapping[int, Sequence[int]]) -> set[int]:
    """Return the starts and everything below them, in a tree or where one has several parents."""
    seen: set[int] = set()
    waiting = list(starts)
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += children.get(here, ())
    return seen
