"""What the cells of a column are: guessed from all of them, and read by type, each different text once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from datasette_panoptic.domain import values
from datasette_panoptic.domain.changes import Value
from datasette_panoptic.domain.dates import reading as dates
from datasette_panoptic.domain.fields import FieldType
from datasette_panoptic.domain.palette import PALETTE
from datasette_panoptic.domain.values import NotAValue

from .cells import Cell

#: Words that make a column one of checkboxes; 0 and 1 alone are numbers.
WORDS = frozenset({"true", "false", "yes", "no", "oui", "non", "vrai", "faux"})
URL = re.compile(r"https?://\S+")
#: Numbers that are codes: a zero in front would be lost.
CODE = re.compile(r"[+-]?0[0-9]")
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
        return datetime.fromtimestamp(int(text), UTC).strftime("%Y-%m-%dT%H:%M:%S")
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

    def read(self, cell: Cell) -> int | None:
        """Return the number of a cell's tags; None where it has none."""
        names = self.names(cell)
        if self.single and len(names) > 1:
            raise NotAValue(f"one tag is what a cell holds, not {len(names)}")
        if not any(name.strip() for name in names):
            return None
        return self.numbers.setdefault(names, len(self.numbers))

    def names(self, cell: Cell) -> tuple[str, ...]:
        if isinstance(cell, tuple):
            return tuple(dict.fromkeys(name for name in cell if name.strip()))
        text = values.read_text(cell) if self.literal else cell
        if self.single:
            return (text if self.literal else values.read_tag(text),)
        return tuple(values.split_tags(text))


def reader(type_: FieldType, combinations: Combinations | None = None) -> ReadCell:
    """Return what reads the cells of a column; it raises NotAValue, and answers None for a cell that says nothing."""
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


def _is_word(text: str) -> bool:
    return text.lower() in WORDS


def _is_number(text: str) -> bool:
    try:
        return not CODE.match(text) and values.number(text) is not None
    except NotAValue:
        return False


def _is_date(text: str) -> bool:
    try:
        return bool(dates.parse(text))
    except dates.NotADate:
        return False


def _is_color(text: str) -> bool:
    return bool(values.COLOR.fullmatch(text.lower()))


def _is_url(text: str) -> bool:
    return bool(URL.fullmatch(text))


#: Types that can be told by their cells, the first that all cells suit is taken.
TOLD: tuple[tuple[FieldType, Callable[[str], bool]], ...] = (
    ("checkbox", _is_word),
    ("number", _is_number),
    ("date", _is_date),
    ("color", _is_color),
    ("url", _is_url),
)


def guess(rows: Iterable[Sequence[Cell]], places: Iterable[int]) -> dict[int, FieldType]:
    """Return the type of each column that its cells tell; none where they tell none, or where there is no cell.

    Lists, which JSON has, are tags.
    """
    open_ = {place: list(TOLD) for place in places}
    seen: dict[int, set[str]] = {place: set() for place in open_}
    listed: set[int] = set()
    for cells in rows:
        for place, told in list(open_.items()):
            cell = cells[place] if place < len(cells) else ""
            if isinstance(cell, tuple):
                listed.add(place)
                del open_[place]
                continue
            text = cell.strip()
            if not text or text in seen[place]:
                continue
            if len(seen[place]) < REMEMBERED:
                seen[place].add(text)
            told[:] = [(type_, suits) for type_, suits in told if suits(text)]
            if not told:
                del open_[place]
    guessed = {place: told[0][0] for place, told in open_.items() if seen[place]}
    return guessed | dict.fromkeys(listed, "multi_tags")
