"""What changes which tag things have: a tag is deleted, several become one, one becomes two."""

from __future__ import annotations

from collections.abc import Iterable

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied, Selection
from datasette_panoptic.errors import Conflict, PanopticError

from . import edits, tags
from .changelog import SUBJECTS, Subject, begin, end, link, subject_of, unlink
from .connection import transaction
from .dissolving import dissolve


def delete(conn: sqlite3.Connection, tag_ids: Iterable[int], *, actor: str | None = None) -> Applied:
    """Take tags from everything that has them, and out of the vocabulary; undo brings both back."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool="tag")
        for property_id, of_property in _by_property(conn, tag_ids).items():
            dissolve(conn, changeset, property_id, of_property, into=None)
        return end(conn, changeset)


def merge(conn: sqlite3.Connection, tag_ids: Iterable[int], into: int, *, actor: str | None = None) -> Applied:
    """Give everything that has one of the tags another one instead, with their children and parents."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool="tag")
        merged = _by_property(conn, [tag_id for tag_id in tag_ids if tag_id != into])
        property_id = tags.get(conn, into)["property_id"]
        if merged.keys() - {property_id}:
            raise PanopticError("only tags of one property can be merged")
        dissolve(conn, changeset, property_id, merged.get(property_id, []), into=into)
        return end(conn, changeset)


def _by_property(conn: sqlite3.Connection, tag_ids: Iterable[int]) -> dict[int, list[int]]:
    """Return tags by their properties. Raises NotThere where one is not in use."""
    by_property: dict[int, list[int]] = {}
    for tag_id in dict.fromkeys(tag_ids):
        by_property.setdefault(tags.get(conn, tag_id)["property_id"], []).append(tag_id)
    return by_property


def split(
    conn: sqlite3.Connection,
    tag_id: int,
    name: str,
    selection: Selection,
    *,
    actor: str | None = None,
    query: str | None = None,
) -> tuple[int, Applied]:
    """Give those of a tag's images or instances that are selected a new tag instead, of the same colour and parents.

    An image is selected with any of its instances. Returns the new tag's id too. Raises Conflict where there is a tag
    of that name, PanopticError where the selection has nothing with the tag.
    """
    with transaction(conn):
        tag = tags.get(conn, tag_id)
        if tags.find(conn, tag["property_id"], name) is not None:
            raise Conflict(f"there is a tag `{name}` already; choose another name")
        changeset = begin(conn, actor=actor, tool="tag", query=query)
        subject = subject_of(conn, tag["property_id"])
        if not _having(conn, subject, tag_id, selection):
            raise PanopticError(f"nothing selected has the tag `{tag['name']}`, so there is nothing to split off")
        new = tags.ensure(conn, changeset, tag["property_id"], name)
        row = edits.read(conn, "tags", {"id": new}) or {}
        edits.put(conn, changeset, "tags", {"id": new}, row | {"color": tag["color"]})
        for (parent,) in conn.execute("select parent_id from tag_parents where tag_id = ?", [tag_id]).fetchall():
            key = {"tag_id": new, "parent_id": parent}
            edits.put(conn, changeset, "tag_parents", key, key)
        link(conn, changeset, subject, [new])
        unlink(conn, changeset, subject, [tag_id])
        return new, end(conn, changeset)


def _having(conn: sqlite3.Connection, subject: Subject, tag_id: int, selection: Selection) -> int:
    """Make those of a selection of instances that have a tag the subjects; return how many they are."""
    conn.execute(SUBJECTS)
    conn.execute("delete from temp.subjects")
    having = f"insert into temp.subjects (id) select {subject.key} from {subject.links} where tag_id = :of_tag"
    instances = f"select instance_id from ({selection.sql})"
    if subject.scope == "image":
        instances = f"select image_id from instances where id in ({instances})"
    bound = {"of_tag": tag_id, **selection.params}
    return int(conn.execute(f"{having} and {subject.key} in ({instances})", bound).rowcount)
