"""What the columns of a table are by all of their cells: of which type, and with which decimal mark."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from datasette_panoptic.domain import numerals, values
from datasette_panoptic.domain.dates import reading as dates
from datasette_panoptic.domain.fields import FieldType
from datasette_panoptic.domain.values import NotAValue

from .cells import Cell, Token, Unreadable

#: Words that make a column one of checkboxes; 0 and 1 alone are numbers.
WORDS = frozenset({"true", "false", "yes", "no", "oui", "non", "vrai", "faux"})
URL = re.compile(r"https?://\S+")
#: Numbers that are codes: a zero in front would be lost.
CODE = re.compile(r"[+-]?0[0-9]")

#: Texts, in small letters, that often stand for no value. None is taken for one unless somebody says so.
MARKERS = frozenset(
    {
        "na",
        "n/a",
        "n.a.",
        "nan",
        "null",
        "none",
        "nil",
        "nd",
        "n.d.",
        "#n/a",
        "-",
        "--",
        "\N{EN DASH}",
        "\N{EM DASH}",
        "?",
        ".",
    }
)

#: Different texts of a column that are remembered.
REMEMBERED = 100_000

#: The mark before decimals; `either`: whichever all cells of a column have.
Decimal = Literal[".", ",", "either"]
Row = tuple[int, Sequence[Cell]]
#: Tells whether a text may be a value of a type.
Suits = Callable[[str], bool]


@dataclass(frozen=True)
class Doubt:
    """Why a column that looks like another type is one of texts: the cell that is unlike the others, and its row."""

    kind: Literal["marker", "number"]
    type: FieldType
    row: int
    text: str


@dataclass(frozen=True)
class Guess:
    """What a column is: its type, None where its cells tell none, and the decimal mark of its numbers."""

    type: FieldType | None
    decimal: Literal[".", ","] = "."
    doubt: Doubt | None = None


def guess(
    rows: Iterable[Row],
    places: Iterable[int],
    *,
    decimal: Decimal = ".",
    empty: Collection[str] = (),
    numbers: Iterable[int] = (),
) -> dict[int, Guess]:
    """Guess each of the columns at `places`, and the decimal mark of those that are said to be `numbers`.

    Lists, which JSON has, are tags. Cells that are `empty` say nothing.
    """
    number: tuple[FieldType, Suits] = ("number", NUMBERS[decimal])
    columns = [_Column(place, [TOLD[0], number, *TOLD[1:]]) for place in places]
    columns += [_Column(place, [number], is_said=True) for place in numbers]
    open_ = columns
    for row, cells in rows:
        closed = False
        for column in open_:
            cell = cells[column.place] if column.place < len(cells) else ""
            if cell and cell not in column.seen:
                closed |= column.look(row, cell, empty)
        if closed:
            open_ = [column for column in open_ if not column.is_closed]
            if not open_:
                break
    return {column.place: column.guess(decimal) for column in columns}


@dataclass
class _Column:
    """A column while its cells are looked at. `types` are those that all cells so far suit."""

    place: int
    types: list[tuple[FieldType, Suits]]
    is_said: bool = False
    seen: set[Cell] = field(default_factory=set)
    is_listed: bool = False
    is_closed: bool = False
    has_values: bool = False
    looks_numeric: bool = True
    marker: tuple[int, str] | None = None
    odd: tuple[int, str] | None = None
    marks: set[str] = field(default_factory=set)  # of decimals: "," and ".", and "?" before one that may part thousands

    def look(self, row: int, cell: Cell, empty: Collection[str]) -> bool:
        """Take a cell into account; tell whether no other one can change anything."""
        if isinstance(cell, tuple):
            self.is_listed = self.is_closed = True
            return True
        text = cell.strip()
        if not text or text in empty or isinstance(cell, Unreadable):
            return False
        if len(self.seen) < REMEMBERED:
            self.seen.add(cell)
        if text.lower() in MARKERS:
            self.marker = self.marker or (row, text)
            return False
        self.has_values = True
        if not self.is_said:
            self.types = [(type_, suits) for type_, suits in self.types if suits(text)]
        if self.looks_numeric and not isinstance(cell, Token):
            self._look_at_number(row, text)
        self.is_closed = not self.types and not self.looks_numeric
        return self.is_closed

    def _look_at_number(self, row: int, text: str) -> None:
        mark = "," if numerals.WITH_COMMA.fullmatch(text) else "." if numerals.WITH_POINT.fullmatch(text) else ""
        if mark:
            self.marks.add(f"?{mark}" if numerals.EITHER.fullmatch(text) else mark)
            self.odd = self.odd or (row, text)
        elif not values.DECIMAL.fullmatch(text):
            self.looks_numeric = self.is_said or bool(numerals.meanings(text))
            self.odd = (row, text)

    def guess(self, decimal: Decimal) -> Guess:
        if self.is_listed:
            return Guess("multi_tags")
        type_ = self.types[0][0] if self.types and self.has_values else None
        mark = self._decimal_mark() if decimal == "either" else decimal
        if self.is_said:
            return Guess(type_, mark or ".")
        if type_ == "number" and mark is None:
            type_ = None
        if type_ and self.marker:
            return Guess(None, doubt=Doubt("marker", type_, *self.marker))
        if type_ is None and self.looks_numeric and self.odd:
            return Guess(None, doubt=Doubt("number", "number", *self.odd))
        return Guess(type_, mark) if type_ == "number" and mark else Guess(type_)

    def _decimal_mark(self) -> Literal[".", ","] | None:
        """Return the mark that all numbers of the column have; None where they differ, or all may be thousands."""
        commas, points = self.marks & {",", "?,"}, self.marks & {".", "?."}
        if commas and points:
            return None
        if commas:
            return "," if "," in commas else None
        return None if points == {"?."} and not self.is_said else "."


def _is_word(text: str) -> bool:
    return text.lower() in WORDS


def _is_number(text: str) -> bool:
    try:
        return not CODE.match(text) and values.number(text) is not None
    except NotAValue:
        return False


def _is_number_with_comma(text: str) -> bool:
    try:
        return not CODE.match(text) and values.number(text, ",") is not None
    except NotAValue:
        return False


def _is_either_number(text: str) -> bool:
    return _is_number(text) or _is_number_with_comma(text)


def _is_date(text: str) -> bool:
    try:
        return bool(dates.parse(text))
    except dates.NotADate:
        return False


def _is_color(text: str) -> bool:
    return bool(values.COLOR.fullmatch(text.lower()))


def _is_url(text: str) -> bool:
    return bool(URL.fullmatch(text))


NUMBERS: dict[Decimal, Suits] = {
    ".": _is_number,
    ",": _is_number_with_comma,
    "either": _is_either_number,
}

#: Types that can be told by their cells, numbers coming second: the first that all cells suit is taken.
TOLD: tuple[tuple[FieldType, Suits], ...] = (
    ("checkbox", _is_word),
    ("date", _is_date),
    ("color", _is_color),
    ("url", _is_url),
)
