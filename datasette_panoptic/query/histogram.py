"""Bars over a number or a date within a view: what stretch of values each covers and how many cells it has.

The law is that of facets: a bar's count is what the view shows once it asks for the bar's conditions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery

from .bars import NO_BAR, Bar, BarOf, number_bars
from .columns import Columns
from .date_bars import FIRST, LAST, date_bars
from .facets import Rows, Tally, about, among, counted, rows_of, tallies
from .order import wanted


@dataclass(frozen=True)
class Histogram:
    """`vague`: cells whose date is not exact enough for any bar; `beyond`: cells dated too far away to be drawn."""

    field: Field
    step: str
    bars: list[Bar]
    blank: int
    vague: int = 0
    beyond: int = 0


def histogram(
    conn: sqlite3.Connection, columns: Columns, fields: Fields, query: Query, name: str, step: str = ""
) -> Histogram:
    """Count a view's cells in even stretches of a field; an empty step is chosen by the range. Raises BadQuery."""
    fields = fields.asked_by(query)
    field = fields[name]
    if field.type not in ("number", "date"):
        raise BadQuery(f"`{field.name}` is of type {field.type}: a chart takes a number or a date")
    (tally,) = tallies(conn, columns, fields, query, [name])
    present = np.flatnonzero(tally.counts)
    if not len(present):
        return Histogram(field, step, [], tally.blank)
    beyond = 0
    if tally.periods:
        step, bars, bar_of = date_bars(field, tally.periods, tally.counts, step)
        far = (tally.periods.ends < FIRST) | (tally.periods.begins > LAST)
        beyond = int(tally.counts[far & tally.periods.known].sum())
    else:
        low, high = tally.values[int(present[0])], tally.values[int(present[-1])]
        step, bars, bar_of = number_bars(field, tally.values, low, high, step)
    vague = int(tally.counts[bar_of == NO_BAR].sum()) - beyond
    counts = _counts(conn, columns, fields, query, tally, bars, bar_of)
    bars = [replace(bar, count=count) for bar, count in zip(bars, counts, strict=True)]
    return Histogram(field, step, bars, tally.blank, vague, beyond)


def _counts(
    conn: sqlite3.Connection, columns: Columns, fields: Fields, query: Query, tally: Tally, bars: Sequence[Bar],
    bar_of: BarOf,
) -> list[int]:  # fmt: skip
    field = tally.field
    if query.mode == "images" and field.scope == "instance":
        # An image with two dates in one year is one cell of that year: cells are counted anew, by bar.
        codes = np.concatenate([[0], bar_of + 1])
        by_bar = Rows(codes[rows_of(conn, columns, field).codes], None, [bar.first for bar in bars])
        others = tuple(where for where in query.where if not about(where, field))
        inside = among([wanted(conn, columns, fields, replace(query, where=others))])
        counts = counted(conn, columns, by_bar, inside, field, query)[1:]
    else:
        counts = np.bincount(bar_of + 1, weights=tally.counts, minlength=len(bars) + 1)[1:]
    return [int(count) for count in counts]
