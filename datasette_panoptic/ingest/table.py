"""Tables of values from files: CSV and TSV in any encoding and with any separator, JSON arrays and JSON lines.

A cell is a text in the notation of `domain.values`, whatever the file's own, or several, where JSON has a list. What a
column means is for `table_plan` to say.
"""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from datasette_panoptic.domain import values
from datasette_panoptic.errors import IngestError

Format = Literal["csv", "json", "jsonl"]
Cell = str | tuple[str, ...]

SEPARATORS = (";", ",", "\t", "|")
NAMED = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ","}

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

#: Bytes read to tell encodings and separators by, and records of them.
SAMPLE = 65_536
RECORDS = 50

#: Characters that one cell may hold: what a C long holds everywhere.
LARGEST_CELL = 2**31 - 1


class Token(str):
    """A JSON number with its digits as they stand."""

    __slots__ = ()


@dataclass(frozen=True)
class Table:
    """A file whose form is known. Rows are counted as a spreadsheet does: a CSV's headers are row 1."""

    path: Path
    format: Format
    encoding: str
    separator: str  # "": none, JSON
    headers: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Yield each row that holds anything, with its number. Raises IngestError where the file cannot be read on."""
        try:
            with self.path.open(encoding=self.encoding, newline="") as file:
                if self.format == "csv":
                    records = csv.reader(file, delimiter=self.separator)
                    next(records)
                    for row, cells in enumerate(records, 2):
                        if any(cells):
                            yield row, cells
                else:
                    for row, given in enumerate(_objects(file, self.format), 1):
                        yield row, [cell_of(given.get(header)) for header in self.headers]
        except UnicodeError as error:
            raise IngestError(f"`{self.path.name}` is not {self.encoding}: {error}; say --encoding") from error
        except csv.Error as error:
            raise IngestError(f"`{self.path.name}` cannot be read as CSV: {error}") from error


def read(path: Path, *, encoding: str | None = None, separator: str | None = None) -> Table:
    """Find out a file's form, or take what is said of it. Raises IngestError."""
    csv.field_size_limit(LARGEST_CELL)
    try:
        codecs.lookup(encoding or "utf-8")
        encoding = encoding or encoding_of(path)
        with path.open(encoding=encoding, newline="") as file:
            sample = file.read(SAMPLE)
            file.seek(0)
            if path.suffix.lower() in (".json", ".jsonl", ".ndjson"):
                format_: Format = "json" if sample.lstrip()[:1] == "[" else "jsonl"
                names = dict.fromkeys(name for given in _objects(file, format_) for name in given)
                return Table(path, format_, encoding, "", tuple(names))
            separator = NAMED.get(separator or "", separator) or separator_of(sample, path)
            headers = next(csv.reader(file, delimiter=separator), [])
    except LookupError as error:
        raise IngestError(f"no encoding is called `{encoding}`; utf-8, utf-16 and cp1252 are") from error
    except UnicodeError as error:
        raise IngestError(f"`{path.name}` is not {encoding}: {error}; say --encoding") from error
    except (csv.Error, TypeError, OSError) as error:
        raise IngestError(f"`{path.name}` cannot be read: {error}") from error
    if not any(headers):
        raise IngestError(f"`{path.name}` is empty: its first row should name the columns")
    return Table(path, "csv", encoding, separator, tuple(headers))


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
            return "cp1252"
    return "utf-8"


def separator_of(sample: str, path: Path) -> str:
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

    usual = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
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


def cell_of(value: object) -> Cell:
    """Write what a JSON file holds as a cell; null and what is absent say nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Token():
            return str(value)
        case str():
            return values.write_text(value)
        case [*several] if all(isinstance(each, str) for each in several):
            return tuple(map(str, several))
        case _:
            return json.dumps(value, ensure_ascii=False)
