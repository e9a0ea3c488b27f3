"""Properties: what people say about images and instances. Each that holds plain values is a real column."""

from __future__ import annotations

from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.fields import FIELD_TYPES, SCOPES, TAG_TYPES, is_reserved
from datasette_panoptic.domain.names import checked, name_key, same_name
from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import BadName, Conflict, NotThere, PanopticError

from . import edits
from .changelog import begin, end
from .connection import transaction
from .people_views import quoted

#: SQL types of the columns; tags are links, not columns. `numeric` keeps 64-bit integers exact beside decimals.
COLUMN_TYPES = {
    "text": "text",
    "number": "numeric",
    "date": "text",
    "url": "text",
    "color": "text",
    "checkbox": "integer",
}

#: SQLite takes 2,000 columns in a result; the view `corpus` has a few besides.
MOST = 1_900


def create(
    conn: sqlite3.Connection,
    name: str,
    type_: str,
    scope: str,
    description: str | None = None,
    *,
    heading: str | None = None,
    actor: str | None = None,
    tool: str = "property",
) -> int:
    """Make a property, with its column and its place in the views, and return its id.

    Raises Conflict where the name is taken, by the rule of `domain.names`, and BadName where it cannot be one.
    """
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool=tool)
        property_id = make(conn, changeset, name, type_, scope, description, heading)
        end(conn, changeset)
    return property_id


def make(
    conn: sqlite3.Connection,
    changeset: int,
    name: str,
    type_: str,
    scope: str,
    description: str | None = None,
    heading: str | None = None,
) -> int:
    """Make a property, as `create`, in the changeset that is open."""
    if type_ not in FIELD_TYPES or scope not in SCOPES:
        known = f"types are {', '.join(FIELD_TYPES)}; scopes are {', '.join(SCOPES)}"
        raise PanopticError(f"no property of type `{type_}` and scope `{scope}`; {known}")
    name = checked(name, "property")
    _require_free(conn, name)
    (position,) = conn.execute("select coalesce(max(position) + 1, 0) from properties").fetchone()
    (property_id,) = conn.execute("select coalesce(max(id), 0) + 1 from properties").fetchone()
    row = {
        "id": property_id,
        "name": name,
        "type": type_,
        "scope": scope,
        "group_id": _heading(conn, changeset, heading),
        "position": position,
        "description": description or None,
        "deleted_at": None,
    }
    # Before it was there it stood under no heading, so that undo can take back a heading made with it.
    insert(conn, changeset, row, deleted(row) | {"group_id": None})
    return int(property_id)


def insert(conn: sqlite3.Connection, changeset: int, row: edits.Row, was: edits.Row) -> None:
    """Put a new property's row in its place, and make its column; undo will leave it as it `was`, deleted."""
    if conn.execute("select count(*) from properties").fetchone()[0] >= MOST:
        raise PanopticError(f"a project holds {MOST} properties at most, deleted ones included")
    if row["type"] in COLUMN_TYPES:
        column = f"{quoted(row['name'])} {COLUMN_TYPES[row['type']]}"
        conn.execute(f"alter table {row['scope']}_values add column {column}")
    edits.put(conn, changeset, "properties", {"id": row["id"]}, row, was=was)


def alter(conn: sqlite3.Connection, changeset: int, property_id: int, **columns: Any) -> None:
    """Rename, describe, move or group a property: `name`, `description`, `position`, `group` (a heading or None).

    In the changeset that is open; saved views follow a new name by `query.renaming`.
    """
    row = get(conn, property_id)
    if "name" in columns:
        columns["name"] = checked(str(columns["name"]), "property")
        if not same_name(columns["name"], row["name"]):
            _require_free(conn, columns["name"])
    if "group" in columns:
        columns["group_id"] = _heading(conn, changeset, columns.pop("group"))
    edits.put(conn, changeset, "properties", {"id": property_id}, row | columns)


def delete(conn: sqlite3.Connection, property_id: int, *, actor: str | None = None) -> Applied:
    """Hide a property with all its values; undo brings both back."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool="property")
        alter(conn, changeset, property_id, **deleted(get(conn, property_id)))
        return end(conn, changeset)


def get(conn: sqlite3.Connection, property_id: int) -> edits.Row:
    """Return a property's row. Raises NotThere, also where it is deleted."""
    row = edits.read(conn, "properties", {"id": property_id})
    if row is None or row["deleted_at"]:
        raise NotThere(f"no property {property_id} in this project")
    return row


