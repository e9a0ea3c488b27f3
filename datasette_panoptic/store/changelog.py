"""Write values and tags and log what they were: the primitives of changesets, in the transaction that is open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import NotThere

from .people_views import quoted

#: The subjects of one change while it is made: images or instances with the value that each is to have.
SUBJECTS = "create temp table if not exists subjects (id integer primary key, new)"

#: The tags that each of those subjects is to have.
PAIRS = (
    "create temp table if not exists pairs "
    "(subject_id integer, tag_id integer, primary key (tag_id, subject_id)) without rowid"
)


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
    row = conn.execute(
        "insert into _panoptic_changesets (actor, tool, query, at, undoes) values (?, ?, ?, ?, ?)",
        [actor, tool, query, now(), undoes],
    )
    return int(row.lastrowid)


CHECKED = """
delete from _panoptic_unchecked where exists (
  select 1 from _panoptic_changes as change
  where change.changeset_id = ? and change.property_id = _panoptic_unchecked.property_id
    and change.subject_id = _panoptic_unchecked.subject_id
    and coalesce(change.tag_id, _panoptic_unchecked.value) = _panoptic_unchecked.value
)
"""


def end(conn: sqlite3.Connection, changeset: int) -> Applied:
    """Count what a changeset logged; one that logged nothing is taken back.

    What it changed no longer waits to be checked: whoever changes a value has seen it. A machine adds its own later.
    """
    changed = count(conn, changeset)
    conn.execute(CHECKED, [changeset])
    if not changed:
        conn.execute("delete from _panoptic_changesets where id = ?", [changeset])
        return Applied(None, 0)
    return Applied(changeset, changed)


#: What a changeset did to each value or link, from before its first change of it to after its last.
NET = """
create temp table net as
select property_id, subject_id, tag_id,
  (select old from _panoptic_changes where id = first) as old,
  (select new from _panoptic_changes where id = last) as new
from (
  select property_id, subject_id, tag_id, min(id) as first, max(id) as last
  from _panoptic_changes where changeset_id = :changeset
  group by property_id, subject_id, tag_id
)
"""


def net(conn: sqlite3.Connection, changeset: int) -> None:
    """Rewrite the log of a changeset that spoke of a property twice: one row for each value or link that differs."""
    conn.execute(NET, {"changeset": changeset})
    conn.execute("delete from _panoptic_changes where changeset_id = ?", [changeset])
    conn.execute(
        "insert into _panoptic_changes (changeset_id, property_id, subject_id, tag_id, old, new) "
        "select ?, property_id, subject_id, tag_id, old, new from temp.net where old is not new",
        [changeset],
    )
    conn.execute("drop table temp.net")


def count(conn: sqlite3.Connection, changeset: int) -> int:
    """Return how many values, links, instances and rows of the vocabulary a changeset changed."""
    row = conn.execute(
        "select (select count(*) from _panoptic_changes where changeset_id = :id) "
        "+ (select count(*) from _panoptic_edits where changeset_id = :id) "
        "+ (select count(*) from _panoptic_removals where changeset_id = :id)",
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
    last = _last_change(conn)
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


LOG = "insert into _panoptic_changes (changeset_id, property_id, subject_id, tag_id, old, new) "


def link(conn: sqlite3.Connection, changeset: int, subject: Subject, tags: Sequence[int]) -> None:
    """Give the subjects all of some tags, and log which they did not have."""
    last = _last_change(conn)
    conn.execute(
        f"{LOG} select :changeset, :property, subjects.id, given.value, 0, 1 "
        "from json_each(:tags) as given cross join temp.subjects where not exists (select 1 "
        f"from {subject.links} as links where links.tag_id = given.value and links.{subject.key} = subjects.id)",
        {"changeset": changeset, "property": subject.id, "tags": json.dumps(list(tags))},
    )
    conn.execute(
        f"insert into {subject.links} (tag_id, {subject.key}) select tag_id, subject_id from _panoptic_changes "
        "where id > ?",
        [last],
    )


def unlink(conn: sqlite3.Connection, changeset: int, subject: Subject, tags: Sequence[int]) -> None:
    """Take some tags from the subjects, and log which they had."""
    listed = "select value from json_each(:tags)"
    _unlink(conn, changeset, subject, f"+links.tag_id in ({listed})", tags)


def unlink_all_but(conn: sqlite3.Connection, changeset: int, subject: Subject, kept: Sequence[int]) -> None:
    """Take from the subjects all tags of their property but some, and log which they had."""
    others = "select id from tags where property_id = :property and id not in (select value from json_each(:tags))"
    _unlink(conn, changeset, subject, f"+links.tag_id in ({others})", kept)


def _unlink(conn: sqlite3.Connection, changeset: int, subject: Subject, which: str, tags: Sequence[int]) -> None:
    last = _last_change(conn)
    # Subject by subject, by the tags that each has: of many tags and many subjects few pairs are links.
    conn.execute(
        f"{LOG} select :changeset, :property, subjects.id, links.tag_id, 1, 0 from temp.subjects "
        f"cross join {subject.links} as links on links.{subject.key} = subjects.id where {which}",
        {"changeset": changeset, "property": subject.id, "tags": json.dumps(list(tags))},
    )
    conn.execute(
        f"delete from {subject.links} where (tag_id, {subject.key}) in "
        "(select tag_id, subject_id from _panoptic_changes where id > ?)",
        [last],
    )


def _last_change(conn: sqlite3.Connection) -> int:
    """Return the id after which the next change is logged: the same changeset may have logged the property before."""
    (last,) = conn.execute("select coalesce(max(id), 0) from _panoptic_changes").fetchone()
    return int(last)


def set_links(conn: sqlite3.Connection, changeset: int, subject: Subject) -> None:
    """Make the tags of `pairs` the only ones that each of `subjects` has of a property, and log where they differ."""
    bound = {"changeset": changeset, "property": subject.id}
    last = _last_change(conn)
    conn.execute(
        f"{LOG} select :changeset, :property, links.{subject.key}, links.tag_id, 1, 0 from {subject.links} as links "
        "where links.tag_id in (select id from tags where property_id = :property) "
        f"and links.{subject.key} in (select id from temp.subjects) and not exists ("
        f"select 1 from temp.pairs where pairs.tag_id = links.tag_id and subject_id = links.{subject.key})",
        bound,
    )
    conn.execute(
        f"{LOG} select :changeset, :property, subject_id, tag_id, 0, 1 from temp.pairs where not exists ("
        f"select 1 from {subject.links} as links "
        f"where links.tag_id = pairs.tag_id and links.{subject.key} = subject_id)",
        bound,
    )
    logged = "select tag_id, subject_id from _panoptic_changes where id > ? and new = "
    conn.execute(f"delete from {subject.links} where (tag_id, {subject.key}) in ({logged} 0)", [last])
    conn.execute(f"insert into {subject.links} (tag_id, {subject.key}) {logged} 1", [last])
