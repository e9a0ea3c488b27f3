"""A vocabulary in Panoptic's form: `name;color;parents`, a tag a line and no headers, parents separated by commas."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.values import NotAValue, split_tags
from datasette_panoptic.errors import IngestError

from .table import encoding_of
from .table_values import color


def read_tree(path: Path) -> Iterator[DescribedTag]:
    """Yield the tags of a file. Raises IngestError, which names the line."""
    try:
        with path.open(encoding=encoding_of(path), newline="") as file:
            for line, row in enumerate(csv.reader(file, delimiter=";"), 1):
                name, shade, parents = (*(cell.strip() for cell in row[:3]), "", "", "")[:3]
                if not any(row):
                    continue
                if not name:
                    raise IngestError(f"`{path.name}`, line {line}: a tag needs a name")
                try:
                    yield DescribedTag(name, color(shade) if shade else None, parents=tuple(split_tags(parents)))
                except NotAValue as error:
                    raise IngestError(f"`{path.name}`, line {line}: {error}") from error
    except (csv.Error, UnicodeError) as error:
        raise IngestError(f"`{path.name}` cannot be read: {error}") from error