def count_values(conn: sqlite3.Connection, row: edits.Row) -> int:
    """Count the images or instances that have a value of a property, or a tag."""
    scope, column = row["scope"], quoted(row["name"])
    shown = f"{scope}_id in (select {'image_id' if scope == 'image' else 'id'} from instances)"
    if row["type"] in COLUMN_TYPES:
        sql, bound = f"select count({column}) from {scope}_values where {shown}", []
    else:
        ours = "select id from tags where property_id = ?"
        sql, bound = (
            f"select count(distinct {scope}_id) from {scope}_tags where {shown} and tag_id in ({ours})",
            [row["id"]],
        )
    return int(conn.execute(sql, bound).fetchone()[0])


def named(conn: sqlite3.Connection, name: str) -> tuple[int, str, str]:
    """Return id, type and scope of the property of a name. Raises NotThere, with the names that there are."""
    property_ = find(conn, name)
    if property_ is None:
        rows = conn.execute("select name from properties where deleted_at is null order by position").fetchall()
        known = ", ".join(f"`{known}`" for (known,) in rows) or "none yet"
        raise NotThere(f"no property `{name}` in this project; there is {known}")
    return property_


def find(conn: sqlite3.Connection, name: str) -> tuple[int, str, str] | None:
    """Return id, type and scope of the property of a name; None where there is none."""
    rows = conn.execute("select name, id, type, scope from properties where deleted_at is null order by id")
    by_name: dict[str, tuple[int, str, str]] = {row[0]: (row[1], row[2], row[3]) for row in rows}
    return by_name.get(name) or next((by_name[known] for known in by_name if same_name(known, name)), None)


def tagged(conn: sqlite3.Connection, name: str) -> int:
    """Return the id of the tag property of a name. Raises NotThere, or PanopticError where it holds no tags."""
    property_id, type_, _ = named(conn, name)
    if type_ not in TAG_TYPES:
        raise PanopticError(f"`{name}` is of type {type_} and has no tags")
    return property_id


def any_properties(conn: sqlite3.Connection) -> bool:
    """Tell whether there is a property."""
    exists = "select exists (select 1 from properties where deleted_at is null)"
    return conn.execute(exists).fetchone()[0] == 1


def any_tagged(conn: sqlite3.Connection) -> bool:
    """Tell whether there is a property that holds tags."""
    exists = "select exists (select 1 from properties where type in ('tag', 'multi_tags') and deleted_at is null)"
    return conn.execute(exists).fetchone()[0] == 1


def listed(conn: sqlite3.Connection) -> list[edits.Row]:
    """Return the properties that are in use, in their order."""
    cursor = conn.execute(
        """
        select id, name, type, scope, (select name from property_groups where id = group_id) as "group", position,
          description
        from properties where deleted_at is null order by position, id"""
    )
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor]


def deleted(row: edits.Row) -> edits.Row:
    """Return a property's row as it is once deleted: out of sight, its name free for another."""
    return row | {"name": f"{row['name']} (deleted {row['id']})", "deleted_at": now()}


def _heading(conn: sqlite3.Connection, changeset: int, name: str | None) -> int | None:
    """Return the group of a name, made if there is none."""
    if name is None:
        return None
    name = checked(name, "property group")
    existing = conn.execute("select id from property_groups where name_key = ?", [name_key(name)]).fetchone()
    if existing:
        return int(existing[0])
    group_id, position = conn.execute(
        "select coalesce(max(id) + 1, 1), coalesce(max(position) + 1, 0) from property_groups"
    ).fetchone()
    row = {"id": group_id, "name": name, "position": position}
    edits.put(conn, changeset, "property_groups", {"id": group_id}, row)
    return int(group_id)


def _require_free(conn: sqlite3.Connection, name: str) -> None:
    if is_reserved(name):
        raise BadName(f"`{name}` is a reserved name and cannot be a property's name; choose another")
    taken = conn.execute("select name from properties where name_key = ?", [name_key(name)]).fetchone()
    if taken:
        raise Conflict(f"there is a property `{taken[0]}` already; rename it or choose another name")
