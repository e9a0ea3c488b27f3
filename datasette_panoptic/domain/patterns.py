"""Regular expressions that people write, with limits on the time and the memory that they may take."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from functools import lru_cache

import regex

from . import deadline

#: Seconds that one pattern may take over all values of a field; Datasette's own limit for a statement is one.
LIMIT = 2.0
#: Letters of a pattern.
LONGEST = 1000
#: Letters of a pattern in which all that is repeated stands as often as it is repeated: `a{1000}` is compiled so, and
#: `(a{1000}){1000}` takes gigabytes.
LARGEST = 10_000

#: The parts of a pattern that tell how large it becomes. A class in brackets is one letter, whatever is in it.
PART = re.compile(
    r"(?P<letter>\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\()|(?P<close>\))"
    r"|\{\s*(?P<low>\d*)\s*(?:,\s*(?P<high>\d*)\s*)?\}|(?P<other>.)",
    re.DOTALL,
)
#: A call of a group or of the whole pattern, `(?R)`, `(?1)`, `(?&name)`: one that calls itself fills the memory.
CALL = re.compile(r"(?<!\\)(?:\\\\)*\(\?(?:R|&|P>|[+-]?\d)")
#: The flag that lets comments stand in a pattern, among others or alone.
VERBOSE = re.compile(r"(?<!\\)(?:\\\\)*\(\?[a-zA-Z0-9]*x[a-zA-Z0-9]*[-:)]")


class NotAPattern(ValueError):
    """A text that is no regular expression, or one that takes too much; the message says which."""


@lru_cache(maxsize=64)
def compiled(text: str) -> regex.Pattern[str]:
    """Read a regular expression, by the rules of the package `regex`. Raises NotAPattern."""
    if len(text) > LONGEST:
        raise NotAPattern(f"a pattern has {LONGEST} letters at most, not {len(text)}")
    if CALL.search(text):
        raise NotAPattern(f"`{text[:80]}`: a pattern may not call itself or one of its groups, as `(?R)` and `(?1)` do")
    if VERBOSE.search(text):
        raise NotAPattern(f"`{text[:80]}`: a pattern cannot have comments; leave out the flag `x`")
    if written_out(text) > LARGEST:
        raise NotAPattern(f"`{text[:80]}` repeats too much: at most {LARGEST:,} letters with repetitions written out")
    try:
        return regex.compile(text)
    except Exception as error:  # besides its own error the package raises a dozen others, out of memory among them
        raise NotAPattern(f"`{text[:80]}` is not a valid regular expression: {error or 'it is too large'}") from error


def written_out(text: str) -> int:
    """Return how many letters a pattern has once all that is repeated a number of times is written out.

    What is no regular expression has a number too. Nothing is larger than its number but what has the flag `x`.
    """
    sizes, last = [0], [0]  # of each group that is open, the outermost first: its size, and that of its last part
    for part in PART.finditer(text):
        if part["open"]:
            sizes.append(0)
            last.append(0)
        elif part["close"]:
            if len(sizes) > 1:
                inside, _ = sizes.pop() + 1, last.pop()
                sizes[-1] += inside
                last[-1] = inside
        elif part["letter"] or part["other"]:
            sizes[-1] += 1
            last[-1] = 1
        else:
            times = max(int(digits[:6] or 0) for digits in (part["low"], part["high"] or "0", "1"))
            sizes[-1] += last[-1] * (times - 1)
            last[-1] *= times
    return sum(sizes)


def found_in(text: str, values: Iterable[object]) -> list[bool]:
    """Tell in which values a pattern is found, at any place. Case counts, unless it begins with (?i).

    Raises NotAPattern where all of them together take longer than LIMIT, or more memory than there is. Other threads
    go on meanwhile.
    """
    pattern, end = compiled(text), time.monotonic() + min(LIMIT, deadline.left())

    def left() -> float:
        if (seconds := end - time.monotonic()) > 0:
            return seconds
        raise TimeoutError

    try:
        return [pattern.search(str(value), timeout=left(), concurrent=True) is not None for value in values]
    except TimeoutError as error:
        deadline.check()
        raise NotAPattern(f"`{text[:80]}` takes longer than {LIMIT:g} s; simplify it") from error
    except (MemoryError, RecursionError) as error:
        raise NotAPattern(f"`{text[:80]}` takes too much memory; simplify it") from error
