"""Everything that is wrong with a project file: what `datasette panoptic check` names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import TAG_TYPES, FieldType, Scope

from . import name_keys
from .connection import connect_read_only, snapshot
from .people_views import quoted
from .privacy import TABLES, is_ours
from .properties import COLUMN_TYPES
from .schema import SCHEMA_VERSION, migrate
from .soundness import NAMED, faults, tables

#: Each finds rows that no write of ours leaves behind.
LAWS = {
    "{n} images without a thumbnail": """
        select count(*) from images where id not in (select image_id from _panoptic_thumbnails)""",
    "{n} files without an instance": """
        select count(*) from files
        where not exists (select 1 from instances where instances.file_id = files.id)
          and not exists (select 1 from _panoptic_removed where _panoptic_removed.file_id = files.id)""",
    "{n} instances that are removed and are not": """
        select count(*) from instances join _panoptic_removed using (id)""",
    "{n} removed instances of another image than their file": """
        select count(*) from _panoptic_removed as removed join files on files.id = removed.file_id
        where files.image_id <> removed.image_id""",
    "{n} instances that have values or tags and are nowhere": """
        select count(*) from (select instance_id from instance_values union select instance_id from instance_tags)
        where instance_id not in (select id from instances union select id from _panoptic_removed)""",
    "{n} vectors of images that no instance shows": """
        select count(*) from _panoptic_embeddings where image_id not in (select image_id from instances)""",
    "{n} instances of another image than their file": """
        select count(*) from instances join files on files.id = instances.file_id
        where files.image_id <> instances.image_id""",
    "{n} vectors of another length than their space says": """
        select count(*) from _panoptic_embeddings join embedding_spaces on embedding_spaces.id = space_id
        where typeof(vector) <> 'blob' or length(vector) <> case metric when 'hamming' then length(vector)
          else 4 * dimension end""",
    "{n} tags of properties that have none": f"""
        select count(*) from tags join properties on properties.id = property_id
        where type not in {TAG_TYPES}""",
}

#: Columns that hold one of some words.
WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("properties", "type"): get_args(FieldType),
    ("properties", "scope"): get_args(Scope),
    ("embedding_spaces", "metric"): ("cosine", "hamming"),
    ("_panoptic_jobs", "state"): ("waiting", "running", "cancelling", "cancelled", "done", "failed"),
}

#: What SQLite keeps in a column of a type.
STORED = {"integer": ("integer",), "real": ("real", "integer"), "numeric": ("real", "integer"), "text": ("text",)}


def problems(path: Path) -> list[str]:
    """Check a file's structure, its references and our own laws; an empty list is a sound project.

    Whatever is damaged is named, and what can be read beside it is still looked at. Raises ProjectError where it is no
    project.
    """
    with closing(connect_read_only(path, sound=False)) as conn, snapshot(conn):
        found = _found(conn, (structure, tables, triggers, schema))
        if not _found(conn, (tables,)):  # else what stands in the place of a table may never end
            found += _found(conn, (faults, references, words, json_texts, types, laws, name_keys.at_odds))
    return list(dict.fromkeys(found))


def why_unreadable(path: Path) -> str | None:
    """Return what may have made a reader of a file fail; None where nothing that is wrong with it could have.

    Raises ProjectError where it is no project.
    """
    with closing(connect_read_only(path, sound=False)) as conn, snapshot(conn):
        found = _found(conn, (faults, _quick, words, json_texts, types))
    return found[0] if found else None


def _found(conn: sqlite3.Connection, looks: Iterable[Callable[[sqlite3.Connection], Iterable[str]]]) -> list[str]:
    conn.text_factory = lambda text: text.decode(errors="backslashreplace")
    found: list[str] = []
    for look in looks:
        try:
            found += look(conn)
        except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
            found.append(f"{look.__name__.strip('_').replace('_', ' ')} cannot be checked: {error}")
    return found


def _quick(conn: sqlite3.Connection) -> Iterator[str]:
    yield from (message for (message,) in conn.execute(f"pragma quick_check({NAMED})") if message != "ok")


def structure(conn: sqlite3.Connection) -> Iterator[str]:
    """What SQLite itself finds."""
    for (message,) in conn.execute("pragma integrity_check"):
        if message != "ok":
            yield str(message)


def references(conn: sqlite3.Connection) -> Iterator[str]:
    for table, row, parent, _ in conn.execute("pragma foreign_key_check"):
        which = f"{table} row {row}" if row is not None else f"a row of {table}"
        yield f"{which} names a row of {parent} that is not there"


def triggers(conn: sqlite3.Connection) -> Iterator[str]:
    """Find what runs unasked with our writes."""
    known = _reference().triggers
    sql = "select name, tbl_name, sql from sqlite_master where type = 'trigger' order by name"
    for name, table, text in conn.execute(sql):
        if is_ours(table) and text not in known:
            yield f"the trigger `{name}` runs whenever `{table}` is changed, and is none of ours"


def words(conn: sqlite3.Connection) -> Iterator[str]:
    for (table, column), known in WORDS.items():
        if _is_table(conn, table):
            marks = ", ".join("?" * len(known))
            sql = (
                f"select rowid, {column} from {table} where {column} is null or {column} not in ({marks}) limit {NAMED}"
            )
            for row, word in conn.execute(sql, known):
                yield f"{table} row {row}: `{str(word)[:40]}` is no {column}; known: {', '.join(known)}"


def json_texts(conn: sqlite3.Connection) -> Iterator[str]:
    for table, columns in _reference().columns.items():
        for column, (_, is_json) in columns.items():
            if is_json and _is_table(conn, table):
                sql = f"""select {_key(conn, table)} from {table}
                          where {column} is not null and not json_valid({column}) limit {NAMED}"""
                for (row,) in conn.execute(sql):
                    yield f"{table} row {row}: `{column}` is no JSON"


def types(conn: sqlite3.Connection) -> Iterator[str]:
    """Find texts in the place of numbers, and the like."""
    wanted: dict[tuple[str, str], str] = {}
    for table, columns in _reference().columns.items():
        wanted |= {(table, column): type_ for column, (type_, _) in columns.items()}
    for name, type_, scope in conn.execute("select name, type, scope from properties").fetchall():
        if type_ in COLUMN_TYPES and scope in get_args(Scope):
            wanted[f"{scope}_values", name] = COLUMN_TYPES[type_]
    for (table, column), type_ in wanted.items():
        stored = STORED.get(type_)
        there = {row[1] for row in conn.execute(f"pragma table_info({quoted(table)})")}
        if stored is None or column not in there or not _is_table(conn, table):
            continue
        kinds = ", ".join(f"'{kind}'" for kind in (*stored, "null"))
        key, kind = _key(conn, table), f"typeof({quoted(column)})"
        for row, found in conn.execute(
            f"select {key}, {kind} from {table} where {kind} not in ({kinds}) limit {NAMED}"
        ):
            yield f"{table} row {row}: `{column}` is of type {found}, not {type_}"


def laws(conn: sqlite3.Connection) -> Iterator[str]:
    if conn.execute("pragma user_version").fetchone()[0] != SCHEMA_VERSION:
        return  # the laws are about this schema's tables
    for message, sql in LAWS.items():
        if n := conn.execute(sql).fetchone()[0]:
            yield message.format(n=n)


def schema(conn: sqlite3.Connection) -> Iterator[str]:
    (version,) = conn.execute("pragma user_version").fetchone()
    if version > SCHEMA_VERSION:
        yield f"schema {version} is newer than this code's {SCHEMA_VERSION}: it opens read-only"


@dataclass(frozen=True)
class Reference:
    """What a new project has: of each column of each table its type and whether it is JSON, and the triggers."""

    columns: dict[str, dict[str, tuple[str, bool]]]
    triggers: frozenset[str]


@cache
def _reference() -> Reference:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        migrate(conn)
        tables = {
            name: sql
            for name, sql in conn.execute("select name, sql from sqlite_master where type = 'table'")
            if name in TABLES and name != "_sqlite_migrations"
        }
        columns = {
            table: {
                name: (type_.lower(), f"json_valid({name})" in sql or (table, name) == ("saved_views", "layout"))
                for _, name, type_, *_ in conn.execute(f"pragma table_info({table})")
            }
            for table, sql in tables.items()
        }
        triggers = conn.execute("select sql from sqlite_master where type = 'trigger'").fetchall()
    return Reference(columns, frozenset(sql for (sql,) in triggers))


def _is_table(conn: sqlite3.Connection, name: str) -> bool:
    sql = "select sql from sqlite_master where type = 'table' and name = ?"
    row = conn.execute(sql, [name]).fetchone()
    return row is not None and not re.match(r"create\s+virtual", row[0] or "", re.IGNORECASE)


def _key(conn: sqlite3.Connection, table: str) -> str:
    """Return the column that a message names a row of a table by."""
    return next((row[1] for row in conn.execute(f"pragma table_info({quoted(table)})") if row[5]), "rowid")
