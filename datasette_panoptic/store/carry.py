"""Carry what is said of an image over to another one that a file shows in its place, in the changeset that is open.

Values and tags are logged as any change is. What belongs to them (who said them and when, refusals, marks that nobody
has checked them, places in clusterings) is one edit of the kind `carried`, which says what was given to the new image.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from . import corpus
from .changelog import net
from .embeddings import raise_version
from .hidden import bring_back, settle
from .people_views import quoted

CARRIED = "carried"

LOG = (
    "insert into _panoptic_changes (changeset_id, property_id, subject_id, tag_id, old, new) values (?, ?, ?, ?, ?, ?)"
)

TAGS = """
select tag_id, properties.id, properties.type from image_tags
join tags on tags.id = tag_id join properties on properties.id = property_id where image_id = ?
"""

#: Whether a changeset has changed one of two images already.
TOUCHED = """
select 1 from properties join _panoptic_changes on property_id = properties.id and subject_id in (:old, :new)
where scope = 'image' and changeset_id = :changeset limit 1
"""

#: What was changed of an image before, and is not in the history of the other one.
HISTORY = """
select changeset_id, property_id, tag_id, old, new from _panoptic_changes as said
where subject_id = :old and changeset_id <> :changeset
  and property_id in (select id from properties where scope = 'image')
  and not exists (
    select 1 from _panoptic_changes as known
    where known.changeset_id = said.changeset_id and known.property_id = said.property_id
      and known.subject_id = :new and known.tag_id is said.tag_id
  )
order by id
"""

#: Rows of an image in other tables, each with the rest of its key: what the other image has not got is given to it.
BESIDE = {
    "_panoptic_refusals": ("property_id", "value"),
    "cluster_members": ("clustering_id",),
}

UNCHECKED = "_panoptic_unchecked where property_id = ? and subject_id = ? and value = ?"


@dataclass(frozen=True)
class Followed:
    """`count`: values, links and other rows that the new image got; `kept`: values that it has otherwise."""

    count: int
    kept: int


def carry(conn: sqlite3.Connection, changeset: int, old: int, new: int, *, move: bool) -> Followed:
    """Give `new` what is said of `old` and not of itself; with `move` it is taken from `old`.

    Where the new image has another value or another tag of a property that holds one, both keep their own.
    """
    if not is_known(conn, old):
        return Followed(0, 0)
    again = conn.execute(TOUCHED, {"changeset": changeset, "old": old, "new": new}).fetchone()
    values, other_values = _values(conn, changeset, old, new, move=move)
    links, other_links = _links(conn, changeset, old, new, move=move)
    apart = other_values | other_links
    given: dict[str, Any] = {
        "history": [
            list(row)
            for row in conn.execute(HISTORY, {"old": old, "new": new, "changeset": changeset})
            if row[1] not in apart
        ],
        "unchecked": [
            said
            for said in [*values, *links]
            if conn.execute(f"select 1 from {UNCHECKED}", [said[0], old, said[1]]).fetchone()
        ],
        **{table: _lacking(conn, table, keys, old, new) for table, keys in BESIDE.items()},
        "best": conn.execute(
            "select clustering_id, label from clusters where best_image_id = ? and ?", [old, move]
        ).fetchall(),
        "moved": move,
    }
    if any(given[name] for name in ("history", "unchecked", *BESIDE, "best")):
        _give(conn, old, new, given)
        log(conn, changeset, old, new, before=None, after=given)
    if again:
        net(conn, changeset)
    return Followed(len(values) + len(links) + sum(len(given[table]) for table in BESIDE), len(apart))


KNOWN = f"""
select {
    " or ".join(
        f"exists (select 1 from {table} where image_id = :image)"
        for table in ("image_values", "image_tags", "_panoptic_hidden_members", *BESIDE)
    )
}
  or exists (select 1 from clusters where best_image_id = :image)
  or exists (
    select 1 from properties join _panoptic_changes on property_id = properties.id and subject_id = :image
    where scope = 'image'
  )
