"""Tables of values from files: CSV and TSV in any encoding and with any separator, JSON, workbooks, Parquet.

A cell is a text in the notation of `domain.values`, whatever the file's own, or several, where a file has lists. What a
column means is for `table_plan` to say.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, Literal

from datasette_panoptic.domain.descriptions import DescribedProperty
from datasette_panoptic.errors import IngestError, WrongEncoding

from . import parquet as table_parquet
from . import xlsx as table_xlsx
from .cells import Cell, Token, cell_of

Format = Literal["csv", "json", "jsonl", "xlsx", "parquet"]

SEPARATORS = (";", ",", "\t", "|")
NAMED = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ","}

#: What files that are no texts begin with: a zip, Parquet, and the format of Excel before 2007.
WORKBOOK, PARQUET, OLD_WORKBOOK = b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

#: What a text is in that is not UTF-8.
LAST_RESORT = "cp1252"

#: Bytes read to tell encodings and separators by, and records of them.
SAMPLE = 65_536
RECORDS = 50

#: Characters that one cell may hold: what a C long holds everywhere.
LARGEST_CELL = 2**31 - 1

#: A line that Excel reads the separator from, and writes no cells of.
NAMES_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)

#: A line put behind the last: a cell that has it was never closed, and has taken in all that was to come.
END = "\0end of the table\0"


@dataclass(frozen=True)
class Table:
    """A file whose form is known. Rows are counted as a spreadsheet does: a CSV's headers are row 1."""

    path: Path
    name: str  # as people know the file
    format: Format
    headers: tuple[str, ...]
    encoding: str = ""  # of a text
    separator: str = ""  # of a CSV
    sheet: str = ""  # of a workbook
    sheets: tuple[str, ...] = ()

    @property
    def is_literal(self) -> bool:
        """Tell whether the file has lists and null, so that its texts need no notation."""
        return self.format in ("json", "jsonl", "parquet")

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield each row that holds anything, with its number. Raises IngestError where the file cannot be read on."""
        match self.format:
            case "csv":
                return self._records()
            case "xlsx":
                found = table_xlsx.rows(self.path, self.sheet)
                return islice(found, 1, None)
            case "parquet":
                return table_parquet.rows(self.path)
            case _:
                return self._objects()

    def described(self) -> dict[str, DescribedProperty]:
        """Return what the file itself says of properties, by name in small letters. Raises IngestError."""
        if self.format == "xlsx":
            return table_xlsx.described(self.path)
        return table_parquet.described(self.path) if self.format == "parquet" else {}

    def _records(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        with _text_of(self) as file:
            first = 2 if NAMES_SEPARATOR.fullmatch(file.readline()) else 1
            if first == 1:
                file.seek(0)
            records = csv.reader(chain(file, [END]), delimiter=self.separator)
            for row, cells in enumerate(records, first):
                if cells == [END]:
                    return
                if cells and cells[-1].endswith(END):
                    raise IngestError(f"row {row} of `{self.name}` has a quotation mark that is never closed")
                if row > first and any(cells):
                    yield row, cells

    def _objects(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        with _text_of(self) as file:
            for row, given in enumerate(_objects(file, self.format), 1):
                yield row, [cell_of(given.get(header)) for header in self.headers]


@contextmanager
def _text_of(table: Table) -> Iterator[IO[str]]:
    try:
        with table.path.open(encoding=table.encoding, newline="") as file:
            yield file
    except UnicodeError as error:
        raise _not(table.encoding, table.name, error) from error
    except csv.Error as error:
        raise IngestError(f"`{table.name}` cannot be read as CSV: {error}") from error


def _not(encoding: str, name: str, error: UnicodeError) -> WrongEncoding:
    """Say that a file is not in an encoding; cp1252 is what is tried where it is not UTF-8 either."""
    tried = f"neither utf-8 nor {encoding}" if encoding == LAST_RESORT else f"not {encoding}"
    where = f", see byte {error.object[error.start]:#04x}" if isinstance(error, UnicodeDecodeError) else ""
    return WrongEncoding(f"`{name}` is {tried}{where}", "say --encoding, or save it as UTF-8")


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
        raise IngestError(f"`{name}` is no workbook: it has no sheet `{sheet}`")
    if head.startswith(PARQUET):
        return Table(path, name, "parquet", table_parquet.headers(path))
    if head.startswith(OLD_WORKBOOK):
        raise IngestError(f"`{name}` is in Excel's format of before 2007; save it as .xlsx or CSV")
    return _text(path, name, encoding, separator)


def _workbook(path: Path, name: str, sheet: str | None) -> Table:
    sheets = table_xlsx.sheets(path)
    wanted = sheet or sheets[0]
    if wanted not in sheets:
        raise IngestError(f"`{name}` has no sheet `{wanted}`; it has {', '.join(f'`{each}`' for each in sheets)}")
    _, headers = next(table_xlsx.rows(path, wanted), (1, []))
    if not headers:
        raise IngestError(f"sheet `{wanted}` of `{name}` is empty: its first row should name the columns")
    return Table(path, name, "xlsx", tuple(headers), sheet=wanted, sheets=sheets)


def _text(path: Path, name: str, encoding: str | None, separator: str | None) -> Table:
    csv.field_size_limit(LARGEST_CELL)
    try:
        codecs.lookup(encoding or "utf-8")
        encoding = encoding or encoding_of(path)
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(SAMPLE)
            file.seek(0)
            if Path(name).suffix.lower() in (".json", ".jsonl", ".ndjson"):
                format_: Format = "json" if sample.lstrip()[:1] == "[" else "jsonl"
                names = dict.fromkeys(name for given in _objects(file, format_) for name in given)
                return Table(path, name, format_, tuple(names), encoding)
            said = NAMES_SEPARATOR.match(sample)
            if said:
                file.readline()
            separator = NAMED.get(separator or "", separator) or (said[1] if said else separator_of(sample, name))
            headers = next(csv.reader(file, delimiter=separator), [])
    except LookupError as error:
        raise IngestError(f"no encoding is called `{encoding}`; utf-8, utf-16 and cp1252 are") from error
    except UnicodeError as error:
        raise _not(encoding or LAST_RESORT, name, error) from error
    except (csv.Error, TypeError, ValueError, OSError) as error:
        raise IngestError(f"`{name}` cannot be read: {error}") from error
    if not any(headers):
        raise IngestError(f"`{name}` is empty: its first row should name the columns")
    return Table(path, name, "csv", tuple(headers), encoding, separator)


def encoding_of(path: Path) -> str:
    """Tell a file's encoding by its first bytes, by whether all of it is UTF-8, or else say cp1252."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
        for bom, encoding in BOMS.items():
            if head.startswith(bom):
                return encoding
        zeros = [head[start::2].count(0) for start in (0, 1)]
        if max(zeros) > len(head) // 8:
            return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while head:
                decoder.decode(head)
                head = file.read(SAMPLE * 16)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return LAST_RESORT
    return "utf-8"


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


def _objects(file: IO[str], format_: Format) -> Iterator[dict[str, Any]]:
    numbers: dict[str, Any] = {"parse_int": Token, "parse_float": Token}
    try:
        given = (
            json.load(file, **numbers)
            if format_ == "json"
            else (json.loads(line, **numbers) for line in file if line.strip())
        )
        for row, each in enumerate(given, 1):
            if not isinstance(each, dict):
                raise IngestError(f"row {row} is no object: a table in JSON is a list of objects")
            yield each
    except json.JSONDecodeError as error:
        raise IngestError(f"the file is no JSON: {error}") from error
