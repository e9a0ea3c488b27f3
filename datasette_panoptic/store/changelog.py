"""Write values and tags and log what they were: the primitives of changesets, in the transaction that is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.errors import NotThere

from .people_views import quoted

#: The subjects of one change while it is made: images or instances with the value that each is to have.
SUBJECTS = "create temp table if not exists subjects (id integer primary key, new)"


@dataclass(frozen=True)
class Subject:
    """A property as changes see it: which tables hold it."""

    id: int
    name: str
    type: str
    scope: str

    @property
    def values(self) -> str:
        return f"{self.scope}_values"

    @property
    def links(self) -> str:
        return f"{self.scope}_tags"

    @property
    def key(self) -> str:
        return f"{self.scope}_id"


def begin(
    conn: sqlite3.Connection, *, actor: str | None, tool: str, query: str | None = None, undoes: int | None = None
) -> int:
    """Open a changeset in the transaction that is open, and return its id."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    row = conn.execute(
        "insert into _panoptic_changesets (actor, tool, query, at, undoes) values (?, ?, ?, ?, ?)",
        [actor, tool, query, at, undoes],
    )
    return int(row.lastrowid)


def end(conn: sqlite3.Connection, changeset: int) -> Applied:
    """Count what a changeset logged; one that logged nothing is taken back."""
    changed = count(conn, changeset)
    if not changed:
        conn.execute("delete from _panoptic_changesets where id = ?", [changeset])
        return Applied(None, 0)
    return Applied(changeset, changed)


def count(conn: sqlite3.Connection, changeset: int) -> int:
    """Return how many values, links and rows of the vocabulary a changeset changed."""
    row = conn.execute(
        "select (select count(*) from _panoptic_changes where changeset_id = :id) "
        "+ (select count(*) from _panoptic_edits where changeset_id = :id)",
        {"id": changeset},
    ).fetchone()
    return int(row[0])


def subject_of(conn: sqlite3.Connection, property_id: int) -> Subject:
    """Return a property by id. Raises NotThere."""
    row = conn.execute("select id, name, type, scope from properties where id = ?", [property_id]).fetchone()
    if row is None:
        raise NotThere(f"no property {property_id} in this project")
    return Subject(*row)


def subjects_with(conn: sqlite3.Connection, property_id: int) -> set[int]:
    """Return the images or instances that have a value of a property."""
    subject = subject_of(conn, property_id)
    column = quoted(subject.name)
    rows = conn.execute(f"select {subject.key} from {subject.values} where {column} is not null")
    return {row[0] for row in rows}


def write_values(
    conn: sqlite3.Connection, changeset: int, subject: Subject, new: str, params: dict[str, object]
) -> None:
    """Write the value that SQL gives for each subject, and log it where it differs."""
    column = quoted(subject.name)
    bound = {"changeset": changeset, "property": subject.id, **params}
    # A log of its own for this change: the same changeset may have logged the property before.
    (last,) = conn.execute("select coalesce(max(id), 0) from _panoptic_changes").fetchone()
    conn.execute(
        f"insert into _panoptic_changes (changeset_id, property_id, subject_id, old, new) "
        f"select :changeset, :property, subjects.id, {subject.values}.{column}, {new} from temp.subjects "
        f"left join {subject.values} on {subject.values}.{subject.key} = subjects.id "
        f"where {subject.values}.{column} is not {new}",
        bound,
    )
    conn.execute(
        f"insert into {subject.values} ({subject.key}, {column}) "
        "select subject_id, new from _panoptic_changes where id > :last and changeset_id = :changeset "
        f"on conflict ({subject.key}) do update set {column} = excluded.{column}",
        {"last": last, "changeset": changeset},
    )


def link(conn: sqlite3.Connection, changeset: int, subject: Subject, tag: int) -> None:
    without = f"temp.subjects where id not in (select {subject.key} from {subject.links} where tag_id = :tag)"
    bound = {"changeset": changeset, "property": subject.id, "tag": tag}
    conn.execute(
        "insert into _panoptic_changes (changeset_id, property_id, subject_id, tag_id, old, new) "
        f"select :changeset, :property, id, :tag, 0, 1 from {without}",
        bound,
    )
    conn.execute(f"insert into {subject.links} (tag_id, {subject.key}) select :tag, id from {without}", {"tag": tag})


def unlink(conn: sqlite3.Connection, changeset: int, subject: Subject, tag: int) -> None:
    having = f"{subject.links} where tag_id = :tag and {subject.key} in (select id from temp.subjects)"
    conn.execute(
        "insert into _panoptic_changes (changeset_id, property_id, subject_id, tag_id, old, new) "
        f"select :changeset, :property, {subject.key}, :tag, 1, 0 from {having}",
        {"changeset": changeset, "property": subject.id, "tag": tag},
    )
    conn.execute(f"delete from {having}", {"tag": tag})


def unlink_all_but(conn: sqlite3.Connection, changeset: int, subject: Subject, kept: list[int]) -> None:
    for (tag,) in conn.execute("select id from tags where property_id = ?", [subject.id]).fetchall():
        if tag not in kept:
            unlink(conn, changeset, subject, tag)
