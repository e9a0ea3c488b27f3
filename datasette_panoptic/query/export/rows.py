"""What a query finds as a table that `import-csv` reads back to the same values: a row per instance.

The columns are `id`, `path`, then the fields. Cells of a CSV are in the notation of `domain.values`, and its headers
say the types, `Name[type]`, as in Panoptic.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, Any, Literal, get_args

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import values
from datasette_panoptic.domain.changes import Value
from datasette_panoptic.domain.descriptions import DescribedProperty
from datasette_panoptic.domain.fields import Field, yielded
from datasette_panoptic.domain.query import Query
from datasette_panoptic.domain.spreadsheets import escape
from datasette_panoptic.query.columns import Ids
from datasette_panoptic.query.orders import Orders, fields
from datasette_panoptic.query.sources import JOINS, TREE, source
from datasette_panoptic.store import properties, vocabulary

Format = Literal["csv", "tsv", "json", "xlsx", "parquet"]
Cell = Value | tuple[str, ...] | None

FORMATS: tuple[Format, ...] = get_args(Format)

#: Instances whose values are read at a time.
CHUNK = 10_000

#: Integers beyond it are texts in JSON, where many readers know doubles only.
EXACT = 2**53


@dataclass(frozen=True)
class Row:
    """An instance with its path from the imported folder's name on ("": it has no file), and its cells."""

    id: int
    image_id: int
    path: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class TableContent:
    """What goes into a table: instances with their order, and fields. `path_of` gives the paths where they are others.

    `for_spreadsheet`: a CSV or TSV begins with a mark of UTF-8, and texts that would be formulas are escaped.
    """

    conn: sqlite3.Connection
    ids: Ids
    fields: Sequence[Field]
    path_of: Callable[[Row], str] | None = None
    for_spreadsheet: bool = False

    def rows(self) -> Iterator[Row]:
        given = rows(self.conn, self.ids, self.fields)
        if self.path_of is None:
            return given
        path_of = self.path_of
        return (replace(row, path=path_of(row)) for row in given)

    def described(self) -> list[DescribedProperty]:
        """Return what the table does not say of its properties."""
        return described(self.conn, self.fields)


def columns(conn: sqlite3.Connection, names: Sequence[str] | None) -> list[Field]:
    """Return the fields to export: those named, or all properties. Raises BadQuery for an unknown name.

    What files say has the names that no property has, `file_title`: an import passes them over, as it knows them.
    """
    known = fields(conn)
    if names is None:
        return [field for field in known.values() if field.property_id]
    asked = dict.fromkeys(known[name] for name in names)
    return [yielded(field) if field.of_file else field for field in asked]


def found(conn: sqlite3.Connection, query: Query, orders: Orders | None = None) -> Ids:
    """Return the instances that a query finds, in its order, its groups apart."""
    return (orders or Orders()).order(conn, replace(query, mode="instances", groups=()))[1].ids


def among(conn: sqlite3.Connection, ids: Ids, query: Query, cells: Ids) -> Ids:
    """Return those of a query's instances that are, or in mode images that show, its cells."""
    if query.mode == "images":
        rows = conn.execute(
            "select id from instances where image_id in (select value from json_each(?))", [json.dumps(cells.tolist())]
        )
        cells = np.fromiter((row[0] for row in rows), ids.dtype)
    return ids[np.isin(ids, cells)]


def rows(conn: sqlite3.Connection, ids: Ids, wanted: Sequence[Field]) -> Iterator[Row]:
    """Yield the row of each instance, in the order given, reading CHUNK at a time."""
    folders = dict(conn.execute(f"with recursive {TREE} select id, path from tree").fetchall())
    plain = [field for field in wanted if not field.has_tags]
    tables = {"files", *(table for field in plain for table in source(field).tables)}
    cells = "".join(f", {source(field).sql}" for field in plain)
    head = f"with recursive {TREE} " if "tree" in tables else ""
    sql = (
        f"{head}select instances.id, instances.image_id, files.folder_id, files.name{cells} "
        f"from json_each(:ids) join instances on instances.id = json_each.value "
        f"{' '.join(JOINS[table] for table in JOINS if table in tables)}"
    )
    for start in range(0, len(ids), CHUNK):
        chunk: list[int] = ids[start : start + CHUNK].tolist()
        by_id = {row[0]: row for row in conn.execute(sql, {"ids": json.dumps(chunk)})}
        read = [by_id[id_] for id_ in chunk]
        places = iter(range(4, 4 + len(plain)))
        columns: list[list[Cell]] = []
        for field in wanted:
            if field.has_tags:
                subjects = chunk if field.scope == "instance" else [row[1] for row in read]
                tags = _tags(conn, field, set(subjects))
                columns.append([tags.get(subject) for subject in subjects])
            else:
                place = next(places)
                columns.append([row[place] for row in read])
        said: list[tuple[Cell, ...]] = list(zip(*columns, strict=True)) if columns else [()] * len(read)
        for (id_, image_id, folder_id, name, *_), cell_values in zip(read, said, strict=True):
            yield Row(id_, image_id, f"{folders[folder_id]}/{name}" if name is not None else "", cell_values)


