"""Changesets: the only way to change an annotation. Old and new values are logged in one transaction with the change.

Undoing is a changeset too, which puts back the old values wherever the new ones still stand. So nothing is ever lost,
anything can be undone at any age, and what somebody changed since is a conflict that is counted and left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import (
    AddTags,
    Applied,
    Change,
    RemoveTags,
    Selection,
    SetTags,
    SetTagsEach,
    SetValue,
    SetValues,
)
from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.domain.names import checked, distinct, name_key
from datasette_panoptic.errors import NotThere, PanopticError

from .changelog import (
    PAIRS,
    SUBJECTS,
    Subject,
    begin,
    end,
    link,
    net,
    set_links,
    subject_of,
    unlink,
    unlink_all_but,
    write_values,
)
from .connection import transaction
from .vocabulary import ensure_all


def apply(
    conn: sqlite3.Connection,
    changes: Iterable[Change],
    selection: Selection | None = None,
    *,
    actor: str | None,
    tool: str,
    query: str | None = None,
) -> Applied:
    """Make changes to a selection as one changeset, which is what undo takes back.

    Tags that are not there yet are made. Where everything is as asked already there is no changeset. Raises NotThere
    for an unknown property.
    """
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool=tool, query=query)
        conn.execute(SUBJECTS)
        if selection:
            conn.execute("create temp table selection as " + selection.sql, dict(selection.params))
        said: set[int] = set()
        again = False
        try:
            for change in changes:
                make(conn, changeset, change)
                again |= change.property_id in said
                said.add(change.property_id)
        finally:
            conn.execute("drop table if exists temp.selection")
        if again:
            net(conn, changeset)
        return end(conn, changeset)


def make(conn: sqlite3.Connection, changeset: int, change: Change) -> None:
    subject = subject_of(conn, change.property_id)
    if isinstance(change, SetValue | SetValues):
        _require(subject, tags=False)
        if isinstance(change, SetValue):
            _subjects(conn, subject)
            write_values(conn, changeset, subject, ":value", {"value": change.value})
        else:
            conn.execute("delete from temp.subjects")
            conn.executemany("insert into temp.subjects values (?, ?)", change.values.items())
            _require_known(conn, subject)
            write_values(conn, changeset, subject, "subjects.new", {})
        return
    _require(subject, tags=True)
    if isinstance(change, SetTagsEach):
        _set_tags_each(conn, changeset, subject, change)
        return
    _subjects(conn, subject)
    if isinstance(change, RemoveTags):
        unlink(conn, changeset, subject, _known_tags(conn, subject, change.tags))
        return
    names = _names(change.tags)
    _require_room(subject, len(names))
    color = change.color if isinstance(change, AddTags) else None
    kept = list(ensure_all(conn, changeset, subject.id, names, color).values())
    if isinstance(change, SetTags) or subject.type == "tag":
        unlink_all_but(conn, changeset, subject, kept)
    link(conn, changeset, subject, kept)


def _set_tags_each(conn: sqlite3.Connection, changeset: int, subject: Subject, change: SetTagsEach) -> None:
    wanted = {each: _names(names) for each, names in change.tags.items()}
    _require_room(subject, max(map(len, wanted.values()), default=0))
    ids = ensure_all(conn, changeset, subject.id, (name for names in wanted.values() for name in names))
    conn.execute(PAIRS)
    conn.execute("delete from temp.pairs")
    conn.execute("delete from temp.subjects")
    conn.executemany("insert into temp.subjects (id) values (?)", ([each] for each in change.tags))
    _require_known(conn, subject)
    conn.executemany(
        "insert into temp.pairs (subject_id, tag_id) values (?, ?)",
        ((each, ids[name]) for each, names in wanted.items() for name in names),
    )
    set_links(conn, changeset, subject)


def _require_known(conn: sqlite3.Connection, subject: Subject) -> None:
    """Refuse subjects that do not exist: values of instances outlast a removal, so no foreign key holds them."""
    known = (
        "images"
        if subject.scope == "image"
        else "(select id from instances union all select id from _panoptic_removed)"
    )
    row = conn.execute(f"select id from temp.subjects where id not in (select id from {known}) limit 1").fetchone()
    if row:
        raise NotThere(f"no {subject.scope} {row[0]} in this project")


def _names(given: Iterable[str]) -> list[str]:
    """Return the names of tags, each once. Raises BadName where one cannot be a tag's."""
    return distinct(checked(name, "tag") for name in given)


def _require_room(subject: Subject, tags: int) -> None:
    if subject.type == "tag" and tags > 1:
        raise PanopticError(f"`{subject.name}` holds one tag, not {tags}")


def _known_tags(conn: sqlite3.Connection, subject: Subject, names: Iterable[str]) -> list[int]:
    """Return the tags of names; a name that no tag has is nothing that could be taken away."""
    keys = json.dumps([name_key(name) for name in distinct(names)])
    found = "select id from tags where property_id = ? and name_key in (select value from json_each(?))"
    return [tag_id for (tag_id,) in conn.execute(found, [subject.id, keys])]


def _require(subject: Subject, *, tags: bool) -> None:
    if (subject.type in TAG_TYPES) != tags:
        wanted = "takes tags" if subject.type in TAG_TYPES else "takes a value, not tags"
        raise PanopticError(f"`{subject.name}` is of type {subject.type} and {wanted}")


def _subjects(conn: sqlite3.Connection, subject: Subject) -> None:
    """Put the selection's instances, or their images, into the table of subjects."""
    conn.execute("delete from temp.subjects")
    if subject.scope == "instance":
        conn.execute("insert into temp.subjects (id) select instance_id from temp.selection")
    else:
        conn.execute(
            "insert into temp.subjects (id) select distinct image_id from instances "
            "where id in (select instance_id from temp.selection)"
        )
