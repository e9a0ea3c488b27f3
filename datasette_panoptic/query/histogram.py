"""Bars over a number or a date within a view: what stretch of values each covers and how many cells it has.

The law is that of facets: a bar's count is what the view shows once it asks for the bar's conditions.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.dates.reading import END
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Condition, Query
from datasette_panoptic.errors import BadQuery

from .columns import Columns
from .facets import Rows, Tally, about, among, counted, rows_of, tallies
from .operators import Value, number
from .order import wanted

#: Bars that a chart has where nobody chooses its step.
MOST_BARS = 60
#: Bars that anybody may ask for.
LIMIT = 2_000

#: Steps of whole years.
YEARS = {"year": 1, "2years": 2, "5years": 5, "decade": 10, "20years": 20, "50years": 50, "century": 100}
#: The steps of dates from fine to coarse, with how many characters of a date tell its period.
DATE_LENGTHS = {"hour": 13, "day": 10, "month": 7, **dict.fromkeys(YEARS, 4)}


@dataclass(frozen=True)
class Bar:
    """What its conditions ask for: from `first` to `last`, below it if they are numbers; empty: `first` alone."""

    first: str
    last: str
    count: int
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Histogram:
    """`vague`: cells whose date is not exact enough for any bar."""

    field: Field
    step: str
    bars: list[Bar]
    blank: int
    vague: int


@dataclass(frozen=True)
class Stretch:
    """Values from `low` on, below `high`, are those that the conditions ask for."""

    first: str
    last: str
    low: Value
    high: Value
    conditions: tuple[Condition, ...]


def histogram(
    conn: sqlite3.Connection, columns: Columns, fields: Fields, query: Query, name: str, step: str = ""
) -> Histogram:
    """Count a view's cells in even stretches of a field; an empty step is chosen by the range. Raises BadQuery."""
    fields = fields.asked_by(query)
    field = fields[name]
    if field.type not in ("number", "date"):
        raise BadQuery(f"`{field.name}` is of type {field.type}: a chart takes a number or a date")
    (found,) = tallies(conn, columns, fields, query, [name])
    present = np.flatnonzero(found.counts)
    if not len(present):
        return Histogram(field, step, [], found.blank, 0)
    low, high = found.values[int(present[0])], found.values[int(present[-1])]
    if field.type == "date":
        step = step or date_step(found, str(low), str(high))
        stretches = periods(field, step, str(low), str(high))
    else:
        width = Decimal(repr(number(step))) if step else nice_width(low, high)
        step, stretches = str(width), bins(field, width, low, high)
    return _filled(conn, columns, fields, query, found, step, stretches)


def _filled(
    conn: sqlite3.Connection, columns: Columns, fields: Fields, query: Query, found: Tally, step: str,
    stretches: Sequence[Stretch],
) -> Histogram:  # fmt: skip
    values, field = found.values, found.field
    bounds = [(bisect_left(values, s.low), bisect_left(values, s.high)) for s in stretches]
    if query.mode == "images" and field.scope == "instance":
        # An image with two dates in one year is one cell of that year: cells are counted anew, by bar.
        codes = np.zeros(len(values) + 1, dtype=np.int32)
        for n, (start, stop) in enumerate(bounds, 1):
            codes[start + 1 : stop + 1] = n
        rows = rows_of(conn, columns, field)
        by_bar = Rows(codes[rows.codes], None, [s.first for s in stretches])
        others = tuple(where for where in query.where if not about(where, field))
        inside = among([wanted(conn, columns, fields, replace(query, where=others))])
        counts = counted(conn, columns, by_bar, inside, field, query)[1:].tolist()
    else:
        sums = np.concatenate([[0], np.cumsum(found.counts)])
        counts = [int(sums[stop] - sums[start]) for start, stop in bounds]
    covered = np.zeros(len(values), dtype=bool)
    for start, stop in bounds:
        covered[start:stop] = True
    bars = [Bar(s.first, s.last, count, s.conditions) for s, count in zip(stretches, counts, strict=True)]
    return Histogram(field, step, bars, found.blank, int(found.counts[~covered].sum()))


