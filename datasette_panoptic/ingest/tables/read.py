"""Tables of values from files: CSV and TSV in any encoding and with any separator, JSON, workbooks, Parquet.

A cell is a text in the notation of `domain.values`, whatever the file's own, or several, where a file has lists. What a
column means is for `plan` to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from datasette_panoptic.domain.descriptions import DescribedProperty, says_escaped
from datasette_panoptic.domain.spreadsheets import unescape
from datasette_panoptic.errors import IngestError, WrongEncoding

from . import delimited, objects
from . import parquet as table_parquet
from . import xlsx as table_xlsx
from .cells import Cell, Unreadable
from .encoding import Encoding, encoding_of
from .sheet_facts import SheetFacts

Format = Literal["csv", "json", "jsonl", "xlsx", "parquet"]

#: What files that are no texts begin with: a zip, Parquet, and the format of Excel before 2007.
WORKBOOK, PARQUET, OLD_WORKBOOK = b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

#: Columns of a sheet, by its own account, for which headers are made up: some claim every column that there can be.
MOST_PADDED = 1_000

#: Names of files that hold JSON end so.
JSON = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Table:
    """A file whose form is known. Rows are counted as a spreadsheet does: a CSV's headers are row 1."""

    path: Path
    name: str  # as people know the file
    format: Format
    headers: tuple[str, ...]
    encoding: Encoding | None = None  # of a text
    separator: str = ""  # of a CSV
    is_escaped: bool = False  # a CSV whose texts have an apostrophe before what a spreadsheet would take for a formula
    sheet: str = ""  # of a workbook
    sheets: Mapping[str, bool] = field(default_factory=dict)  # of a workbook, and which are hidden
    facts: SheetFacts = field(default_factory=SheetFacts)

    @property
    def is_literal(self) -> bool:
        """Tell whether the file has lists and null, so that its texts need no notation."""
        return self.format in ("json", "jsonl", "parquet")

    @property
    def has_unreadable(self) -> bool:
        """Tell whether a cell may be Unreadable."""
        return self.encoding is None or self.is_literal or self.encoding.marks is not None

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield each row that holds anything, with its number. Raises IngestError where the file cannot be read on."""
        match self.format:
            case "xlsx":
                return islice(table_xlsx.rows(self.path, self.sheet, self.facts.uncomputed), 1, None)
            case "parquet":
                return table_parquet.rows(self.path)
        assert self.encoding, "what remains are texts"
        if self.format == "csv":
            records = islice(delimited.records(self.path, self.name, self.encoding, self.separator), 1, None)
            return ((row, list(map(_unescaped, cells))) for row, cells in records) if self.is_escaped else records
        return objects.rows(self.path, self.name, self.encoding, self.format, self.headers)

    def may_be_escaped(self) -> bool:
        """Tell whether a CSV that is not said to be escaped has what escaped texts begin with."""
        if self.format != "csv" or self.is_escaped or self.encoding is None:
            return False
        return delimited.contains(self.path, self.encoding, delimited.ESCAPED)

    def described(self) -> dict[str, DescribedProperty]:
        """Return what the file itself says of properties, by name in small letters. Raises IngestError."""
        if self.format == "xlsx":
            return table_xlsx.described(self.path)
        return table_parquet.described(self.path) if self.format == "parquet" else {}


def read(
    path: Path,
    *,
    name: str | None = None,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Find out a file's form, or take what is said of it; `name` is what people call it. Raises IngestError."""
    name = name or path.name
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise IngestError(f"`{name}` cannot be read: {error}") from error
    if head.startswith(WORKBOOK):
        return _workbook(path, name, sheet)
    if sheet:
        raise IngestError(f"`{name}` is not a workbook, so it has no sheet `{sheet}`")
    if head.startswith(PARQUET):
        return Table(path, name, "parquet", table_parquet.headers(path))
    if head.startswith(OLD_WORKBOOK):
        raise IngestError(f"`{name}` is in the Excel format used before 2007; save it as .xlsx or CSV")
    return _text(path, name, encoding, separator)


def as_escaped(table: Table, beside: Path | None, *, stated: bool = False) -> Table:
    """Return a table as one of escaped texts, if that is stated or what stands beside a CSV says so."""
    try:
        is_escaped = stated or (beside is not None and says_escaped(beside.read_text("utf-8")))
    except (OSError, UnicodeError):
        is_escaped = False
    if not is_escaped or table.format != "csv":
        return table
    return replace(table, is_escaped=True, headers=tuple(map(_unescaped, table.headers)))


def _unescaped(cell: str) -> str:
    return cell if isinstance(cell, Unreadable) else unescape(cell)


def _workbook(path: Path, name: str, sheet: str | None) -> Table:
    sheets = table_xlsx.sheets(path)
    wanted = sheet or next((each for each, is_hidden in sheets.items() if not is_hidden), next(iter(sheets)))
    if wanted not in sheets:
        raise IngestError(f"`{name}` has no sheet `{wanted}`; it has {', '.join(f'`{each}`' for each in sheets)}")
    facts = table_xlsx.facts(path, wanted)
    _, headers = next(table_xlsx.rows(path, wanted, facts.uncomputed), (1, []))
    if not headers:
        raise IngestError(f"sheet `{wanted}` of `{name}` is empty; its first row must name the columns")
    if len(headers) < facts.columns <= MOST_PADDED:  # cells under no header have a number too
        headers = [*headers, *[""] * (facts.columns - len(headers))]
    return Table(path, name, "xlsx", _named(headers, name), sheet=wanted, sheets=sheets, facts=facts)


def _named(headers: Sequence[str], name: str) -> tuple[str, ...]:
    """Return headers that can be read. Raises WrongEncoding."""
    for number, header in enumerate(headers, 1):
        if isinstance(header, Unreadable):
            raise WrongEncoding(
                f"the header of column {number} of `{name}` cannot be read: {header.reason}",
                "correct it, or say --encoding if it is in another encoding",
            )
    return tuple(headers)


def _text(path: Path, name: str, stated: str | None, separator: str | None) -> Table:
    try:
        encoding = encoding_of(path, stated)
        if Path(name).suffix.lower() in JSON:
            form, keys = objects.headers(path, name, encoding)
            return Table(path, name, form, _named(keys, name), encoding)
        separator = delimited.NAMED.get(separator or "", separator) or delimited.separator_in(path, name, encoding)
        headers = _named(delimited.headers(path, name, encoding, separator), name)
    except (TypeError, ValueError, OSError) as error:
        raise IngestError(f"`{name}` cannot be read: {error}") from error
    if not any(headers):
        raise IngestError(f"`{name}` is empty; its first row must name the columns")
    return Table(path, name, "csv", headers, encoding, separator)
