"""Vocabularies from files: a table of tags, with or without headers, or a thesaurus in SKOS."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.values import NotAValue, read_tag, split_tags
from datasette_panoptic.domain.vocabularies import COLUMNS, RDF, Format, format_of
from datasette_panoptic.errors import IngestError
from datasette_panoptic.store import vocabulary
from datasette_panoptic.store.changelog import begin, end
from datasette_panoptic.store.connection import transaction
from datasette_panoptic.store.vocabulary import Planted

from .skos import read_skos
from .tables.delimited import LARGEST_CELL, SEPARATORS
from .tables.encoding import decoded
from .tables.tree import read_rows
from .tables.values import color

#: What SQLite cannot keep in a text, or UTF-8 cannot write.
NO_TEXT = re.compile("[\0\ud800-\udfff]")


def import_file(
    conn: sqlite3.Connection,
    property_id: int,
    path: Path,
    format_: Format | None = None,
    *,
    language: str | None = None,
    actor: str | None = None,
) -> tuple[int | None, Planted]:
    """Read a file's tags into a property; return the changeset, None where all was there, and what became of them."""
    format_ = format_ or format_of(path.name)
    tags = read_text(decoded(path.read_bytes(), encoding_in(format_)), format_, language=language)
    return import_tags(conn, property_id, tags, actor=actor)


def import_tags(
    conn: sqlite3.Connection, property_id: int, tags: Iterable[DescribedTag], *, actor: str | None = None
) -> tuple[int | None, Planted]:
    """Add tags to a property's vocabulary as one changeset. Raises PanopticError where one would be below itself."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool="import-tags")
        planted = vocabulary.plant(conn, changeset, property_id, tags)
        return end(conn, changeset).changeset, planted


def encoding_in(format_: Format) -> str | None:
    """Return the encoding that a format has; None for a table, which may have any."""
    return "utf-8" if format_ in RDF else None


def read_text(text: str, format_: Format, *, language: str | None = None) -> tuple[DescribedTag, ...]:
    """Read the tags of a file, those of one name together. Raises IngestError."""
    try:
        tags = read_skos(text, RDF[format_], language) if format_ in RDF else _rows(text, format_)
        found: dict[str, DescribedTag] = {}
        for tag in tags:
            if fault := next((part for part in _texts(tag) if NO_TEXT.search(part)), None):
                raise IngestError(f"{fault[:80]!r} has a character that cannot be stored as text")
            key = name_key(tag.name)
            found[key] = _joined(found[key], tag) if key in found else tag
    except csv.Error as error:
        raise IngestError(f"it cannot be read as a table: {error}") from error
    if not found:
        raise IngestError("it contains no tags")
    return tuple(found.values())


def _rows(text: str, format_: Format) -> Iterator[DescribedTag]:
    """Read a table; one whose first row is no headers, `name` and other columns of ours, is in Panoptic's form."""
    csv.field_size_limit(LARGEST_CELL)
    for separator in SEPARATORS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        headers = [cell.strip().lower() for cell in next(rows, [])]
        if format_ == "csv" and "name" in headers and set(headers) <= {*COLUMNS, ""}:
            break
    else:
        yield from read_rows(io.StringIO(text, newline=""))
        return
    for cells in rows:
        row = dict(zip(headers, cells, strict=False))
        if not any(map(str.strip, cells)):
            continue
        name, shade = read_tag(row["name"]), row.get("color", "").strip()
        if not name.strip():
            raise IngestError(f"line {rows.line_num}: a tag needs a name")
        try:
            color_of_tag = color(shade) if shade else None
        except NotAValue as error:
            raise IngestError(f"line {rows.line_num}: {error}") from error
        parents = tuple(split_tags(row.get("parents", "")))
        yield DescribedTag(name, color_of_tag, row.get("description") or None, row.get("uri") or None, parents)


def _texts(tag: DescribedTag) -> Iterator[str]:
    yield from filter(None, (tag.name, tag.description, tag.uri, *tag.parents))


def _joined(first: DescribedTag, second: DescribedTag) -> DescribedTag:
    """What two lines say of one tag: the first that has something to say, and all parents."""
    return DescribedTag(
        first.name,
        first.color or second.color,
        first.description or second.description,
        first.uri or second.uri,
        tuple(dict.fromkeys((*first.parents, *second.parents))),
    )