def nice_width(low: Value, high: Value) -> Decimal:
    """Return 1, 2 or 5 times a power of ten that cuts a range into at most MOST_BARS; whole where the range is."""
    span = Decimal(repr(high)) - Decimal(repr(low))
    wanted = max(span / (MOST_BARS - 1), Decimal(1) if isinstance(low, int) and isinstance(high, int) else Decimal(0))
    if not wanted:
        return Decimal(1)
    power = Decimal(10) ** math.floor(wanted.log10())
    return next(width for width in (power, 2 * power, 5 * power, 10 * power) if width >= wanted).normalize()


def bins(field: Field, width: Decimal, low: Value, high: Value) -> list[Stretch]:
    """Cut a range of numbers at the multiples of a width."""
    if width <= 0:
        raise BadQuery(f"`_step` must be above 0, not `{width}`")
    first = int((Decimal(repr(low)) / width).to_integral_value("ROUND_FLOOR"))
    last = int((Decimal(repr(high)) / width).to_integral_value("ROUND_FLOOR"))
    _check(field, last - first + 1)
    edges = [f"{(place * width).normalize():f}" for place in range(first, last + 2)]
    whole = width == 1 and isinstance(low, int) and isinstance(high, int)
    stretches = []
    for start, stop in pairwise(edges):
        exact = (Condition(field.name, "exact", (start,)),)
        conditions = exact if whole else (Condition(field.name, "gte", (start,)), Condition(field.name, "lt", (stop,)))
        stretches.append(Stretch(start, "" if whole else stop, number(start), number(stop), conditions))
    return stretches


def date_step(found: Tally, low: str, high: str) -> str:
    """Choose the finest step that most dates are exact enough for and that makes no more than MOST_BARS."""
    lengths = np.fromiter(map(len, map(str, found.values)), np.int64, len(found.values))
    total = int(found.counts.sum())
    for step, length in DATE_LENGTHS.items():
        vague = int(found.counts[lengths < length].sum())
        if vague * 10 <= total and _span(step, low, high) <= MOST_BARS:
            return step
    return "century"


def periods(field: Field, step: str, low: str, high: str) -> list[Stretch]:
    """Cut a range of dates at the beginnings of periods."""
    if step not in DATE_LENGTHS:
        raise BadQuery(f"`_step` cannot be `{step}`; choose among {', '.join(DATE_LENGTHS)}")
    _check(field, _span(step, low, high))
    place, last = _place(step, low), _place(step, high)
    return [_period(field, step, n) for n in range(place, last + 1)]


def _check(field: Field, count: int) -> None:
    if count > LIMIT:
        raise BadQuery(f"`_step` cuts `{field.name}` into {count} bars, and {LIMIT} is the most; take a wider one")


def _span(step: str, low: str, high: str) -> int:
    return _place(step, high) - _place(step, low) + 1


def _place(step: str, date: str) -> int:
    """Number the period that a date begins in."""
    year = int(date[:4])
    if step in YEARS:
        return year // YEARS[step]
    month = int(date[5:7] or 1)
    if step == "month":
        return year * 12 + month - 1
    moment = datetime(year, month, int(date[8:10] or 1), int(date[11:13] or 0))
    hours = int((moment - datetime.min) / timedelta(hours=1))
    return hours if step == "hour" else hours // 24


def _period(field: Field, step: str, place: int) -> Stretch:
    def between(low: str, high: str) -> Condition:
        return Condition(field.name, "between", (low, high))

    if (years := YEARS.get(step, 1)) > 1:
        first, last = f"{place * years:04}", f"{place * years + years - 1:04}"
        # The year 0 is no date: what would begin there begins a year later.
        condition = between(max(first, "0001"), last)
        return Stretch(first, last, first, last + END, (condition,))
    if step == "hour":
        text = (datetime.min + timedelta(hours=place)).isoformat()[:13]
        condition = between(f"{text}:00", f"{text}:59")
        return Stretch(f"{text[:10]} {text[11:]} h", "", f"{text}:00", f"{text}:59{END}", (condition,))
    texts: dict[str, Callable[[], str]] = {
        "year": lambda: f"{place:04}",
        "month": lambda: f"{place // 12:04}-{place % 12 + 1:02}",
        "day": lambda: (datetime.min + timedelta(days=place)).isoformat()[:10],
    }
    text = texts[step]()
    return Stretch(text, "", text, text + END, (Condition(field.name, "within", (text,)),))
