"""Workbooks of Excel and of whoever writes the same: a sheet as a table, a row at a time.

A text is in the notation of a CSV, because people type both. The sheets `properties` and `tags`, which exports write,
describe the properties.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from datasette_panoptic.domain import descriptions, values
from datasette_panoptic.domain.descriptions import DescribedProperty, DescribedTag
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.errors import IngestError, MissingExtra

from .cells import Unreadable, plain, whole_text
from .sheet_facts import SheetFacts, facts_of

if TYPE_CHECKING:
    from openpyxl import Workbook

#: What Excel itself can hold. A file may say that its only row is the trillionth.
MOST_ROWS = 1_048_576
#: Bytes that a workbook may unpack to, all of it and the texts that its sheets share, which are in memory.
LARGEST, LARGEST_TEXTS = 4 * 1024**3, 512 * 1024**2
SHARED = "sharedStrings"

#: Characters that XML cannot hold, as workbooks write them.
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
#: Parts of a number format that are no letters of a date: texts, colours and conditions.
ASIDE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')

UNCOMPUTED = Unreadable(
    "(formula)", "it has a formula without a result; open the workbook in a spreadsheet and save it"
)

#: What openpyxl raises for files that are broken: it has no error of its own.
BROKEN = (OSError, BadZipFile, ZlibError, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError)


def sheets(path: Path) -> dict[str, bool]:
    """Return the names of a workbook's sheets of values, in order, without those that describe; and which are hidden.

    Raises IngestError where there is none.
    """
    with _opened(path) as book:
        hidden = {sheet.title: sheet.sheet_state != "visible" for sheet in book.worksheets}
    of_values = {name: is_hidden for name, is_hidden in hidden.items() if name.lower() not in descriptions.SHEETS}
    if not of_values:
        raise IngestError("the workbook has no sheet of values")
    return of_values


def facts(path: Path, sheet: str) -> SheetFacts:
    """Return what a sheet has besides values. Raises IngestError."""
    with _opened(path) as book, book[sheet]._get_source() as part:  # openpyxl keeps to itself where a sheet's XML is
        return facts_of(part)


def rows(path: Path, sheet: str, uncomputed: Container[tuple[int, int]] = ()) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a sheet that hold anything, with their numbers in it; `uncomputed` as in SheetFacts.

    Raises IngestError.
    """
    with _opened(path) as book:
        worksheet = book[sheet]
        worksheet.reset_dimensions()  # what a file says of its own size is often wrong
        for number, row in enumerate(worksheet.iter_rows(max_row=MOST_ROWS), 1):
            cells = [_cell(cell) for cell in row]
            if uncomputed:
                cells = [UNCOMPUTED if (number, place) in uncomputed else cell for place, cell in enumerate(cells)]
            if any(cells):
                yield number, cells


def described(path: Path) -> dict[str, DescribedProperty]:
    """Read the sheets that describe properties, by what their names are compared by; none where there are none."""
    with _opened(path) as book:
        named = {sheet.title.lower(): sheet.title for sheet in book.worksheets}
    if not set(descriptions.SHEETS) <= named.keys():
        return {}
    properties, tags = (_records(path, named[name]) for name in descriptions.SHEETS)
    described = {}
    try:
        for row in properties:
            described[name_key(row["name"])] = descriptions.checked(
                DescribedProperty(row["name"], row["type"], row["scope"], row["description"] or None)  # type: ignore[arg-type]
            )
        for row in tags:
            tag = DescribedTag(
                row["name"], row["color"] or None, row["description"] or None, row["uri"] or None,
                tuple(values.split_tags(row["parents"])),
            )  # fmt: skip
            of = name_key(row["property"])
            described[of] = replace(described[of], tags=(*described[of].tags, tag))
    except (KeyError, ValueError) as error:
        raise IngestError(f"its sheets `properties` and `tags` are not a description of properties: {error}") from error
    return described


def _records(path: Path, sheet: str) -> list[dict[str, str]]:
    table = [[values.read_text(cell) for cell in cells] for _, cells in rows(path, sheet)]
    head, *rest = table or [[]]
    return [dict(zip(head, [*cells, *[""] * len(head)], strict=False)) for cells in rest]


@contextmanager
def _opened(path: Path) -> Iterator[Workbook]:
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        raise MissingExtra("Reading XLSX", "xlsx") from error
    # A date that no calendar has is an error cell, which the report names.
    warnings.filterwarnings("ignore", message="Cell .* is marked as a date", category=UserWarning)
    try:
        with ZipFile(path) as archive:
            sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        shared = max((size for name, size in sizes.items() if SHARED in name), default=0)
        if sum(sizes.values()) > LARGEST or shared > LARGEST_TEXTS:
            raise IngestError("the workbook is too large once it is unpacked; save the sheet as CSV")
        # As an open file: openpyxl judges a path by how it ends.
        with path.open("rb") as file, closing(load_workbook(file, read_only=True, data_only=True)) as book:
            yield book
    except (*BROKEN, InvalidFileException) as error:
        raise IngestError(f"the workbook cannot be read: {error}") from error


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return Unreadable(str(value), f"the workbook shows the error `{value}` here")
    if isinstance(value, str):
        return whole_text(ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)) if "_x" in value else value
    if isinstance(value, datetime):
        return _as_shown(value, cell.number_format)
    return plain(value)


def _as_shown(value: datetime, number_format: str) -> str:
    """Write a date to the precision that its cell shows: a spreadsheet stores each to the second."""
    letters = ASIDE.sub("", number_format).lower()
    rounded = (value + timedelta(milliseconds=500)).replace(microsecond=0)
    if "h" in letters or "s" in letters:
        return rounded.isoformat(timespec="seconds" if "s" in letters else "minutes")
    length = 10 if "d" in letters else 7 if "m" in letters else 4
    return value.date().isoformat()[:length]
