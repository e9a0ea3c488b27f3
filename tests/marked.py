"""A project with a row in every table, and in each column something that is found nowhere else: for tests of leaks.

The rows are made from the tables as they are, so that a new table or column is covered without a line here. Keys hold
together (every row names row 1 of another table), enumerations have one of their words, and all else is a mark.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from graphlib import TopologicalSorter

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store import privacy
from datasette_panoptic.store.name_keys import NAMED
from datasette_panoptic.store.people_views import recreate_views
from tests.rows import PIXEL

#: Columns whose content pages compute with.
GIVEN = {
    ("images", "sha1"): "5" * 40,
    ("images", "average_hash"): "a" * 16,
    ("images", "perceptual_hash"): "b" * 16,
    ("images", "mean_color"): "#123456",
    ("images", "taken_at"): "1968-05-03T10:00:00",
    ("images", "format"): "jpeg",
    ("tags", "color"): "#654321",
    ("embedding_spaces", "modalities"): '["image", "text"]',
    ("embedding_spaces", "dimension"): 2,
    ("_panoptic_embeddings", "vector"): bytes.fromhex("0000803f00000000"),
    ("_panoptic_selections", "ids"): "[1]",
    ("_panoptic_thumbnails", "data"): PIXEL,
    ("_panoptic_thumbnails", "mime"): "image/gif",
    ("_panoptic_previews", "data"): PIXEL,
    ("_panoptic_previews", "mime"): "image/gif",
    ("_panoptic_space_states", "calibration"): None,
    ("_panoptic_removed", "id"): 3,
    ("folders", "path"): "",
    ("properties", "type"): "multi_tags",
    ("tag_parents", "parent_id"): 2,
    ("saved_views", "query"): "_sort=name",
    **{(table, "name_key"): None for table in NAMED},  # which follows from the name
    ("saved_views", "layout"): None,
    ("_panoptic_unchecked", "subject_id"): 1,
    ("_panoptic_unchecked", "value"): 1,
    ("_panoptic_edits", "kind"): "tags",
}
#: Nothing is deleted, missing, undone or closed.
ABSENT = re.compile(r"deleted_at|missing_since|removed_at|undone_by|undoes|closed_at|parent_id")
WORDS = re.compile(r"check \([^()]*?\b(\w+) in \('?(\w+)")


@dataclass(frozen=True)
class Mark:
    """What was planted in a column. `bytes` is how it looks in a file."""

    table: str
    column: str
    value: object

    @property
    def bytes(self) -> bytes:
        if isinstance(self.value, int):
            return self.value.to_bytes(8, "big")
        if isinstance(self.value, float):
            return struct.pack(">d", self.value)
        return self.value if isinstance(self.value, bytes) else text_of(self).encode()

    @property
    def word(self) -> str:
        return privacy.TABLES[self.table].word(self.column)


def text_of(mark: Mark) -> str:
    return f"mark-{mark.table}-{mark.column}-end"


def plant(conn: sqlite3.Connection) -> list[Mark]:
    """Fill an empty project; return what can be recognised."""
    conn.execute("pragma foreign_keys = off")
    conn.execute("alter table image_values add column remark text")
    marks: list[Mark] = []
    ids: dict[str, object] = {}
    for n, (table, columns) in enumerate(described(conn).items()):
        row = {}
        for m, column in enumerate(columns):
            value = _value(table, column, ids, 0x6D61726B00000000 + n * 256 + m)
            row[column.name] = value.value if isinstance(value, Mark) else value
            if isinstance(value, Mark):
                marks.append(value)
        ids[table] = next(iter(row.values()))
        conn.execute(f"delete from {table}")
        conn.execute(f"insert into {table} values ({', '.join('?' * len(row))})", list(row.values()))
    conn.execute("insert into properties (id, name, type, scope) values (2, 'remark', 'text', 'image')")
    conn.execute("insert into tags (id, property_id, name) values (2, 1, 'above')")
    conn.execute("insert or replace into _panoptic_settings values ('corpus_version', 1), ('derived_version', 1)")
    recreate_views(conn)
    conn.execute("pragma foreign_keys = on")
    assert conn.execute("pragma foreign_key_check").fetchall() == []
    return marks


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    is_key: bool
    names: str | None  # the table that it refers to
    words: str | None  # the first word of those that it may be
    is_json: bool


def described(conn: sqlite3.Connection) -> dict[str, list[Column]]:
    """Return the columns of each table of ours, tables that are named before those that name them."""
    tables = {}
    rows = conn.execute("select name, sql from sqlite_master where type = 'table' and name not glob 'sqlite_*'")
    for table, sql in rows.fetchall():
        if table == "_sqlite_migrations":
            continue
        keys = {row[3]: row[2] for row in conn.execute(f"pragma foreign_key_list({table})")}
        words = {match[1]: match[2] for match in WORDS.finditer(sql)}
        tables[table] = [
            Column(name, type_.lower(), bool(key), keys.get(name), words.get(name), f"json_valid({name})" in sql)
            for _, name, type_, _, _, key in conn.execute(f"pragma table_info({table})")
        ]
    order = TopologicalSorter(
        {name: {c.names for c in columns if c.names} - {name} for name, columns in tables.items()}
    )
    return {name: tables[name] for name in order.static_order()}


def _value(table: str, column: Column, ids: dict[str, object], number: int) -> object:
    if (table, column.name) in GIVEN:
        return GIVEN[table, column.name]
    if ABSENT.search(column.name):
        return None
    if column.names:
        return ids[column.names]
    if column.words:
        return column.words
    mark = Mark(table, column.name, number)
    is_private = privacy.TABLES[table].word(column.name) == "private"
    if "int" in column.type:
        return mark if is_private else 1
    if column.type == "real":
        return Mark(table, column.name, number + 0.5) if is_private else 0.5
    if column.is_json:
        text = {"plain": text_of(mark), "nested": [{"path": f"/home/{text_of(mark)}/model.onnx"}]}
        return Mark(table, column.name, json.dumps(text))
    return Mark(table, column.name, text_of(mark).encode() if column.type == "blob" else text_of(mark))
