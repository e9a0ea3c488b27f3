"""Edits of properties, their groups, tags, tags' parents and saved views, logged row by row.

A property or tag is never taken out of its table, since values and history refer to it: it is marked as deleted. Its
creation is logged as the end of being deleted, so that undoing a creation and deleting are one thing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.names import name_key

from .name_keys import NAMED
from .people_views import quoted, recreate_views
from .several import with_several
from .tag_tree import below

Row = dict[str, Any]

KEYS = {
    "property_groups": ("id",),
    "properties": ("id",),
    "tags": ("id",),
    "tag_parents": ("tag_id", "parent_id"),
    "saved_views": ("id",),
}


def put(
    conn: sqlite3.Connection, changeset: int, kind: str, key: Row, row: Row | None, *, was: Row | None = None
) -> bool:
    """Make the row of a key what it should be (None: no row), and log that; False where it is so already.

    `was` stands in the log for what there was before, where that is not what the table says.
    """
    old = was or read(conn, kind, key)
    if old == row:
        return False
    write(conn, kind, key, row)
    conn.execute(
        "insert into _panoptic_edits (changeset_id, kind, key, old, new) values (?, ?, ?, ?, ?)",
        [changeset, kind, *(None if part is None else json.dumps(part) for part in (key, old, row))],
    )
    return True


def put_new(conn: sqlite3.Connection, changeset: int, kind: str, rows: Sequence[Row], was: Row) -> None:
    """Insert many rows at once that nothing follows from, and log them; before, each was as it is but for `was`."""
    if not rows:
        return
    columns = ", ".join(_keyed(kind, rows[0]))
    marks = ", ".join(f":{name}" for name in _keyed(kind, rows[0]))
    conn.executemany(f"insert into {kind} ({columns}) values ({marks})", (_keyed(kind, row) for row in rows))
    conn.executemany(
        "insert into _panoptic_edits (changeset_id, kind, key, old, new) values (?, ?, ?, ?, ?)",
        (
            [changeset, kind, json.dumps({key: row[key] for key in KEYS[kind]}), json.dumps(row | was), json.dumps(row)]
            for row in rows
        ),
    )


def take_back(conn: sqlite3.Connection, target: int, changeset: int) -> int:
    """Put back what a changeset edited, latest first, where it still stands; return how many edits do not."""
    conflicts = 0
    edits = conn.execute(
        "select kind, key, old, new from _panoptic_edits where changeset_id = ? and kind <> 'carried' order by id desc",
        [target],
    ).fetchall()
    for kind, *texts in edits:
        key, old, new = (json.loads(text or "null") for text in texts)
        is_circle = kind == "tag_parents" and old and key["parent_id"] in below(conn, key["tag_id"])
        now = read(conn, kind, key)
        if is_circle or not _still_stands(now, old, new) or _would_crowd(conn, target, kind, old, new):
            conflicts += 1
            continue
        conn.execute("savepoint edit")
        try:
            put(conn, changeset, kind, key, _before(now, old, new))
        except (sqlite3.IntegrityError, sqlite3.OperationalError) as error:
            if isinstance(error, sqlite3.OperationalError) and "duplicate column" not in str(error):
                raise
            # Its old name, or its place in the tree, is somebody else's by now.
            conn.execute("rollback to edit")
            conflicts += 1
        conn.execute("release edit")
    return conflicts


def _still_stands(now: Row | None, old: Row | None, new: Row | None) -> bool:
    """Tell whether what an edit changed of a row is as the edit left it; the rest may have changed since."""
    if now and old and new:
        return all(now[name] == new[name] for name in new if old[name] != new[name])
    return now == new


def _before(now: Row | None, old: Row | None, new: Row | None) -> Row | None:
    """Return a row as it is now, with what an edit changed put back."""
    if now and old and new:
        return now | {name: old[name] for name in new if old[name] != new[name]}
    return old


def _would_crowd(conn: sqlite3.Connection, target: int, kind: str, old: Row | None, new: Row | None) -> bool:
    """Tell whether a property would hold one tag again where several have been given since."""
    if kind != "properties" or not old or not new or (old["type"], new["type"]) != ("tag", "multi_tags"):
        return False
    return bool(with_several(conn, new["id"], new["scope"], target=target))


def read(conn: sqlite3.Connection, kind: str, key: Row) -> Row | None:
    """Return a row by its key, or None; without what its name is compared by, which follows from the name."""
    cursor = conn.execute(f"select * from {kind} where {_matches(key)}", key)
    row = cursor.fetchone()
    columns = [column[0] for column in cursor.description]
    return row and {name: value for name, value in zip(columns, row, strict=True) if name != "name_key"}


def write(conn: sqlite3.Connection, kind: str, key: Row, row: Row | None) -> None:
    """Make a row what it should be; a property's column and the views follow."""
    before = read(conn, kind, key)
    if kind == "properties":
        conn.execute("drop view if exists corpus")
        conn.execute("drop view if exists annotations")
        _rename_column(conn, before, row)
    if row is None:
        conn.execute(f"delete from {kind} where {_matches(key)}", key)
    elif before is None:
        row = _keyed(kind, row)
        conn.execute(f"insert into {kind} ({', '.join(row)}) values ({', '.join(f':{name}' for name in row)})", row)
    else:
        conn.execute(f"update {kind} set {', '.join(f'{name} = :{name}' for name in row)} where {_matches(key)}", row)
        if kind in NAMED and before["name"] != row["name"]:
            # After the name, because a trigger takes away the key of a name that changes alone.
            conn.execute(f"update {kind} set name_key = ? where id = ?", [name_key(row["name"]), row["id"]])
    if kind == "properties":
        recreate_views(conn)


def _rename_column(conn: sqlite3.Connection, before: Row | None, row: Row | None) -> None:
    if before and row and before["name"] != row["name"] and before["type"] not in ("tag", "multi_tags"):
        table = f"{row['scope']}_values"
        conn.execute(f"alter table {table} rename column {quoted(before['name'])} to {quoted(row['name'])}")


def _keyed(kind: str, row: Row) -> Row:
    """Return a row with what its name is compared by, if it has a name."""
    return row | {"name_key": name_key(row["name"])} if kind in NAMED else row


def _matches(key: Row) -> str:
    return " and ".join(f"{name} = :{name}" for name in key)
