"""Edits of properties, their groups, tags, tags' parents and saved views, logged row by row.

A property or tag is never taken out of its table, since values and history refer to it: it is marked as deleted. Its
creation is logged as the end of being deleted, so that undoing a creation and deleting are one thing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.names import name_key

from . import corpus
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
    columns = _keyed(kind, rows[0])
    marks = ", ".join("?" for _ in columns)
    conn.executemany(
        f"insert into {kind} ({', '.join(columns)}) values ({marks})", ([*_keyed(kind, row).values()] for row in rows)
    )
    _log_all(conn, changeset, kind, [(row | was, row) for row in rows])


def put_changed(conn: sqlite3.Connection, changeset: int, kind: str, changes: Sequence[tuple[Row, Row]]) -> None:
    """Change many rows by their ids from what each is to what it should be, and log that; nothing follows from them."""
    if changes:
        _change_all(conn, kind, changes)
        _log_all(conn, changeset, kind, changes)


def _change_all(conn: sqlite3.Connection, kind: str, changes: Sequence[tuple[Row, Row]]) -> None:
    changed = [name for name in changes[0][1] if any(before[name] != row[name] for before, row in changes)]
    conn.executemany(
        f"update {kind} set {', '.join(f'{name} = ?' for name in changed)} where id = ?",
        ([*map(row.get, changed), row["id"]] for _, row in changes),
    )
    # After the names, because a trigger takes away the key of a name that changes alone.
    renamed = [(name_key(row["name"]), row["id"]) for before, row in changes if before["name"] != row["name"]]
    conn.executemany(f"update {kind} set name_key = ? where id = ?", renamed)


def _log_all(conn: sqlite3.Connection, changeset: int, kind: str, changes: Sequence[tuple[Row, Row]]) -> None:
    """Log what rows were and are. SQLite writes the JSON, in a fifth of the time."""
    row = "json_object(" + ", ".join(f"'{name}', ?" for name in changes[0][1]) + ")"
    conn.executemany(
        "insert into _panoptic_edits (changeset_id, kind, key, old, new) "
        f"values (?, ?, json_object('id', ?), {row}, {row})",
        ([changeset, kind, after["id"], *before.values(), *after.values()] for before, after in changes),
    )


def take_back(conn: sqlite3.Connection, target: int, changeset: int) -> int:
    """Put back what a changeset edited, latest first, where it still stands; return how many edits do not."""
    conflicts = 0
    edits = conn.execute(
        "select kind, json_array(json(key), json(old), json(new), id) from _panoptic_edits "
        "where changeset_id = ? and kind <> 'carried' order by id desc",
        [target],
    ).fetchall()
    for kind, run in groupby(edits, key=itemgetter(0)):
        changes = [json.loads(text) for _, text in run]
        if kind == "tags":
            conflicts += _take_back_tags(conn, changeset, changes)
        else:
            conflicts += sum(not _take_back_one(conn, target, changeset, kind, *change[:3]) for change in changes)
    return conflicts


def _take_back_one(
    conn: sqlite3.Connection, target: int, changeset: int, kind: str, key: Row, old: Row | None, new: Row | None
) -> bool:
    """Put back what one edit changed; False where it does not stand any more, or is in the way of something else."""
    is_circle = kind == "tag_parents" and old and key["parent_id"] in below(conn, key["tag_id"])
    now = read(conn, kind, key)
    if is_circle or not _still_stands(now, old, new) or _would_crowd(conn, target, kind, old, new):
        return False
    conn.execute("savepoint edit")
    is_back = True
    try:
        put(conn, changeset, kind, key, _before(now, old, new))
    except (sqlite3.IntegrityError, sqlite3.OperationalError) as error:
        if isinstance(error, sqlite3.OperationalError) and "duplicate column" not in str(error):
            raise
        # Its old name, or its place in the tree, is somebody else's by now.
        conn.execute("rollback to edit")
        is_back = False
    conn.execute("release edit")
    return is_back


def _take_back_tags(
    conn: sqlite3.Connection, changeset: int, changes: Sequence[tuple[Row, Row | None, Row | None, int]]
) -> int:
    """Put back what edits changed of tags; return how many do not stand any more.

    Those that keep their names are in nobody's way, and are put back many at once.
    """
    tags = tags_by_id(conn, [key["id"] for key, *_ in changes])
    conflicts = 0
    whole: dict[int, tuple[Row, Row]] = {}  # by the edits that rows are still as they left them
    partly: list[tuple[Row, Row]] = []
    waiting: set[int] = set()

    def flush() -> None:
        if whole:
            _change_all(conn, "tags", list(whole.values()))
            conn.execute(BACKWARDS, [changeset, json.dumps(list(whole))])
        put_changed(conn, changeset, "tags", partly)
        whole.clear()
        partly.clear()
        waiting.clear()

    for key, old, new, edit in changes:
        now = tags.get(key["id"])
        if now is None or not _still_stands(now, old, new):
            conflicts += 1
            continue
        if key["id"] in waiting:  # the log has what one changeset did to a tag in its order
            flush()
        if old and new and old["name"] == new["name"]:
            tags[key["id"]] = before = _before(now, old, new) or now
            waiting.add(key["id"])
            if now == new:
                whole[edit] = now, before
            else:
                partly.append((now, before))
        else:
            flush()
            conflicts += not _take_back_one(conn, 0, changeset, "tags", key, old, new)
            tags[key["id"]] = read(conn, "tags", key) or now
    flush()
    return conflicts


#: Logs the way back of edits, in the order that they have.
BACKWARDS = """
insert into _panoptic_edits (changeset_id, kind, key, old, new)
select ?, kind, _panoptic_edits.key, new, old from _panoptic_edits
where id in (select value from json_each(?)) order by id desc"""


def tags_by_id(conn: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Row]:
    """Return the rows of tags, deleted ones too, by id."""
    cursor = conn.execute("select * from tags where id in (select value from json_each(?))", [json.dumps(list(ids))])
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, values, strict=True)) for values in cursor]
    for row in rows:
        del row["name_key"]
    return {row["id"]: row for row in rows}


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
    elif kind == "_panoptic_sources":  # which folders are shown
        corpus.bump(conn)


def _rename_column(conn: sqlite3.Connection, before: Row | None, row: Row | None) -> None:
    if before and row and before["name"] != row["name"] and before["type"] not in ("tag", "multi_tags"):
        table = f"{row['scope']}_values"
        conn.execute(f"alter table {table} rename column {quoted(before['name'])} to {quoted(row['name'])}")


def _keyed(kind: str, row: Row) -> Row:
    """Return a row with what its name is compared by, if it has a name."""
    return row | {"name_key": name_key(row["name"])} if kind in NAMED else row


def _matches(key: Row) -> str:
    return " and ".join(f"{name} = :{name}" for name in key)