"""


def is_known(conn: sqlite3.Connection, image: int) -> bool:
    """Tell whether anything was ever said of an image, or a clustering has it."""
    return bool(conn.execute(KNOWN, {"image": image}).fetchone()[0])


def is_said(conn: sqlite3.Connection, image: int) -> bool:
    """Tell whether an image has a value or a tag now."""
    if conn.execute("select 1 from image_tags where image_id = ?", [image]).fetchone():
        return True
    row = conn.execute("select * from image_values where image_id = ?", [image]).fetchone()
    return row is not None and any(value is not None for value in row[1:])


def copy_vectors(conn: sqlite3.Connection, old: int, new: int) -> None:
    """Give an image the vectors of another one whose pixels are the same."""
    spaces = conn.execute(
        "select space_id from _panoptic_embeddings where image_id = ? "
        "except select space_id from _panoptic_embeddings where image_id = ?",
        [old, new],
    ).fetchall()
    for (space,) in spaces:
        conn.execute(
            "insert into _panoptic_embeddings (space_id, image_id, vector) "
            "select space_id, ?, vector from _panoptic_embeddings where space_id = ? and image_id = ?",
            [new, space, old],
        )
        raise_version(conn, space)
    if spaces:
        corpus.bump_derived(conn)


def take_back(conn: sqlite3.Connection, target: int, changeset: int) -> bool:
    """Put back what a changeset gave or took besides values and tags; tell whether it did so."""
    edits = conn.execute(
        "select key, old, new from _panoptic_edits where changeset_id = ? and kind = ? order by id desc",
        [target, CARRIED],
    ).fetchall()
    for key, before, after in edits:
        bring_back(conn, json.loads(key)["old"])
        images, was, given = json.loads(key), json.loads(before or "null"), json.loads(after or "null")
        if given:
            _give_back(conn, images["old"], images["new"], given)
        else:
            _give(conn, images["old"], images["new"], was)
        log(conn, changeset, images["old"], images["new"], before=given, after=was)
    if edits:
        settle(conn)
        corpus.bump_derived(conn)
    return bool(edits)


def log(conn: sqlite3.Connection, changeset: int, old: int, new: int, *, before: object, after: object) -> None:
    conn.execute(
        "insert into _panoptic_edits (changeset_id, kind, key, old, new) values (?, ?, ?, ?, ?)",
        [
            changeset,
            CARRIED,
            json.dumps({"old": old, "new": new}),
            *(None if part is None else json.dumps(part) for part in (before, after)),
        ],
    )


def _values(
    conn: sqlite3.Connection, changeset: int, old: int, new: int, *, move: bool
) -> tuple[list[tuple[int, Any]], set[int]]:
    """Return the values that `new` gets, by property, and the properties of which it has another one."""
    properties = conn.execute(
        "select id, name from properties where scope = 'image' and type not in ('tag', 'multi_tags')"
    ).fetchall()
    if not properties or not conn.execute("select 1 from image_values where image_id = ?", [old]).fetchone():
        return [], set()
    columns = ", ".join(quoted(name) for _, name in properties)
    before = conn.execute(f"select {columns} from image_values where image_id = ?", [old]).fetchone()
    there = conn.execute(f"select {columns} from image_values where image_id = ?", [new]).fetchone()
    given, other = [], set()
    for (property_id, name), value, has in zip(properties, before, there or [None] * len(before), strict=True):
        if value is None:
            continue
        if has is not None and has != value:
            other.add(property_id)
            continue
        if has is None:
            given.append((property_id, value))
            conn.execute(LOG, [changeset, property_id, new, None, None, value])
            conn.execute(
                f"insert into image_values (image_id, {quoted(name)}) values (?, ?) "
                f"on conflict (image_id) do update set {quoted(name)} = excluded.{quoted(name)}",
                [new, value],
            )
        if move:
            conn.execute(LOG, [changeset, property_id, old, None, value, None])
            conn.execute(f"update image_values set {quoted(name)} = null where image_id = ?", [old])
    return given, other


def _links(
    conn: sqlite3.Connection, changeset: int, old: int, new: int, *, move: bool
) -> tuple[list[tuple[int, int]], set[int]]:
    """Return the tags that `new` gets, by property, and the properties of which it holds another one already."""
    there = conn.execute(TAGS, [new]).fetchall()
    tags = {tag for tag, _, _ in there}
    holding_one = {property_id for _, property_id, type_ in there if type_ == "tag"}
    given, other = [], set()
    for tag, property_id, _ in conn.execute(TAGS, [old]).fetchall():
        if tag not in tags and property_id in holding_one:
            other.add(property_id)
            continue
        if tag not in tags:
            given.append((property_id, tag))
            conn.execute(LOG, [changeset, property_id, new, tag, 0, 1])
            conn.execute("insert into image_tags (tag_id, image_id) values (?, ?)", [tag, new])
        if move:
            conn.execute(LOG, [changeset, property_id, old, tag, 1, 0])
            conn.execute("delete from image_tags where tag_id = ? and image_id = ?", [tag, old])
    return given, other


def _lacking(conn: sqlite3.Connection, table: str, keys: tuple[str, ...], old: int, new: int) -> list[tuple[Any, ...]]:
    columns = ", ".join(keys)
    return conn.execute(
        f"select {columns} from {table} where image_id = ? except select {columns} from {table} where image_id = ?",
        [old, new],
    ).fetchall()


def _give(conn: sqlite3.Connection, old: int, new: int, given: dict[str, Any]) -> None:
    # These rows are later than those of the values themselves, so that whoever said them stays the last to have.
    conn.executemany(
        "insert into _panoptic_changes (changeset_id, property_id, tag_id, old, new, subject_id) "
        "values (?, ?, ?, ?, ?, ?)",
        ([*row, new] for row in given["history"]),
    )
    _hand_over(conn, old, new, given, copy=True, take=given["moved"])


def _give_back(conn: sqlite3.Connection, old: int, new: int, given: dict[str, Any]) -> None:
    conn.executemany(
        "delete from _panoptic_changes where changeset_id = ? and property_id = ? and tag_id is ? and old is ? "
        "and new is ? and subject_id = ?",
        ([*row, new] for row in given["history"]),
    )
    _hand_over(conn, new, old, given, copy=given["moved"], take=True)


def _hand_over(
    conn: sqlite3.Connection, source: int, target: int, given: dict[str, Any], *, copy: bool, take: bool
) -> None:
    """Copy the rows beside values to an image that has none for the same key, take them from the other one, or both."""
    for table, keys in BESIDE.items():
        rows = [[source, *key] for key in given[table]]
        where = f"{table} where image_id = ? and " + " and ".join(f"{key} = ?" for key in keys)
        columns = [row[0] for row in conn.execute(f"select name from pragma_table_info('{table}')")]
        kept = ", ".join(name for name in columns if name != "image_id")
        if copy:
            copied = f"insert or ignore into {table} (image_id, {kept}) select ?, {kept} from {where}"
            conn.executemany(copied, ([target, *row] for row in rows))
        if take:
            conn.executemany(f"delete from {where}", rows)
    marks = [[property_id, source, value] for property_id, value in given["unchecked"]]
    if copy:
        copied = (
            "insert or ignore into _panoptic_unchecked (subject_id, property_id, value, probability, changeset_id) "
            f"select ?, property_id, value, probability, changeset_id from {UNCHECKED}"
        )
        conn.executemany(copied, ([target, *mark] for mark in marks))
    if take:
        conn.executemany(f"delete from {UNCHECKED}", marks)
    conn.executemany(
        "update clusters set best_image_id = ? where best_image_id = ? and clustering_id = ? and label = ?",
        ([target, source, *key] for key in given["best"]),
    )
