"""What a sheet of a workbook has besides values, found in its XML: openpyxl reads none of it in a large sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

#: Bytes of XML that are searched at a time, and on.
BLOCK = 1 << 20
END_OF_ROW = b"row>"

SIZE = re.compile(rb'<(?:\w+:)?dimension\b[^>]*\bref="[A-Z]+[0-9]+:([A-Z]+)[0-9]+"')
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z0-9:]+)"')
HIDDEN = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="([0-9]+)"')
#: A formula, and no value behind it. A text without letters (`t="str"`) is a value.
UNCOMPUTED = re.compile(
    rb'<(?P<ns>\w+:)?c\b(?![^>]*\bt="str")[^>]*?\br="([A-Z]+)([0-9]+)"[^>]*>\s*<(?P=ns)?f\b'
    rb"(?:[^>]*/>|[^>]*>[^<]*</(?P=ns)?f>)\s*(?:<(?P=ns)?v\s*/>|<(?P=ns)?v>\s*</(?P=ns)?v>)?\s*</(?P=ns)?c>"
)


@dataclass
class SheetFacts:
    """How many columns the sheet says it has, merged ranges, hidden rows by number, and the places (row, column from 0)
    of formulas without a result.
    """

    columns: int = 0
    merged: list[str] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)


def facts_of(part: IO[bytes]) -> SheetFacts:
    """Read the XML of a sheet."""
    facts = SheetFacts()
    for xml in _rows(part):
        if not facts.columns and (size := SIZE.search(xml)):
            facts.columns = _place(size[1]) + 1
        facts.merged += [match[1].decode() for match in MERGED.finditer(xml)]
        if b'hidden="' in xml:
            facts.hidden_rows += [int(match[1]) for match in HIDDEN.finditer(xml)]
        if b"f>" in xml or b"<f " in xml:
            facts.uncomputed |= {(int(match[3]), _place(match[2])) for match in UNCOMPUTED.finditer(xml)}
    return facts


def _rows(part: IO[bytes]) -> Iterator[bytes]:
    """Yield blocks of XML that end with a row."""
    held = b""
    while block := part.read(BLOCK):
        held += block
        whole, end, rest = held.rpartition(END_OF_ROW)
        if end:
            yield whole + end
            held = rest
    yield held


def _place(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1
