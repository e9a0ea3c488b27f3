"""Rows of instances: made, taken out of the corpus, and put back, each in the changeset that is open.

An instance that was taken out is a row of `_panoptic_removed`, so that no view, count or query of `instances` can
find it by mistake. What is said of it stays where it is, and is there when it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping

from datasette.utils.sqlite import sqlite3

from . import corpus
from .hidden import settle
from .ids import next_id


def make(conn: sqlite3.Connection, image_id: int, file_id: int | None) -> None:
    conn.execute(
        f"insert into instances (id, image_id, file_id) values ({next_id('instances')}, ?, ?)", [image_id, file_id]
    )


def follow(conn: sqlite3.Connection, file_id: int, image_id: int) -> None:
    """Let the instances of a file show another image."""
    for table in ("instances", "_panoptic_removed"):
        conn.execute(f"update {table} set image_id = ? where file_id = ?", [image_id, file_id])


def log_made(conn: sqlite3.Connection, changeset: int, made: str, params: Mapping[str, object]) -> None:
    """Note that a changeset made the instances whose ids SQL selects, so that they go with it."""
    conn.execute(
        "insert into _panoptic_removals (changeset_id, instance_id, is_removed) "
        f"select :changeset, id, 0 from ({made})",
        {**params, "changeset": changeset},
    )


def take_out(conn: sqlite3.Connection, changeset: int, chosen: str, params: Mapping[str, object]) -> int:
    """Take out the instances whose ids SQL selects as `id`, and return how many there were."""
    return _move(conn, changeset, chosen, params, source="instances", target="_panoptic_removed", is_removed=1)


def put_back(conn: sqlite3.Connection, changeset: int, chosen: str, params: Mapping[str, object]) -> int:
    """Put back the removed instances whose ids SQL selects as `id`, and return how many there were."""
    return _move(conn, changeset, chosen, params, source="_panoptic_removed", target="instances", is_removed=0)


def _move(
    conn: sqlite3.Connection,
    changeset: int,
    chosen: str,
    params: Mapping[str, object],
    *,
    source: str,
    target: str,
    is_removed: int,
) -> int:
    moved = conn.execute(
        "insert or replace into _panoptic_removals (changeset_id, instance_id, is_removed) "
        f"select :changeset, id, :is_removed from {source} where id in (select id from ({chosen}))",
        {**params, "changeset": changeset, "is_removed": is_removed},
    ).rowcount
    if moved:
        logged = (
            "select instance_id from _panoptic_removals where changeset_id = :changeset and is_removed = :is_removed"
        )
        bound = {"changeset": changeset, "is_removed": is_removed}
        conn.execute(
            f"insert into {target} (id, image_id, file_id) select id, image_id, file_id from {source} "
            f"where id in ({logged})",
            bound,
        )
        conn.execute(f"delete from {source} where id in ({logged})", bound)
        settle(conn, f"select image_id from {target} where id in ({logged})", bound)
        corpus.bump(conn)
        corpus.bump_derived(conn)
    return int(moved)


def take_back(conn: sqlite3.Connection, target: int, changeset: int) -> int:
    """Put back what a changeset removed, and take out what it made or put back; return how many are so no longer."""
    counts = dict(
        conn.execute(
            "select is_removed, count(*) from _panoptic_removals where changeset_id = ? group by is_removed", [target]
        ).fetchall()
    )
    logged = "select instance_id as id from _panoptic_removals where changeset_id = :target and is_removed = {}"
    done = 0
    if counts.get(1):
        done += put_back(conn, changeset, logged.format(1), {"target": target})
    if counts.get(0):
        done += take_out(conn, changeset, logged.format(0), {"target": target})
    return sum(counts.values()) - done
