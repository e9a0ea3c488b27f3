"""Tags: the vocabulary of a tag property, a hierarchy in which a tag may have several parents and no cycle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.texts import natural
from datasette_panoptic.errors import Conflict, NotThere, PanopticError

from . import edits
from .changelog import SUBJECTS, Subject, begin, end, link, subject_of, unlink
from .connection import transaction
from .properties import now


def ensure(conn: sqlite3.Connection, changeset: int, property_id: int, name: str, color: str | None = None) -> int:
    """Return the tag of a name, made in the changeset that is open if there is none; a deleted one comes back."""
    if not name.strip():
        raise PanopticError("a tag needs a name")
    row = conn.execute("select id from tags where property_id = ? and name = ?", [property_id, name]).fetchone()
    if row:
        tag = edits.read(conn, "tags", {"id": row[0]})
        assert tag is not None
        if tag["deleted_at"]:
            edits.put(conn, changeset, "tags", {"id": row[0]}, tag | {"deleted_at": None})
        return int(row[0])
    (tag_id,) = conn.execute("select coalesce(max(id), 0) + 1 from tags").fetchone()
    new = new_row(tag_id, property_id, name, color)
    edits.put(conn, changeset, "tags", {"id": tag_id}, new, was=new | {"deleted_at": now()})
    return int(tag_id)


def new_row(tag_id: int, property_id: int, name: str, color: str | None = None) -> edits.Row:
    """Return the row of a tag of which nothing else is known yet."""
    return {
        "id": tag_id,
        "property_id": property_id,
        "name": name,
        "color": color,
        "description": None,
        "uri": None,
        "deleted_at": None,
    }


def create(
    conn: sqlite3.Connection,
    property_id: int,
    name: str,
    color: str | None = None,
    *,
    parent: int | None = None,
    actor: str | None = None,
) -> int:
    """Make a tag, below another one if so asked, and return its id; one that there is already keeps its colour."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool="tag")
        tag_id = ensure(conn, changeset, property_id, name, color)
        if parent is not None:
            _put_below(conn, changeset, tag_id, parent)
        end(conn, changeset)
    return tag_id


def change(conn: sqlite3.Connection, tag_id: int, *, actor: str | None = None, **columns: Any) -> Applied:
    """Rename, colour, describe a tag or give it a URI: `name`, `color`, `description`, `uri`."""
    with transaction(conn):
        tag = _tag(conn, tag_id)
        changeset = begin(conn, actor=actor, tool="tag")
        name = columns.get("name", tag["name"])
        if not name.strip():
            raise PanopticError("a tag needs a name")
        taken = "select id, deleted_at from tags where property_id = ? and name = ? and id <> ?"
        for other, deleted_at in conn.execute(taken, [tag["property_id"], name, tag_id]).fetchall():
            if not deleted_at:
                raise Conflict(f"there is a tag `{name}` already; merge the two, or choose another name")
            row = edits.read(conn, "tags", {"id": other}) or {}
            edits.put(conn, changeset, "tags", {"id": other}, row | {"name": f"{name} (deleted {other})"})
        edits.put(conn, changeset, "tags", {"id": tag_id}, tag | columns)
        return end(conn, changeset)


def move(
    conn: sqlite3.Connection,
    tag_id: int,
    *,
    below_tags: Iterable[int] = (),
    away_from: Iterable[int] = (),
    actor: str | None = None,
) -> Applied:
    """Take a tag from below some of its parents, then put it below others, in one changeset.

    Raises PanopticError where that would make a cycle.
    """
    with transaction(conn):
        _tag(conn, tag_id)
        changeset = begin(conn, actor=actor, tool="tag")
        for parent_id in away_from:
            edits.put(conn, changeset, "tag_parents", {"tag_id": tag_id, "parent_id": parent_id}, None)
        for parent_id in below_tags:
            _put_below(conn, changeset, tag_id, parent_id)
        return end(conn, changeset)


def _put_below(conn: sqlite3.Connection, changeset: int, tag_id: int, parent_id: int) -> None:
    if _tag(conn, tag_id)["property_id"] != _tag(conn, parent_id)["property_id"]:
        raise PanopticError("a tag and its parent belong to one property")
    if parent_id in below(conn, tag_id):
        raise PanopticError("that would put the tag below itself")
    key = {"tag_id": tag_id, "parent_id": parent_id}
    edits.put(conn, changeset, "tag_parents", key, key)


