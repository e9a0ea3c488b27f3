"""Tags: the vocabulary of a tag property, a hierarchy in which a tag may have several parents and no cycle."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.names import checked, name_key, same_name
from datasette_panoptic.domain.texts import natural
from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import Conflict, NotThere, PanopticError

from . import edits
from .changelog import Subject, begin, end, subject_of
from .connection import transaction
from .tag_tree import below


def ensure(conn: sqlite3.Connection, changeset: int, property_id: int, name: str, color: str | None = None) -> int:
    """Return the tag of a name, made in the changeset that is open if there is none.

    A deleted one comes back, spelled as it is now; any other keeps its spelling.
    """
    name = checked(name, "tag")
    row = conn.execute(
        "select id from tags where property_id = ? and name_key = ?", [property_id, name_key(name)]
    ).fetchone()
    if row:
        tag = edits.read(conn, "tags", {"id": row[0]}) or {}
        if tag["deleted_at"]:
            edits.put(conn, changeset, "tags", {"id": row[0]}, tag | {"name": name, "deleted_at": None})
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
            put_below(conn, changeset, tag_id, parent)
        end(conn, changeset)
    return tag_id


def change(conn: sqlite3.Connection, tag_id: int, *, actor: str | None = None, **columns: Any) -> Applied:
    """Rename, colour, describe a tag or give it a URI: `name`, `color`, `description`, `uri`."""
    with transaction(conn):
        tag = get(conn, tag_id)
        changeset = begin(conn, actor=actor, tool="tag")
        if "name" in columns:
            columns["name"] = checked(str(columns["name"]), "tag")
            _make_free(conn, changeset, tag, columns["name"])
        edits.put(conn, changeset, "tags", {"id": tag_id}, tag | columns)
        return end(conn, changeset)


def _make_free(conn: sqlite3.Connection, changeset: int, tag: edits.Row, name: str) -> None:
    """Take a name that a tag is to have from a deleted one. Raises Conflict where another tag in use has it."""
    taken = conn.execute(
        "select id from tags where property_id = ? and name_key = ? and id <> ?",
        [tag["property_id"], name_key(name), tag["id"]],
    ).fetchone()
    if taken:
        row = edits.read(conn, "tags", {"id": taken[0]}) or {}
        if not row["deleted_at"]:
            raise Conflict(f"there is a tag `{row['name']}` already; merge the two, or choose another name")
        edits.put(conn, changeset, "tags", {"id": taken[0]}, row | {"name": f"{row['name']} (deleted {taken[0]})"})


def move(
    conn: sqlite3.Connection,
    tag_ids: Iterable[int],
    *,
    below_tags: Iterable[int] = (),
    away_from: Iterable[int] = (),
    actor: str | None = None,
) -> Applied:
    """Take tags from below some of their parents, then put them below others, in one changeset.

    Raises PanopticError where that would make a cycle.
    """
    away_from, below_tags = list(away_from), list(below_tags)
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool="tag")
        for tag_id in tag_ids:
            get(conn, tag_id)
            for parent_id in away_from:
                edits.put(conn, changeset, "tag_parents", {"tag_id": tag_id, "parent_id": parent_id}, None)
            for parent_id in below_tags:
                put_below(conn, changeset, tag_id, parent_id)
        return end(conn, changeset)


def put_below(conn: sqlite3.Connection, changeset: int, tag_id: int, parent_id: int) -> None:
    """Put a tag below another one in the changeset that is open. Raises PanopticError where that makes a cycle."""
    tag, parent = get(conn, tag_id), get(conn, parent_id)
    if tag["property_id"] != parent["property_id"]:
        raise PanopticError("a tag and its parent belong to one property")
    if parent_id in below(conn, tag_id):
        why = "" if tag_id == parent_id else f": `{parent['name']}` stands below it already"
        raise PanopticError(f"that would put `{tag['name']}` below itself{why}")
    key = {"tag_id": tag_id, "parent_id": parent_id}
    edits.put(conn, changeset, "tag_parents", key, key)


def get(conn: sqlite3.Connection, tag_id: int) -> edits.Row:
    """Return a tag's row. Raises NotThere, also where it is deleted."""
    tag = edits.read(conn, "tags", {"id": tag_id})
    if tag is None or tag["deleted_at"]:
        raise NotThere(f"no tag {tag_id} in this project")
    return tag


def named(conn: sqlite3.Connection, property_id: int, name: str) -> int:
    """Return the tag of a name. Raises NotThere."""
    tag_id = find(conn, property_id, name)
    if tag_id is None:
        raise NotThere(f"no tag `{name}` of this property; `tag list` shows those there are")
    return tag_id


def find(conn: sqlite3.Connection, property_id: int, name: str) -> int | None:
    """Return the tag of a name; None where there is none."""
    sql = "select name, id from tags where property_id = ? and deleted_at is null order by id"
    rows = conn.execute(sql, [property_id])
    by_name: dict[str, int] = dict(rows.fetchall())
    return by_name.get(name) or next((by_name[one] for one in by_name if same_name(one, name)), None)


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
        "select id, name, color, description, uri from tags where property_id = ? and deleted_at is null", [property_id]
    ).fetchall()
    ours = "(select id from tags where property_id = ?)"
    counted = f"select tag_id, count(*) from {subject.links} where tag_id in {ours} group by tag_id"
    counts = dict(conn.execute(counted, [property_id]).fetchall())
    parents: dict[int, list[int]] = {}
    relations = f"select tag_id, parent_id from tag_parents where tag_id in {ours}"
    for child, parent in conn.execute(relations, [property_id]):
        parents.setdefault(child, []).append(parent)
    names = {row[0]: row[1] for row in rows}
    with_children = {parent for above in parents.values() for parent in above}
    tags = []
    for tag_id, name, color, description, uri in sorted(rows, key=lambda row: natural(row[1])):
        whole = count = counts.get(tag_id, 0)
        if tag_id in with_children:
            whole = count_below(conn, subject, below(conn, tag_id) & counts.keys())
        # A parent whose creation was undone is out of sight, and comes back with its children.
        above = [parent for parent in parents.get(tag_id, ()) if parent in names]
        above.sort(key=lambda parent: natural(names[parent]))
        tags.append(
            Tag(tag_id, name, color, description, uri, tuple(map(names.__getitem__, above)), tuple(above), count, whole)
        )
    return tags


def count_below(conn: sqlite3.Connection, subject: Subject, tag_ids: set[int]) -> int:
    """Count the images or instances that have any of some tags."""
    row = conn.execute(
        f"select count(distinct {subject.key}) from {subject.links} where tag_id in (select value from json_each(?))",
        [json.dumps(list(tag_ids))],
    ).fetchone()
    return int(row[0])
