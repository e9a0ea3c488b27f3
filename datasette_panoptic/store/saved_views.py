"""Saved views, the tabs of the grid: named queries with a layout, everybody's. Each change is a changeset."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.discretion import private
from datasette_panoptic.domain.names import checked, fitted, name_key, numbered
from datasette_panoptic.errors import Conflict, NotThere, PanopticError

from . import edits
from .changelog import begin, end
from .connection import transaction

#: A query string beyond what browsers and proxies pass on cannot be opened again.
LONGEST_QUERY = 8_000


@dataclass(frozen=True)
class SavedView:
    """`query` is a query string without layout keys, `layout` the values of those by key; `actor` made it."""

    id: int
    name: str
    query: str
    layout: Mapping[str, str]
    position: int
    actor: str | None


def listed(conn: sqlite3.Connection) -> list[SavedView]:
    """Return the views in the order of their tabs."""
    rows = conn.execute("select id, name, query, layout, position, actor from saved_views order by position, id")
    return [
        SavedView(id_, name, query, _layout(layout), position, private(actor, None))
        for id_, name, query, layout, position, actor in rows
    ]


def _layout(text: str | None) -> dict[str, str]:
    """Read a layout; what other hands have written and nobody can read is the usual one."""
    try:
        layout = json.loads(text or "{}")
    except (ValueError, TypeError, RecursionError):
        return {}
    if not isinstance(layout, dict):
        return {}
    return {key: value for key, value in layout.items() if isinstance(value, str)}


def free_name(conn: sqlite3.Connection, wanted: str) -> str:
    """Return a name that a view can have: the one that is wanted, where it is taken with a number behind it."""
    return numbered(fitted(wanted), {name_key(name) for (name,) in conn.execute("select name from saved_views")})


def find(conn: sqlite3.Connection, view_id: int) -> SavedView:
    """Return a view by id. Raises NotThere."""
    view = next((view for view in listed(conn) if view.id == view_id), None)
    if view is None:
        raise NotThere(f"no saved view {view_id} in this project; it may have been deleted, which the history can undo")
    return view


def create(
    conn: sqlite3.Connection, name: str, query: str, layout: Mapping[str, str], *, actor: str | None
) -> tuple[int, Applied]:
    """Save a view as the last tab. Return its id with the changeset. Raises Conflict where its name is taken."""
    with transaction(conn):
        (position,) = conn.execute("select coalesce(max(position) + 1, 0) from saved_views").fetchone()
        changeset = begin(conn, actor=actor, tool="view")
        view_id = insert(conn, changeset, name, query, layout, position, actor)
        return view_id, end(conn, changeset)


def duplicate(conn: sqlite3.Connection, view_id: int, name: str, *, actor: str | None) -> tuple[int, Applied]:
    """Save a view once more under another name, as the tab after it. Return the copy's id with the changeset."""
    with transaction(conn):
        view = find(conn, view_id)
        order = [other.id for other in listed(conn)]
        changeset = begin(conn, actor=actor, tool="view")
        copy = insert(conn, changeset, name, view.query, view.layout, view.position, actor)
        order.insert(order.index(view_id) + 1, copy)
        _arrange(conn, changeset, order)
        return copy, end(conn, changeset)


def change(
    conn: sqlite3.Connection,
    view_id: int,
    *,
    name: str | None = None,
    query: str | None = None,
    layout: Mapping[str, str] | None = None,
    actor: str | None,
) -> Applied:
    """Rename a view, or give it another query or layout; what is None stays."""
    with transaction(conn):
        find(conn, view_id)
        changeset = begin(conn, actor=actor, tool="view")
        rewrite(conn, changeset, view_id, name=name, query=query, layout=layout)
        return end(conn, changeset)


def rewrite(
    conn: sqlite3.Connection,
    changeset: int,
    view_id: int,
    *,
    name: str | None = None,
    query: str | None = None,
    layout: Mapping[str, str] | None = None,
) -> None:
    """Change a view, as `change`, in the changeset that is open."""
    given = {
        "name": None if name is None else _free_name(conn, name, view_id),
        "query": None if query is None else _require_short(query),
        "layout": None if layout is None else _json(layout),
    }
    row = edits.read(conn, "saved_views", {"id": view_id}) or {}
    put = row | {column: value for column, value in given.items() if value is not None}
    edits.put(conn, changeset, "saved_views", {"id": view_id}, put)


def move(conn: sqlite3.Connection, view_id: int, position: int, *, actor: str | None) -> Applied:
    """Make a view the tab at a place, counted from 0; one beyond the last is the last."""
    with transaction(conn):
        find(conn, view_id)
        order = [view.id for view in listed(conn) if view.id != view_id]
        order.insert(position, view_id)
        changeset = begin(conn, actor=actor, tool="view")
        _arrange(conn, changeset, order)
        return end(conn, changeset)


def delete(conn: sqlite3.Connection, view_id: int, *, actor: str | None) -> Applied:
    """Take a view out of the tabs; undo brings it back."""
    with transaction(conn):
        find(conn, view_id)
        changeset = begin(conn, actor=actor, tool="view")
        edits.put(conn, changeset, "saved_views", {"id": view_id}, None)
        return end(conn, changeset)


#: A shared link must never come to mean another view, so the id of one that is gone is not given again.
LAST_ID = """
select max(
  coalesce((select max(id) from saved_views), 0),
  coalesce((select max(json_extract(key, '$.id')) from _panoptic_edits where kind = 'saved_views'), 0)
)"""


def insert(
    conn: sqlite3.Connection,
    changeset: int,
    name: str,
    query: str,
    layout: Mapping[str, str],
    position: int,
    actor: str | None,
) -> int:
    view_id = int(conn.execute(LAST_ID).fetchone()[0]) + 1
    row = {
        "id": view_id,
        "name": _free_name(conn, name),
        "query": _require_short(query),
        "layout": _json(layout),
        "position": position,
        "actor": actor,
    }
    edits.put(conn, changeset, "saved_views", {"id": view_id}, row)
    return view_id


def _arrange(conn: sqlite3.Connection, changeset: int, order: list[int]) -> None:
    for position, view_id in enumerate(order):
        row = edits.read(conn, "saved_views", {"id": view_id}) or {}
        edits.put(conn, changeset, "saved_views", {"id": view_id}, row | {"position": position})


def _json(layout: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(layout.items())), ensure_ascii=False)


def _free_name(conn: sqlite3.Connection, name: str, view_id: int | None = None) -> str:
    """Return a name as it is kept. Raises BadName, or Conflict where another view has it."""
    name = checked(name, "saved view")
    taken = "select name from saved_views where name_key = ? and id is not ?"
    row = conn.execute(taken, [name_key(name), view_id]).fetchone()
    if row:
        raise Conflict(f"there is a saved view `{row[0]}` already; choose another name")
    return name


def _require_short(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise PanopticError(f"a query of {len(query)} characters is too long to be saved; at most {LONGEST_QUERY} are")
    return query