def delete(conn: sqlite3.Connection, tag_id: int, *, actor: str | None = None) -> Applied:
    """Take a tag from everything that has it, and out of the vocabulary; undo brings both back."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool="tag")
        _dissolve(conn, changeset, tag_id, into=None)
        return end(conn, changeset)


def merge(conn: sqlite3.Connection, tag_ids: list[int], into: int, *, actor: str | None = None) -> Applied:
    """Give everything that has one of the tags another one instead, with their children and parents."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool="tag")
        for tag_id in tag_ids:
            if tag_id != into:
                if _tag(conn, tag_id)["property_id"] != _tag(conn, into)["property_id"]:
                    raise PanopticError("only tags of one property can be merged")
                _dissolve(conn, changeset, tag_id, into=into)
        return end(conn, changeset)


def _dissolve(conn: sqlite3.Connection, changeset: int, tag_id: int, *, into: int | None) -> None:
    tag = _tag(conn, tag_id)
    subject = subject_of(conn, tag["property_id"])
    _having(conn, subject, tag_id)
    if into:
        link(conn, changeset, subject, into)
    unlink(conn, changeset, subject, tag_id)
    relations = "select tag_id, parent_id from tag_parents where tag_id = :tag or parent_id = :tag"
    for relation in conn.execute(relations, {"tag": tag_id}).fetchall():
        key = dict(zip(edits.KEYS["tag_parents"], relation, strict=True))
        edits.put(conn, changeset, "tag_parents", key, None)
        if into:
            key = {column: into if relative == tag_id else relative for column, relative in key.items()}
            if key["parent_id"] not in below(conn, key["tag_id"]):
                edits.put(conn, changeset, "tag_parents", key, key)
    edits.put(conn, changeset, "tags", {"id": tag_id}, tag | {"deleted_at": now()})


def _having(conn: sqlite3.Connection, subject: Subject, tag_id: int) -> None:
    conn.execute(SUBJECTS)
    conn.execute("delete from temp.subjects")
    conn.execute(f"insert into temp.subjects (id) select {subject.key} from {subject.links} where tag_id = ?", [tag_id])


def _tag(conn: sqlite3.Connection, tag_id: int) -> dict[str, Any]:
    tag = edits.read(conn, "tags", {"id": tag_id})
    if tag is None or tag["deleted_at"]:
        raise NotThere(f"no tag {tag_id} in this project")
    return tag


def named(conn: sqlite3.Connection, property_id: int, name: str) -> int:
    """Return the tag of a name. Raises NotThere."""
    row = conn.execute(
        "select id from tags where property_id = ? and name = ? and deleted_at is null", [property_id, name]
    ).fetchone()
    if row is None:
        raise NotThere(f"no tag `{name}` of this property; `tag list` shows those there are")
    return int(row[0])


@dataclass(frozen=True)
class Tag:
    """A tag of a vocabulary; `count` images or instances have it, `count_below` have it or a tag below it."""

    id: int
    name: str
    color: str | None
    description: str | None
    uri: str | None
    parents: tuple[str, ...]
    parent_ids: tuple[int, ...]
    count: int
    count_below: int


def listed(conn: sqlite3.Connection, property_id: int) -> list[Tag]:
    """Return the tags of a property in the order of people."""
    subject = subject_of(conn, property_id)
    rows = conn.execute(
        f"select id, name, color, description, uri, (select count(*) from {subject.links} where tag_id = tags.id) "
        "from tags where property_id = ? and deleted_at is null",
        [property_id],
    ).fetchall()
    parents: dict[int, list[int]] = {}
    for child, parent in conn.execute("select tag_id, parent_id from tag_parents"):
        parents.setdefault(child, []).append(parent)
    names = {row[0]: row[1] for row in rows}
    with_children = {parent for above in parents.values() for parent in above}
    found = []
    for tag_id, name, color, description, uri, count in sorted(rows, key=lambda row: natural(row[1])):
        whole = count
        if tag_id in with_children:
            (whole,) = conn.execute(
                f"select count(distinct {subject.key}) from {subject.links} "
                f"where tag_id in ({', '.join(map(str, below(conn, tag_id)))})"
            ).fetchone()
        # A parent whose creation was undone is out of sight, and comes back with its children.
        above = [parent for parent in parents.get(tag_id, ()) if parent in names]
        above.sort(key=lambda parent: natural(names[parent]))
        found.append(
            Tag(tag_id, name, color, description, uri, tuple(map(names.__getitem__, above)), tuple(above), count, whole)
        )
    return found


def below(conn: sqlite3.Connection, tag_id: int) -> set[int]:
    """Return a tag and all tags below it."""
    rows = conn.execute(
        """
        with recursive below (id) as (
          values (?)
          union
          select tag_id from tag_parents join below on below.id = tag_parents.parent_id
        )
        select id from below""",
        [tag_id],
    )
    return {row[0] for row in rows}
