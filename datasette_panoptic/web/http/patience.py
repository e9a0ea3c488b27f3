"""What visitors who only look may take: so much time for an answer, and never all of the threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import deadline

T = TypeVar("T")

#: Steps of SQLite between two looks at the clock: some tenths of a millisecond.
STEPS = 10_000
#: An answer is read by many statements, each of which may take as long as Datasette lets one take.
STATEMENTS = 10


def time_limit(datasette: Any, settings: dict[str, Any]) -> float:
    """Return the seconds that one answer may take: as configured, else by Datasette's own limit for a statement."""
    configured = settings.get("time_limit_ms")
    return float(STATEMENTS * datasette.setting("sql_time_limit_ms") if configured is None else configured) / 1000


class Patience:
    """The time that is left for one answer, in however many reads."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def spend(self, function: Callable[[sqlite3.Connection], T]) -> Callable[[sqlite3.Connection], T]:
        """Wrap a function that reads: beyond the time that is left, its SQL and what it computes end with TooSlow."""

        def limited(conn: sqlite3.Connection) -> T:
            began = monotonic()
            conn.set_progress_handler(lambda: deadline.left() < 0, STEPS)
            try:
                with deadline.limited(self._left):
                    try:
                        deadline.check()
                        return function(conn)
                    except sqlite3.OperationalError:
                        deadline.check()
                        raise
            finally:
                conn.set_progress_handler(None, STEPS)
                self._left -= monotonic() - began

        return limited


def places(datasette: Any) -> asyncio.Semaphore:
    """Return the places for reads of visitors who only look: one fewer than there are threads."""
    return asyncio.Semaphore(max(datasette.setting("num_sql_threads") - 1, 1))
