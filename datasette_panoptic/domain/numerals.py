"""Numbers as people write them, with separators of thousands and with either decimal mark: what a text may mean."""

from __future__ import annotations

import re

#: What stands between groups of three digits, besides a point or a comma: spaces of four widths, and apostrophes.
GAPS = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}'\N{RIGHT SINGLE QUOTATION MARK}"

GROUPED = re.compile(rf"([+-]?[0-9]{{1,3}})((?:([.,{GAPS}])[0-9]{{3}})(?:\3[0-9]{{3}})*)(?:([.,])([0-9]+))?")
WITH_COMMA = re.compile(r"[+-]?(?:[0-9]+,[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
WITH_POINT = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

#: A whole number of thousands, or a number with three decimals: nobody can tell.
EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")


def meanings(text: str) -> tuple[str, ...]:
    """Return the numbers that a text may mean, written with a decimal point, that of grouped digits first."""
    text = text.strip()
    numbers = []
    grouped = GROUPED.fullmatch(text)
    if grouped and grouped[3] != grouped[4]:
        digits = "".join(filter(str.isdigit, grouped[2]))
        numbers.append(grouped[1] + digits + (f".{grouped[5]}" if grouped[5] else ""))
    if WITH_COMMA.fullmatch(text) or WITH_POINT.fullmatch(text):
        numbers.append(text.replace(",", "."))
    return tuple(numbers)