def _tags(conn: sqlite3.Connection, field: Field, subjects: set[int]) -> dict[int, tuple[str, ...]]:
    """Return the tags of subjects. A cross join looks at what they have, not for each tag at who has it."""
    names_of: dict[int, list[str]] = {}
    for subject, name in conn.execute(
        f"select {field.scope}_id, tags.name from {field.scope}_tags cross join tags on tags.id = tag_id "
        f"where property_id = :property and {field.scope}_id in (select value from json_each(:subjects)) "
        "order by tags.name",
        {"property": field.property_id, "subjects": json.dumps(list(subjects))},
    ):
        names_of.setdefault(subject, []).append(name)
    return {subject: tuple(names) for subject, names in names_of.items()}


def described(conn: sqlite3.Connection, wanted: Iterable[Field]) -> list[DescribedProperty]:
    """Return what the table does not say of its properties."""
    meanings = {row["id"]: row["description"] for row in properties.listed(conn)}
    return [
        DescribedProperty(
            field.name,
            field.type,
            field.scope,
            meanings[field.property_id],
            vocabulary.described(conn, field.property_id) if field.has_tags else (),
        )
        for field in wanted
        if field.property_id
    ]


def headers(wanted: Sequence[Field]) -> list[str]:
    return ["id", "path", *(f"{field.name}[{field.type}]" for field in wanted)]


def write_csv(content: TableContent, file: IO[bytes], *, separator: str = ";") -> None:
    """Write instances as CSV with `;` between cells."""
    with text_of(file) as out:
        writer = csv.writer(out, delimiter=separator)
        if content.for_spreadsheet:
            out.write("\ufeff")
            writer.writerows(_escaped(content))
            return
        writer.writerow(headers(content.fields))
        texts = [text_writer(field) for field in content.fields]
        for row in content.rows():
            cells = ["" if cell is None else text(cell) for cell, text in zip(row.cells, texts, strict=True)]
            writer.writerow([row.id, row.path, *cells])


def _escaped(content: TableContent) -> Iterator[list[object]]:
    """Yield the records of a table that a spreadsheet may open. Numbers are no formulas, whatever their sign."""
    yield [escape(header) for header in headers(content.fields)]
    texts = [(text_writer(field), str if field.type == "number" else escape) for field in content.fields]
    for row in content.rows():
        cells = ["" if cell is None else safe(text(cell)) for cell, (text, safe) in zip(row.cells, texts, strict=True)]
        yield [row.id, escape(row.path), *cells]


def write_tsv(content: TableContent, file: IO[bytes]) -> None:
    """Write instances as CSV with tabs between cells."""
    write_csv(content, file, separator="\t")


def write_json(content: TableContent, file: IO[bytes]) -> None:
    """Write instances as a list of objects, one a line."""
    with text_of(file) as out:
        before = "[\n"
        for row in content.rows():
            cells = {field.name: _json(cell, field) for cell, field in zip(row.cells, content.fields, strict=True)}
            out.write(before + json.dumps({"id": row.id, "path": row.path or None, **cells}, ensure_ascii=False))
            before = ",\n"
        out.write("\n]\n" if len(content.ids) else "[]\n")


@contextmanager
def text_of(file: IO[bytes]) -> Iterator[IO[str]]:
    """Write text to a file of bytes, which stays open."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    yield text
    text.flush()
    text.detach()


def text_writer(field: Field) -> Callable[[Any], str]:
    """Return what writes the cells of a field as texts."""
    match field.type:
        case "tag":
            return lambda tags: values.write_tag(tags[0])
        case "multi_tags":
            return values.join_tags
        case _:
            return lambda value: values.write(value, field.type)


def _json(cell: Cell, field: Field) -> object:
    if isinstance(cell, tuple):
        return cell[0] if field.type == "tag" else list(cell)
    if field.type == "checkbox" and cell is not None:
        return bool(cell)
    return str(cell) if isinstance(cell, int) and abs(cell) > EXACT else cell
