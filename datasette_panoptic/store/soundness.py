"""What is wrong with a project file that no release has written: why it is not opened, and what `check` says of it.

Whoever reads a project may rely on this: its tables are tables with their columns, ids are whole numbers of a size that
lists can be made of, and neither folders nor tags lie in themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from datasette.utils.sqlite import sqlite3

from .people_views import quoted
from .privacy import TABLES, VIEWS
from .schema import SCHEMA_VERSION

HIGHEST_ID = 2**31
#: Lists are as long as the highest id: up to here whatever the number of rows, and then up to so many per row.
ALWAYS, PER_ROW = 2**23, 32

#: Columns of ids that lists are made by: those named `id` are of rows, here or removed; the others name such rows.
IDS = {
    "images": (
        "images.id", "instances.image_id", "files.image_id", "image_values.image_id", "image_tags.image_id",
        "cluster_members.image_id", "_panoptic_embeddings.image_id", "image_metadata.image_id",
        "image_keywords.image_id",
    ),
    "instances": ("instances.id", "_panoptic_removed.id", "instance_values.instance_id", "instance_tags.instance_id"),
    "files": ("files.id", "instances.file_id"),
    "folders": ("folders.id", "folders.parent_id", "files.folder_id"),
    "tags": ("tags.id", "tag_parents.tag_id", "tag_parents.parent_id", "image_tags.tag_id", "instance_tags.tag_id"),
    "properties": ("properties.id", "tags.property_id"),
    "property_groups": ("property_groups.id",),
    "keywords": ("keywords.id", "image_keywords.keyword_id"),
    "saved_views": ("saved_views.id",),
    "clusterings": ("clusterings.id",),
    "embedding_spaces": ("embedding_spaces.id",),
}  # fmt: skip

#: Rows that a message names.
NAMED = 5


def faults(conn: sqlite3.Connection) -> Iterator[str]:
    """Say why a project cannot be relied on, the most fundamental first. It takes milliseconds, whatever its size."""
    wrong = False
    for find in (tables, settings, ids, folder_loops, tag_loops):
        for fault in find(conn):
            wrong = True
            yield fault
        if wrong:  # what is looked at next relies on what was looked at before
            return


def tables(conn: sqlite3.Connection) -> Iterator[str]:
    """Find tables that are none, or lack a column."""
    kinds = {
        name: "virtual table" if kind == "table" and (sql or "").lower().startswith("create virtual") else kind
        for kind, name, sql in conn.execute("select type, name, sql from sqlite_master where type in ('table', 'view')")
    }
    (version,) = conn.execute("pragma user_version").fetchone()
    for table, known in TABLES.items():
        if table not in kinds:
            if version == SCHEMA_VERSION:
                yield f"the table `{table}` is not there"
        elif kinds[table] != "table":
            yield f"`{table}` is a {kinds[table]} in the place of a table"
        elif version == SCHEMA_VERSION:
            there = {row[1] for row in conn.execute(f"pragma table_info({quoted(table)})")}
            yield from (f"the table `{table}` has no column `{name}`" for name in known.named if name not in there)
    yield from (
        f"`{view}` is a {kinds[view]} in the place of a view" for view in VIEWS if kinds.get(view, "view") != "view"
    )


def settings(conn: sqlite3.Connection) -> Iterator[str]:
    """Find settings that every reader needs."""
    rows = dict(conn.execute("select key, value from _panoptic_settings where key glob '*_version'").fetchall())
    if not isinstance(rows.get("corpus_version"), int):
        yield "the setting `corpus_version` is missing, or no whole number"
    elif not isinstance(rows.get("derived_version", 0), int):
        yield "the setting `derived_version` is no whole number"


def ids(conn: sqlite3.Connection) -> Iterator[str]:
    """Find ids that are no whole numbers from 1 to HIGHEST_ID, or too far from each other."""
    for table, columns in IDS.items():
        highest = 0
        counted: list[str] = []
        for column in columns:
            of, _, name = column.partition(".")
            if not _has(conn, of):
                continue
            least, most = conn.execute(
                f"select (select min({name}) from {of}), (select max({name}) from {of})"
            ).fetchone()
            if least is None and most is None:
                continue
            limit = HIGHEST_ID if name == "id" else max(highest, 1)
            if not (isinstance(least, int) and isinstance(most, int) and least >= 1 and most <= limit):
                yield f"{column} is {_odd(conn, of, name, limit)}: ids are whole numbers from 1 to {limit}"
            elif name == "id":
                highest = max(highest, most)
                counted.append(of)
                if most > ALWAYS and most > PER_ROW * sum(_count(conn, each) for each in counted):
                    yield f"{column} is {most}, far beyond the number of {table}"


def _count(conn: sqlite3.Connection, table: str) -> int:
    return int(conn.execute(f"select count(*) from {table}").fetchone()[0])


def _odd(conn: sqlite3.Connection, table: str, column: str, limit: int) -> str:
    rows = conn.execute(
        f"select {column} from {table} where typeof({column}) not in ('integer', 'null')"
        f" or {column} < 1 or {column} > ? limit ?",
        [limit, NAMED],
    )
    return ", ".join(repr(row[0])[:40] for row in rows)


def folder_loops(conn: sqlite3.Connection) -> Iterator[str]:
    """Find folders that lie in themselves, or in such a folder."""
    rows = conn.execute(
        """with recursive below (id) as (
             select id from folders where parent_id is null
             union
             select folders.id from folders join below on folders.parent_id = below.id
           )
           select id from folders where id not in below order by id limit ?""",
        [NAMED],
    ).fetchall()
    if rows:
        yield f"folders lie in themselves, in a loop: {', '.join(str(row[0]) for row in rows)}"


def tag_loops(conn: sqlite3.Connection) -> Iterator[str]:
    """Find tags that are above themselves."""
    above: dict[int, set[int]] = defaultdict(set)
    for tag, parent in conn.execute("select tag_id, parent_id from tag_parents"):
        above[tag].add(parent)
    tops = [parent for parents in above.values() for parent in parents if parent not in above]
    below: dict[int, set[int]] = defaultdict(set)
    for tag, parents in above.items():
        for parent in parents:
            below[parent].add(tag)
    while tops:
        top = tops.pop()
        for tag in below.pop(top, ()):
            above[tag].discard(top)
            if not above[tag]:
                tops.append(tag)
    looped = sorted(tag for tag, parents in above.items() if parents)
    if looped:
        yield f"tags are above themselves, in a loop: {', '.join(map(str, looped[:NAMED]))}"


def _has(conn: sqlite3.Connection, table: str) -> bool:
    return conn.execute("select 1 from sqlite_master where name = ?", [table]).fetchone() is not None


def first_fault(conn: sqlite3.Connection) -> str | None:
    """Return the first reason why a project cannot be relied on; None: it can."""
    return next(faults(conn), None)
