"""Cells of a table, whatever the file: texts in the notation of `domain.values`, or several, where a file has lists."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, time
from decimal import Decimal

from datasette_panoptic.domain import values

Cell = str | tuple[str, ...]

#: Whole numbers up to which a double holds each.
EXACT = 2**53


#: What no text here can hold: NUL, and halves of characters.
NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class Token(str):
    """A number of a file with types, as it is: its decimal mark is a point whatever the texts beside it have."""

    __slots__ = ()


class Unreadable(str):
    """A cell that holds something and cannot be read: what can be shown of it, and the reason."""

    __slots__ = ("reason",)
    reason: str

    def __new__(cls, text: str, reason: str) -> Unreadable:
        cell = super().__new__(cls, text)
        cell.reason = reason
        return cell


def unreadable(text: str, mark: str, encoding: str = "") -> Unreadable:
    """Return a text as a cell that cannot be read. `mark` is what is wrong in it: NUL, half a character or a byte.

    A byte that is not in `encoding` stands there as Python escapes it.
    """
    shown = NOT_TEXT.sub(lambda match: _shown(match[0]), text)
    if mark == "\0":
        return Unreadable(shown, "it has a NUL character, which no text here can hold")
    if mark == "\ufffd":
        return Unreadable(shown, f"it has bytes that are not {encoding}")
    if not encoding or not "\udc80" <= mark <= "\udcff":
        return Unreadable(shown, f"it has half a character, `{_shown(mark)}`")
    byte = ord(mark) & 0xFF
    meant = bytes([byte]).decode("cp1252", "ignore")
    also = f"; in cp1252 it is `{meant}`" if meant and encoding != "cp1252" else ""
    return Unreadable(shown, f"it has the byte {byte:#04x}, which is not {encoding}{also}")


def _shown(mark: str) -> str:
    number = ord(mark)
    return f"\\x{number & 0xFF:02x}" if number == 0 or 0xDC80 <= number <= 0xDCFF else f"\\u{number:04x}"


def cell_of(value: object) -> Cell:
    """Write what a file with types holds as a cell; null, what is absent and what is no number say nothing."""
    match value:
        case None:
            return ""
        case Token():
            return value
        case str():
            text = whole_text(str(value))
            return text if isinstance(text, Unreadable) else values.write_text(text)
        case [*several] if all(isinstance(each, str) for each in several):
            texts = tuple(whole_text(str(each)) for each in several)
            return next((text for text in texts if isinstance(text, Unreadable)), texts)
        case [*_] | dict():
            return whole_text(_json(value))
        case bytes():
            text = value.decode(errors="surrogateescape")
            mark = NOT_TEXT.search(text)
            return unreadable(text, mark[0], "utf-8") if mark else values.write_text(text)
        case _:
            return plain(value)


def _json(value: object) -> str:
    """Write nested values as JSON, numbers with the digits that they came with."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {_json(value[key])}" for key in value) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_json, value)) + "]"
        case Token():
            return str(value)
        case None | str() | bool():
            return json.dumps(value, ensure_ascii=False)
        case int() | float() | Decimal():
            return plain(value) or "null"
        case _:
            return json.dumps(plain(value), ensure_ascii=False)


def whole_text(text: str) -> str:
    """Join halves of characters, which JSON and XML can name one by one. A half alone makes the text unreadable."""
    if (text.isascii() and "\0" not in text) or not NOT_TEXT.search(text):
        return str(text)
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    mark = NOT_TEXT.search(joined)
    return unreadable(joined, mark[0]) if mark else joined


def plain(value: object) -> str:
    """Write a value of a spreadsheet that is no text."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            if value.is_integer() and abs(value) <= EXACT:
                return str(int(value))  # spreadsheets know no other whole numbers
            return "" if math.isnan(value) else Token(repr(value))
        case Decimal():
            return Token(format(value, "f"))
        case datetime():
            return moment(value)
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def moment(value: datetime) -> str:
    """Write a moment as it stands, with its zone to the minute, and with a fraction of a second where there is one."""
    zone = ""
    if offset := value.utcoffset():
        minutes = int(offset.total_seconds() // 60)  # before time zones, clocks differed by seconds
        zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    elif offset is not None:
        zone = "Z"
    text = value.replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if value.microsecond else text) + zone
