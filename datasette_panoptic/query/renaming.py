"""Properties and tags change, and the views that were saved of them go along: renamed in their queries and layouts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.names import name_key, same_name, tidied
from datasette_panoptic.domain.query import Condition, Query, Where
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store import edits, properties, saved_views, tag_merges, tags
from datasette_panoptic.store.changelog import begin, count, end
from datasette_panoptic.store.connection import transaction

from . import text

#: Layout keys whose values are lists of fields.
LISTS = ("_show", "_facets")


def change(conn: sqlite3.Connection, property_id: int, *, actor: str | None = None, **columns: Any) -> Applied:
    """Change a property, as `properties.alter`. A new name stands in all saved views too, in the same changeset."""
    with transaction(conn):
        before = edits.read(conn, "properties", {"id": property_id})
        changeset = begin(conn, actor=actor, tool="property")
        properties.alter(conn, changeset, property_id, **columns)
        if before and columns.get("name", before["name"]) != before["name"]:
            old, new = before["name"], tidied(str(columns["name"]))
            _rewrite_views(
                conn, changeset, lambda query: renamed(query, old, new), lambda layout: renamed_layout(layout, old, new)
            )
        return end(conn, changeset)


def change_tag(conn: sqlite3.Connection, tag_id: int, *, actor: str | None = None, **columns: Any) -> Applied:
    """Change a tag, as `tags.change`. A new name stands in all saved views too, in the same changeset."""
    with transaction(conn):
        before = tags.get(conn, tag_id)
        done = tags.change(conn, tag_id, actor=actor, **columns)
        names = {name_key(before["name"]): tidied(str(columns["name"]))} if "name" in columns else {}
        return _with_views(conn, done, before["property_id"], names)


def merge_tags(conn: sqlite3.Connection, tag_ids: Iterable[int], into: int, *, actor: str | None = None) -> Applied:
    """Merge tags, as `tag_merges.merge`. Saved views ask for the tag that is left, in the same changeset."""
    with transaction(conn):
        merged, left = list(tag_ids), tags.get(conn, into)
        names = {name_key(tags.get(conn, tag_id)["name"]): str(left["name"]) for tag_id in merged}
        done = tag_merges.merge(conn, merged, into, actor=actor)
        return _with_views(conn, done, left["property_id"], names)


def _with_views(conn: sqlite3.Connection, done: Applied, property_id: int, names: Mapping[str, str]) -> Applied:
    """Rename tags of a property in all saved views, as a part of what was done."""
    if done.changeset is None:
        return done
    field = (edits.read(conn, "properties", {"id": property_id}) or {})["name"]
    _rewrite_views(conn, done.changeset, lambda query: renamed_tags(query, field, names), dict)
    return Applied(done.changeset, count(conn, done.changeset), done.conflicts)


def renamed(query: Query, old: str, new: str) -> Query:
    """Return a query in which a field has another name."""

    def name(field: str) -> str:
        return new if same_name(field, old) else field

    return replace(
        query,
        where=tuple(_each(where, lambda one: replace(one, field=name(one.field))) for where in query.where),
        groups=tuple(replace(grouping, field=name(grouping.field)) for grouping in query.groups),
        sorts=tuple(replace(sort, key=name(sort.key)) for sort in query.sorts),
    )


def renamed_tags(query: Query, field: str, names: Mapping[str, str]) -> Query:
    """Return a query in which tags of a field have other names: `names` has the new ones by the keys of the old."""

    def change(one: Condition) -> Condition:
        if not same_name(one.field, field):
            return one
        return replace(one, operands=tuple(dict.fromkeys(names.get(name_key(tag), tag) for tag in one.operands)))

    return replace(query, where=tuple(_each(where, change) for where in query.where))


def _each(where: Where, change: Callable[[Condition], Condition]) -> Where:
    """Return a condition with another one in the place of each that it is made of."""
    if isinstance(where, Condition):
        return change(where)
    return replace(where, parts=tuple(_each(part, change) for part in where.parts))


def renamed_layout(layout: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    """Return a layout whose lists of fields have another name for a field."""
    changed = dict(layout)
    for key in LISTS:
        if key in layout:
            names = text.split_list(layout[key])
            changed[key] = text.join_list(new if same_name(name, old) else name for name in names)
    return changed


def _rewrite_views(
    conn: sqlite3.Connection,
    changeset: int,
    of_query: Callable[[Query], Query],
    of_layout: Callable[[Mapping[str, str]], dict[str, str]],
) -> None:
    for view in saved_views.listed(conn):
        try:
            query = text.parse_string(view.query)
        except BadQuery:
            continue  # written by other hands: it is not this change that makes it unreadable
        after, layout = of_query(query), of_layout(view.layout)
        saved_views.rewrite(
            conn,
            changeset,
            view.id,
            query=None if after == query else text.to_string(after),
            layout=None if layout == view.layout else layout,
        )
