"""Properties: what people say about images and instances. Each that holds plain values is a real column."""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import PanopticError

from .connection import transaction
from .people_views import TAG_TYPES, quoted, recreate_views

#: SQL types of the columns; tags are links, not columns.
COLUMN_TYPES = {
    "text": "text",
    "number": "numeric",
    "date": "text",
    "url": "text",
    "color": "text",
    "checkbox": "integer",
}

#: Columns that image_values and instance_values have for themselves.
RESERVED = ("image_id", "instance_id")


def create(conn: sqlite3.Connection, name: str, type_: str, scope: str, description: str = "") -> int:
    """Make a property, with its column and its place in the views, and return its id.

    Raises PanopticError where the name is taken (whatever the case of its letters) or cannot be a column's.
    """
    if not name.strip() or name.lower() in RESERVED or "\0" in name:
        raise PanopticError(f"`{name}` cannot be a property's name; choose another")
    if type_ not in COLUMN_TYPES and type_ not in TAG_TYPES:
        raise PanopticError(f"no property type `{type_}`; known: {', '.join([*COLUMN_TYPES, *TAG_TYPES])}")
    with transaction(conn):
        if find(conn, name):
            raise PanopticError(f"there is a property `{name}` already; rename it or choose another name")
        property_id: int = conn.execute(
            "insert into properties (name, type, scope, position, description) "
            "values (?, ?, ?, (select coalesce(max(position) + 1, 0) from properties), nullif(?, ''))",
            [name, type_, scope, description],
        ).lastrowid
        if type_ in COLUMN_TYPES:
            conn.execute(f"alter table {scope}_values add column {quoted(name)} {COLUMN_TYPES[type_]}")
        recreate_views(conn)
    return property_id


def find(conn: sqlite3.Connection, name: str) -> tuple[int, str, str] | None:
    """Return id, type and scope of the property of a name, deleted ones included; None where there is none."""
    row = conn.execute("select id, type, scope from properties where name = ?", [name]).fetchone()
    return (row[0], row[1], row[2]) if row else None
