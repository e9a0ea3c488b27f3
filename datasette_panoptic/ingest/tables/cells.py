"""Cells of a table, whatever the file: texts in the notation of `domain.values`, or several, where a file has lists."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal

from datasette_panoptic.domain import values

Cell = str | tuple[str, ...]

#: Whole numbers up to which a double holds each.
EXACT = 2**53


HALF = re.compile("[\ud800-\udfff]")


class Token(str):
    """A JSON number with its digits as they stand."""

    __slots__ = ()


def cell_of(value: object) -> Cell:
    """Write what a file with types holds as a cell; null, what is absent and what is no number say nothing."""
    match value:
        case None:
            return ""
        case Token():
            return str(value)
        case str():
            return values.write_text(whole_text(value))
        case [*several] if all(isinstance(each, str) for each in several):
            return tuple(whole_text(str(each)) for each in several)
        case [*_] | dict():
            return json.dumps(value, ensure_ascii=False, default=cell_of)
        case bytes():
            return values.write_text(value.decode(errors="replace"))
        case _:
            return plain(value)


def whole_text(text: str) -> str:
    """Join halves of characters, which JSON and XML can name one by one; a half alone becomes the mark for that."""
    if text.isascii() or not HALF.search(text):
        return str(text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def plain(value: object) -> str:
    """Write a value of a spreadsheet that is no text."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            if value.is_integer() and abs(value) <= EXACT:
                return str(int(value))  # spreadsheets know no other whole numbers
            return "" if math.isnan(value) else repr(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return moment(value)
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def moment(value: datetime) -> str:
    """Write a moment to the second, in UTC where it has a zone; one at midnight is a day."""
    if value.tzinfo:
        value = value.astimezone(UTC)
    if value.time() == time():
        return value.date().isoformat()
    return value.replace(tzinfo=None, microsecond=0).isoformat()
