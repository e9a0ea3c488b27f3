"""Selections that are kept: the instances that somebody picked by hand, as a set that views can be restricted to."""

from __future__ import annotations

import json
from collections.abc import Iterable

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import NotThere, PanopticError

from .connection import transaction


def keep(conn: sqlite3.Connection, instances: Iterable[int], *, actor: str | None = None) -> int:
    """Keep a set of instances and return its id; the same set is kept once."""
    ids = sorted(set(instances))
    if not ids:
        raise PanopticError("nothing is selected; select images first")
    text = json.dumps(ids, separators=(",", ":"))
    with transaction(conn):
        existing = conn.execute(
            "select id from _panoptic_selections where size = ? and ids = ?", [len(ids), text]
        ).fetchone()
        if existing:
            return int(existing[0])
        (selection_id,) = conn.execute("select coalesce(max(id), 0) + 1 from _panoptic_selections").fetchone()
        conn.execute(
            "insert into _panoptic_selections (id, ids, size, actor, at) values (?, ?, ?, ?, ?)",
            [selection_id, text, len(ids), actor, now()],
        )
    return int(selection_id)


def size(conn: sqlite3.Connection, selection_id: int) -> int:
    """Count the instances of a selection. Raises NotThere."""
    row = conn.execute("select size from _panoptic_selections where id = ?", [selection_id]).fetchone()
    if row is None:
        raise NotThere(f"no selection {selection_id} in this project; remove `_in={selection_id}` from the address")
    return int(row[0])


def members(conn: sqlite3.Connection, selection_id: int) -> list[int]:
    """Return the instances of a selection, ascending. Raises NotThere."""
    size(conn, selection_id)
    (text,) = conn.execute("select ids from _panoptic_selections where id = ?", [selection_id]).fetchone()
    instances: list[int] = json.loads(text)
    return instances
