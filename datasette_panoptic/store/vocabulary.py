"""Vocabularies as wholes: many tags at once, and the tree they stand in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.names import checked, name_key
from datasette_panoptic.domain.timestamps import now

from . import edits, tags
from .tag_tree import require_no_cycle


def ensure_all(
    conn: sqlite3.Connection, changeset: int, property_id: int, names: Iterable[str], color: str | None = None
) -> dict[str, int]:
    """Return the tags of names, by each name as it is given.

    Those that are not there are made in the changeset that is open, as they are spelled first, and with the colour;
    deleted ones return, spelled as they are now. Raises BadName where one cannot be a tag's.
    """
    keys = {given: name_key(given) for given in names}
    known = _by_key(conn, property_id, keys.values())
    new: list[edits.Row] = []
    returned: list[tuple[edits.Row, edits.Row]] = []
    (last,) = conn.execute("select coalesce(max(id), 0) from tags").fetchone()
    for given, key in keys.items():
        if key not in known:
            known[key] = tags.new_row(last + len(new) + 1, property_id, checked(given, "tag"), color)
            new.append(known[key])
        elif known[key]["deleted_at"]:
            before, known[key] = known[key], known[key] | {"name": checked(given, "tag"), "deleted_at": None}
            returned.append((before, known[key]))
    edits.put_new(conn, changeset, "tags", new, {"deleted_at": now()})
    edits.put_changed(conn, changeset, "tags", returned)
    return {given: int(known[key]["id"]) for given, key in keys.items()}


def _by_key(conn: sqlite3.Connection, property_id: int, keys: Iterable[str]) -> dict[str, edits.Row]:
    """Return the tags of a property, deleted ones too, that have a key."""
    cursor = conn.execute(
        "select * from tags where property_id = ? and name_key in (select value from json_each(?))",
        [property_id, json.dumps(list(keys))],
    )
    columns = [column[0] for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor]
    return {row.pop("name_key"): row for row in rows}


@dataclass(frozen=True)
class Planted:
    """How many tags of a vocabulary an import made, changed, and found as they are."""

    created: int
    changed: int
    unchanged: int


def plant(conn: sqlite3.Connection, changeset: int, property_id: int, described: Iterable[DescribedTag]) -> Planted:
    """Make described tags and put them below their parents, in the changeset that is open.

    A tag that is there already keeps the colour, description and URI it has. Raises PanopticError where a tag would
    stand below itself, and names the tags on the way.
    """
    listed = list(described)
    named = dict.fromkeys(name for tag in listed for name in (tag.name, *tag.parents))
    there = "select id from tags where property_id = ? and deleted_at is null"
    known = {tag_id for (tag_id,) in conn.execute(there, [property_id])}
    ids = ensure_all(conn, changeset, property_id, named)
    relations = {(ids[tag.name], ids[parent]): None for tag in listed for parent in tag.parents}
    require_no_cycle(conn, property_id, relations)
    changed = set()
    for tag in listed:
        key = {"id": ids[tag.name]}
        given = {"color": tag.color, "description": tag.description, "uri": tag.uri}
        if any(given.values()):
            row = edits.read(conn, "tags", key) or {}
            filled = row | {name: row[name] or value for name, value in given.items()}
            if edits.put(conn, changeset, "tags", key, filled):
                changed.add(ids[tag.name])
    for tag_id, parent_id in relations:
        relation = {"tag_id": tag_id, "parent_id": parent_id}
        if edits.put(conn, changeset, "tag_parents", relation, relation):
            changed.add(tag_id)
    planted = set(ids.values())
    old = planted & known
    return Planted(len(planted - old), len(changed & old), len(old - changed))


def described(conn: sqlite3.Connection, property_id: int) -> tuple[DescribedTag, ...]:
    """Return the tags of a property with all that `plant` needs to make them anew, by name."""
    parents: dict[int, list[str]] = {}
    for tag_id, parent in conn.execute(
        "select tag_parents.tag_id, tags.name from tag_parents join tags on tags.id = parent_id "
        "where tags.property_id = ? order by tags.name",
        [property_id],
    ):
        parents.setdefault(tag_id, []).append(parent)
    rows = conn.execute(
        "select id, name, color, description, uri from tags where property_id = ? and deleted_at is null order by name",
        [property_id],
    )
    return tuple(
        DescribedTag(name, color, description, uri, tuple(parents.get(tag_id, ())))
        for tag_id, name, color, description, uri in rows
    )
