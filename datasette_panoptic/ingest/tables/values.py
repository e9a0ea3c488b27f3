"""The cells of a column as values of its type, each different text read once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from datasette_panoptic.domain import values
from datasette_panoptic.domain.changes import Value
from datasette_panoptic.domain.dates import reading as dates
from datasette_panoptic.domain.fields import FieldType
from datasette_panoptic.domain.names import checked, name_key, tidied
from datasette_panoptic.domain.palette import PALETTE
from datasette_panoptic.domain.values import NotAValue
from datasette_panoptic.errors import BadName

from .cells import Cell, Token, Unreadable

#: Two forms that Panoptic reads: 03/05/98-14:30, and seconds since 1970.
SHORT_DATE = re.compile(r"\d{2}/\d{2}/\d{2}-\d{2}:\d{2}")
EPOCH = re.compile(r"[0-9]{9,11}")

#: Different texts of a column that are remembered with their values.
REMEMBERED = 100_000

ReadCell = Callable[[Cell], Value | None]


def date(text: str) -> str:
    """Read a date in any form that projects or Panoptic know. Raises NotAValue."""
    text = text.strip()
    if SHORT_DATE.fullmatch(text):
        try:
            return datetime.strptime(text, "%d/%m/%y-%H:%M").strftime("%Y-%m-%dT%H:%M")
        except ValueError:
            raise NotAValue(f"`{text}` is not in the calendar") from None
    if EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        return dates.parse(text)
    except dates.NotADate as error:
        raise NotAValue(str(error)) from error


def color(text: str) -> str:
    """Read a colour, or its number in Panoptic's palette. Raises NotAValue."""
    text = text.strip()
    if text.isdecimal() and len(text) < 3 and int(text) < len(PALETTE):
        return PALETTE[int(text)]
    return values.color(text)


class Combinations:
    """The tags of a column's cells: each different combination has a number, which stands for it.

    `single`: a cell has one tag, and its commas. `literal`: the texts of JSON, where no tag needs quotes around it.
    """

    def __init__(self, *, single: bool, literal: bool) -> None:
        self.single = single
        self.literal = literal
        self.numbers: dict[tuple[str, ...], int] = {}
        #: The ways in which each tag is spelled, the first one first, by what names are compared by.
        self.spellings: dict[str, list[str]] = {}

    def read(self, cell: Cell) -> int | None:
        """Return the number of a cell's tags, as they are spelled first; None where it has none."""
        names = tuple(dict.fromkeys(self._spelled(name) for name in self.names(cell) if tidied(name)))
        if self.single and len(names) > 1:
            raise NotAValue(f"the cell has {len(names)} tags, but the property takes one")
        return self.numbers.setdefault(names, len(self.numbers)) if names else None

    def _spelled(self, text: str) -> str:
        try:
            name = checked(text, "tag")
        except BadName as error:
            raise NotAValue(str(error)) from error
        spellings = self.spellings.setdefault(name_key(name), [])
        if name not in spellings:
            spellings.append(name)
        return spellings[0]

    def names(self, cell: Cell) -> tuple[str, ...]:
        if isinstance(cell, tuple):
            return cell
        text = values.read_text(cell) if self.literal else cell
        if self.single:
            return (text if self.literal else values.read_tag(text),)
        return tuple(values.split_tags(text))


def reader(type_: FieldType, combinations: Combinations | None = None, decimal: str = ".") -> ReadCell:
    """Return what reads the cells of a column; it raises NotAValue, and answers None for a cell that says nothing."""
    if type_ == "number" and decimal == ",":
        return _number_with_comma  # not remembered: a Token of the same letters is another number
    if combinations:
        return remembering(combinations.read)
    if type_ in ("text", "url"):
        return lambda cell: values.read_text(cell) if isinstance(cell, str) else values.join_tags(cell)
    special: dict[str, Callable[[str], Value]] = {"date": date, "color": color}
    read = special.get(type_) or (lambda text: values.parse(text, type_))

    def read_cell(cell: Cell) -> Value | None:
        text = cell if isinstance(cell, str) else values.join_tags(cell)
        return read(text) if text.strip() else None

    # Numbers are read as quickly as they are looked up.
    return read_cell if type_ == "number" else remembering(read_cell)


def _number_with_comma(cell: Cell) -> Value | None:
    text = cell if isinstance(cell, str) else values.join_tags(cell)
    return values.number(text, "." if isinstance(cell, Token) else ",") if text.strip() else None


def checking(read: ReadCell) -> ReadCell:
    """Read the cells of a file of which some may be Unreadable."""

    def read_checked(cell: Cell) -> Value | None:
        if isinstance(cell, Unreadable):
            raise NotAValue(cell.reason)
        return read(cell)

    return read_checked


def remembering(read: ReadCell) -> ReadCell:
    known: dict[Cell, Value | None] = {}

    def remembered(cell: Cell) -> Value | None:
        if cell in known:
            return known[cell]
        value = read(cell)
        if len(known) < REMEMBERED:
            known[cell] = value
        return value

    return remembered
