"""Headings that properties are listed under, and the order of both. Each change is a changeset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.names import checked, name_key, same_name
from datasette_panoptic.errors import Conflict, NotThere, PanopticError

from . import edits, properties
from .changelog import begin, end
from .connection import transaction
from .properties import deleted

Direction = Literal["up", "down"]

TOOL = "property"


@dataclass(frozen=True)
class Heading:
    """A group with its properties in order; what stands under no heading comes first, with neither id nor name."""

    id: int | None
    name: str | None
    properties: list[edits.Row]


#: What stands under each heading, in order: what `arrange` takes. The first heading, None, is no group.
Arrangement = Sequence[tuple[int | None, Sequence[int]]]


def listed(conn: sqlite3.Connection) -> list[edits.Row]:
    """Return the groups in order."""
    groups = conn.execute("select id, name from property_groups order by position, id")
    return [{"id": group_id, "name": name} for group_id, name in groups]


def headings(conn: sqlite3.Connection) -> list[Heading]:
    """Return the panel of properties from top to bottom. Groups without properties are in it."""
    listed_properties = properties.listed(conn)
    return [
        Heading(group["id"], group["name"], [row for row in listed_properties if row["group"] == group["name"]])
        for group in [{"id": None, "name": None}, *listed(conn)]
    ]


def create(conn: sqlite3.Connection, name: str, *, actor: str | None = None) -> int:
    """Make a group at the end, and return its id. Raises PanopticError, or Conflict where there is one of the name."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool=TOOL)
        name = checked(name, "property group")
        _require_free(conn, name)
        group_id, position = conn.execute(
            "select coalesce(max(id) + 1, 1), coalesce(max(position) + 1, 0) from property_groups"
        ).fetchone()
        row = {"id": group_id, "name": name, "position": position}
        edits.put(conn, changeset, "property_groups", {"id": group_id}, row)
        end(conn, changeset)
    return int(group_id)


def rename(conn: sqlite3.Connection, group_id: int, name: str, *, actor: str | None = None) -> Applied:
    with transaction(conn):
        row = _get(conn, group_id)
        changeset = begin(conn, actor=actor, tool=TOOL)
        name = checked(name, "property group")
        if not same_name(name, row["name"]):
            _require_free(conn, name)
        edits.put(conn, changeset, "property_groups", {"id": group_id}, row | {"name": name})
        return end(conn, changeset)


def delete(
    conn: sqlite3.Connection, group_id: int, *, with_properties: bool = False, actor: str | None = None
) -> Applied:
    """Delete a group; its properties then stand under no heading, or are deleted too. `undo` brings all back."""
    with transaction(conn):
        _get(conn, group_id)
        changeset = begin(conn, actor=actor, tool=TOOL)
        inside = conn.execute("select id from properties where group_id = ? order by position, id", [group_id])
        for (property_id,) in inside.fetchall():
            row = edits.read(conn, "properties", {"id": property_id}) or {}
            after = deleted(row) if with_properties and not row["deleted_at"] else row
            edits.put(conn, changeset, "properties", {"id": property_id}, after | {"group_id": None})
        edits.put(conn, changeset, "property_groups", {"id": group_id}, None)
        return end(conn, changeset)


def arrange(conn: sqlite3.Connection, order: Arrangement, *, actor: str | None = None) -> Applied:
    """Put groups, and the properties in each, in an order, as one changeset; those not named come after.

    Raises PanopticError where one is named twice, NotThere where one is not there.
    """
    with transaction(conn):
        now = headings(conn)
        known = {row["id"] for heading in now for row in heading.properties}
        named_groups = [group_id for group_id, _ in order]
        named = [property_id for _, inside in order for property_id in inside]
        for names, there, kind in ((named_groups, {h.id for h in now}, "group"), (named, known, "property")):
            if len(set(names)) < len(names):
                raise PanopticError(f"each {kind} can be listed only once; one is listed twice")
            if missing := sorted(set(names) - there, key=str):
                raise NotThere(f"no {kind} {missing[0]} in this project")
        inside_of = {group_id: list(inside) for group_id, inside in order}
        wanted = [group_id for group_id in [*named_groups, *(h.id for h in now)] if group_id is not None]
        for heading in now:
            rest = [row["id"] for row in heading.properties if row["id"] not in named]
            inside_of.setdefault(heading.id, []).extend(rest)
        changeset = begin(conn, actor=actor, tool=TOOL)
        for position, group_id in enumerate(dict.fromkeys(wanted)):
            row = _get(conn, group_id)
            edits.put(conn, changeset, "property_groups", {"id": group_id}, row | {"position": position})
        position = 0
        for group in dict.fromkeys([None, *wanted]):
            for property_id in inside_of.get(group, []):
                row = edits.read(conn, "properties", {"id": property_id}) or {}
                place = {"group_id": group, "position": position}
                edits.put(conn, changeset, "properties", {"id": property_id}, row | place)
                position += 1
        return end(conn, changeset)


def move_property(conn: sqlite3.Connection, property_id: int, step: Direction, *, actor: str | None = None) -> Applied:
    """Put a property one place up or down, from the end of one group to the beginning of the next."""
    order = [(heading.id, [row["id"] for row in heading.properties]) for heading in headings(conn)]
    at = next((n for n, (_, inside) in enumerate(order) if property_id in inside), None)
    if at is None:
        raise NotThere(f"no property {property_id} in this project")
    inside = order[at][1]
    place, by = inside.index(property_id), -1 if step == "up" else 1
    inside.remove(property_id)
    if 0 <= place + by <= len(inside):
        inside.insert(place + by, property_id)
    else:
        neighbour = order[min(max(at + by, 0), len(order) - 1)][1]
        neighbour.insert(len(neighbour) if step == "up" else 0, property_id)
        if neighbour is inside:  # there is nothing above the first, nor below the last
            neighbour.remove(property_id)
            neighbour.insert(place, property_id)
    return arrange(conn, order, actor=actor)


def move(conn: sqlite3.Connection, group_id: int, step: Direction, *, actor: str | None = None) -> Applied:
    """Put a group with its properties one place up or down."""
    _get(conn, group_id)
    order = [(heading.id, [row["id"] for row in heading.properties]) for heading in headings(conn)]
    at = next(n for n, (each, _) in enumerate(order) if each == group_id)
    to = min(max(at + (-1 if step == "up" else 1), 1), len(order) - 1)
    order.insert(to, order.pop(at))
    return arrange(conn, order, actor=actor)


def named(conn: sqlite3.Connection, name: str) -> int:
    """Return the group of a name. Raises NotThere, with the names that there are."""
    ids = dict(conn.execute("select name, id from property_groups order by position, id").fetchall())
    group_id = ids.get(name) or next((ids[one] for one in ids if same_name(one, name)), None)
    if group_id is None:
        known = ", ".join(f"`{known}`" for known in ids) or "none yet"
        raise NotThere(f"no property group `{name}` in this project; there is {known}")
    return int(group_id)


def _get(conn: sqlite3.Connection, group_id: int) -> edits.Row:
    row = edits.read(conn, "property_groups", {"id": group_id})
    if row is None:
        raise NotThere(f"no property group {group_id} in this project")
    return row


def _require_free(conn: sqlite3.Connection, name: str) -> None:
    taken = conn.execute("select name from property_groups where name_key = ?", [name_key(name)]).fetchone()
    if taken:
        raise Conflict(f"there is a property group `{taken[0]}` already; choose another name")
