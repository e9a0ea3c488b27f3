"""SQL functions over stored dates, for queries that compare, sort and group them as periods.

`panoptic_begin` and `panoptic_end` are the first and the last second of a date, counted from 1970 by the local clock:
`datetime(panoptic_begin(taken_at), 'unixepoch')` shows it. `panoptic_step` is the group that a date is in. What is no
date has no seconds, and a group named by itself.
"""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.dates.periods import period
from datasette_panoptic.domain.dates.steps import step_of


def define(conn: sqlite3.Connection) -> None:
    """Give a connection the functions."""
    conn.create_function("panoptic_begin", 1, _begin, deterministic=True)
    conn.create_function("panoptic_end", 1, _end, deterministic=True)
    conn.create_function("panoptic_step", 2, _step, deterministic=True)


def _begin(value: object) -> int | None:
    dated = None if value is None else period(str(value))
    return dated.begin if dated else None


def _end(value: object) -> int | None:
    dated = None if value is None else period(str(value))
    return dated.end if dated else None


def _step(value: object, step: str) -> str | None:
    return None if value is None else step_of(str(value), step)
