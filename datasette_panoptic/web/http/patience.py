"""What visitors who only look may take: so much time for an answer, and never all of the threads."""

from __future__ import annotations

import asyncio
import threading
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

    def spend(self, function: Callable[..., T]) -> Callable[..., T]:
        """Wrap a function that reads: beyond the time that is left, its SQL and what it computes end with TooSlow."""

        def limited(conn: sqlite3.Connection, *rest: Any) -> T:
            began = monotonic()
            conn.set_progress_handler(lambda: deadline.left() < 0, STEPS)
            try:
                with deadline.limited(self._left):
                    try:
                        deadline.check()
                        return function(conn, *rest)
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


class ExportPlaces:
    """The exports that may be written at once: visitors who only look never take the last place."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = {False: 0, True: 0}  # by whether visitors took them
        self._lock = threading.Lock()

    def take(self, *, only_looks: bool) -> bool:
        """Take a place; False where there is none."""
        with self._lock:
            is_free = sum(self._taken.values()) < self._most
            if not is_free or (only_looks and self._taken[True] >= self._most - 1):
                return False
            self._taken[only_looks] += 1
            return True

    def leave(self, *, only_looks: bool) -> None:
        with self._lock:
            self._taken[only_looks] -= 1
