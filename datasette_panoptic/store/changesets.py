"""Changesets: the only way to change an annotation. Old and new values are logged in the change's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import NotThere

from .connection import transaction
from .people_views import quoted

Value = str | int | float | None


def record_values(
    conn: sqlite3.Connection, property_id: int, values: Mapping[int, Value], *, tool: str, actor: str | None
) -> int | None:
    """Set a property of subjects (images or instances, by its scope) and return the changeset's id.

    Subjects that have the value already are left alone; where that is all of them, there is no changeset: None.
    """
    row = conn.execute("select name, scope from properties where id = ?", [property_id]).fetchone()
    if row is None:
        raise NotThere(f"no property {property_id} in this project")
    name, scope = row
    column = quoted(name)
    with transaction(conn):
        before = {
            subject: stored[0]
            for subject in values
            if (
                stored := conn.execute(
                    f"select {column} from {scope}_values where {scope}_id = ?", [subject]
                ).fetchone()
            )
        }
        changes = [(subject, before.get(subject), new) for subject, new in values.items() if before.get(subject) != new]
        if not changes:
            return None
        changeset_id: int = conn.execute(
            "insert into _panoptic_changesets (actor, tool, at) values (?, ?, ?)",
            [actor, tool, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")],
        ).lastrowid
        conn.executemany(
            "insert into _panoptic_changes (changeset_id, property_id, subject_id, old, new) values (?, ?, ?, ?, ?)",
            [(changeset_id, property_id, subject, old, new) for subject, old, new in changes],
        )
        conn.executemany(
            f"insert into {scope}_values ({scope}_id, {column}) values (?, ?) "
            f"on conflict ({scope}_id) do update set {column} = excluded.{column}",
            [(subject, new) for subject, _, new in changes],
        )
    return changeset_id


def subjects_with(conn: sqlite3.Connection, property_id: int) -> set[int]:
    """Return the subjects of which a property says something."""
    column, scope = column_of(conn, property_id)
    return {row[0] for row in conn.execute(f"select {scope}_id from {scope}_values where {column} is not null")}


def column_of(conn: sqlite3.Connection, property_id: int) -> tuple[str, str]:
    """Return a property's column, quoted for SQL, and its scope."""
    row = conn.execute("select name, scope from properties where id = ?", [property_id]).fetchone()
    if row is None:
        raise NotThere(f"no property {property_id} in this project")
    return quoted(row[0]), row[1]
