"""The time that a reading may take. Whoever works in steps asks before each whether to go on.

A thread works under one deadline at a time, or under none.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic

from datasette_panoptic.errors import TooSlow

_current = threading.local()


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let this thread work for so many seconds from now."""
    before = getattr(_current, "end", inf)
    _current.end = min(monotonic() + seconds, before)
    try:
        yield
    finally:
        _current.end = before


@contextmanager
def paused() -> Iterator[None]:
    """Wait in this block for somebody else: that is no time of this thread's."""
    began = monotonic()
    try:
        yield
    finally:
        _current.end = getattr(_current, "end", inf) + monotonic() - began


def left() -> float:
    """Return the seconds that this thread may go on, infinite where there is no deadline, negative beyond it."""
    end: float = getattr(_current, "end", inf)
    return end - monotonic()


def check() -> None:
    """Raise TooSlow where this thread is beyond its deadline."""
    if left() < 0:
        raise TooSlow("this takes longer than visitors may use; ask for less, or sign in")
