"""Who an answer is for: a thread that reads for a visitor who only looks gets nothing that is private.

`store/privacy.py` lists what is private. What this plugin itself reads of it, and shows to those who may change the
project, is left out here: names of people, queries of changes, settings with paths in them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_current = threading.local()


@contextmanager
def kept(is_kept: bool = True) -> Iterator[None]:
    """Let this thread read for a visitor who only looks; `kept(False)`: for the plugin itself, which tells nobody."""
    before = getattr(_current, "is_kept", False)
    _current.is_kept = is_kept
    try:
        yield
    finally:
        _current.is_kept = before


def is_kept() -> bool:
    """Tell whether this thread reads for a visitor who only looks."""
    return bool(getattr(_current, "is_kept", False))


def discreet(function: Callable[..., T]) -> Callable[..., T]:
    """Wrap a function that reads: whatever it reads is for a visitor who only looks."""

    def read(*given: Any) -> T:
        with kept():
            return function(*given)

    return read


def private(value: T, instead: T) -> T:
    """Return a private value to those who may see it, and to others what stands in its place."""
    return instead if is_kept() else value
