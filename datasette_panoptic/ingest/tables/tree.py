"""A vocabulary in Panoptic's form: `name;color;parents`, a tag a line and no headers, parents separated by commas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.values import NotAValue, read_tag, split_tags
from datasette_panoptic.errors import IngestError

from .encoding import decoded
from .values import color


def read_tree(path: Path) -> Iterator[DescribedTag]:
    """Yield the tags of a file. Raises IngestError, which names the line."""
    try:
        yield from read_rows(io.StringIO(decoded(path.read_bytes()), newline=""))
    except IngestError as error:
        raise IngestError(f"`{path.name}`, {error}") from error


def read_rows(lines: Iterable[str]) -> Iterator[DescribedTag]:
    """Yield the tags of lines. Raises IngestError, which names the line."""
    rows = csv.reader(lines, delimiter=";")
    try:
        for row in rows:
            name, shade, parents = (*(cell.strip() for cell in row[:3]), "", "", "")[:3]
            if not any(map(str.strip, row)):
                continue
            if not name:
                raise IngestError(f"line {rows.line_num}: a tag needs a name")
            try:
                yield DescribedTag(read_tag(name), color(shade) if shade else None, parents=tuple(split_tags(parents)))
            except NotAValue as error:
                raise IngestError(f"line {rows.line_num}: {error}") from error
    except csv.Error as error:
        raise IngestError(f"line {rows.line_num} cannot be read: {error}") from error
