"""The records of a CSV or TSV, whatever its separator: a cell or a row that cannot be read is one that says why."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from datasette_panoptic.errors import IngestError

from .cells import Unreadable, unreadable
from .encoding import BLOCK, Encoding

SEPARATORS = (";", ",", "\t", "|")
NAMED = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ","}

#: Characters that are read to tell the separator by, and records of them.
SAMPLE = 65_536
RECORDS = 50

#: Characters that one cell may hold: what a C long holds everywhere.
LARGEST_CELL = 2**31 - 1

#: A line that Excel reads the separator from, and writes no cells of.
NAMES_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

#: What makes it worth while to look at all numbers for decimal commas, and at all texts for escaped ones.
DECIMAL_COMMA = re.compile(rb",[0-9]")
ESCAPED = re.compile(rb"'[=+@-]")

#: What `csv` says where the file ends within quotation marks.
UNCLOSED = "unexpected end of data"


def separator_in(path: Path, name: str, encoding: Encoding) -> str:
    """Return the separator that a file names in its first line, or else the one that suits its first records."""
    with path.open(encoding=encoding.name, errors=encoding.errors, newline="") as file:
        sample = file.read(SAMPLE)
    named = NAMES_SEPARATOR.match(sample)
    return named[1] if named else separator_of(sample, name)


def separator_of(sample: str, name: str) -> str:
    """Choose the separator that cuts most of the first records into as many cells as there are headers."""
    lines = sample.splitlines(keepends=True)
    if len(sample) == SAMPLE:
        lines = lines[:-1] or lines

    def fits(separator: str) -> tuple[float, int]:
        records = list(islice((row for row in csv.reader(lines, delimiter=separator) if row), RECORDS))
        width = len(records[0]) if records else 0
        if width < 2:
            return 0, 0
        return round(sum(len(record) == width for record in records) / len(records), 1), width

    usual = "\t" if name.lower().endswith((".tsv", ".tab")) else ","
    best = max(SEPARATORS, key=fits)
    return best if fits(best)[1] else usual


def headers(path: Path, name: str, encoding: Encoding, separator: str) -> list[str]:
    """Return the cells of the first record, none where there is no record. Raises IngestError."""
    return next(records(path, name, encoding, separator), (1, []))[1]


def contains(path: Path, encoding: Encoding, pattern: re.Pattern[bytes]) -> bool:
    """Tell whether two bytes that a pattern finds are in a file; where letters have more bytes, that they may be."""
    if encoding.name.startswith(("utf-16", "utf-32")):
        return True
    with path.open("rb") as file:
        held = b""
        while block := file.read(BLOCK):
            if pattern.search(held + block):
                return True
            held = block[-1:]
    return False


def records(path: Path, name: str, encoding: Encoding, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that holds anything with its number, headers first.

    A record that is no CSV is one cell that is Unreadable. Raises IngestError where the file cannot be read on.
    """
    csv.field_size_limit(LARGEST_CELL)
    marks = encoding.marks
    with path.open(encoding=encoding.name, errors=encoding.errors, newline="") as file:
        row = 1 if NAMES_SEPARATOR.fullmatch(file.readline()) else 0
        if not row:
            file.seek(0)
        reader = csv.reader(file, delimiter=separator, strict=True)
        while True:
            try:
                for row, cells in enumerate(reader, row + 1):  # noqa: B020  # it goes on after a record that is no CSV
                    if any(cells):
                        yield row, [_checked(cell, marks, encoding.name) for cell in cells] if marks else cells
                return
            except csv.Error as error:
                row += 1
                if UNCLOSED in str(error):
                    raise IngestError(
                        f"row {row} of `{name}` has an opening quotation mark without a closing one"
                    ) from error
                yield row, [Unreadable("", _not_csv(str(error), separator))]


def _checked(cell: str, marks: re.Pattern[str], encoding: str) -> str:
    mark = marks.search(cell)
    return unreadable(cell, mark[0], encoding) if mark else cell


def _not_csv(said: str, separator: str) -> str:
    if "expected after" in said:
        shown = "a tab" if separator == "\t" else f"`{separator}`"
        return f"after a closing quotation mark come {shown} or the row's end; within a cell, write the mark twice"
    return f"the row is no CSV: {said}"
