"""Regular expressions that people write, with a limit on the time that they may take."""

from __future__ import annotations

import time
from collections.abc import Iterable
from functools import lru_cache

import regex

#: Seconds that one pattern may take over all values of a field; Datasette's own limit for a statement is one.
LIMIT = 2.0
#: Letters of a pattern.
LONGEST = 1000


class NotAPattern(ValueError):
    """A text that is no regular expression, or one that takes too long; the message says which."""


@lru_cache(maxsize=64)
def compiled(text: str) -> regex.Pattern[str]:
    """Read a regular expression, by the rules of the package `regex`. Raises NotAPattern."""
    if len(text) > LONGEST:
        raise NotAPattern(f"a pattern has {LONGEST} letters at most, not {len(text)}")
    try:
        return regex.compile(text)
    except (regex.error, OverflowError, RecursionError) as error:
        raise NotAPattern(f"`{text[:80]}` is no regular expression: {error}") from error


def found_in(text: str, values: Iterable[object]) -> list[bool]:
    """Tell in which values a pattern is found, at any place. Case counts, unless it begins with (?i).

    Raises NotAPattern where all of them together take longer than LIMIT.
    """
    pattern, end = compiled(text), time.monotonic() + LIMIT
    try:
        return [pattern.search(str(value), timeout=max(end - time.monotonic(), 0.001)) is not None for value in values]
    except TimeoutError as error:
        raise NotAPattern(f"`{text[:80]}` takes longer than {LIMIT:g} s; simplify it") from error
