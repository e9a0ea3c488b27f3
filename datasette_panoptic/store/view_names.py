"""Saved views follow a property whose name had to change because another has the same: in files from before there was
one rule for names.

A view of such a file names the property as it is written, letter by letter. Its query has the grammar of that time,
which is kept here because later code may read queries otherwise.
"""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, urlencode

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.escapes import escaped, unescaped

from . import edits

#: The field of a condition inside `_where`, up to its operator.
CONDITION = re.compile(r"(?<![^(;])(?P<field>[^();=]+?)(?P<rest>(?:__[a-z]+)?=)")
SORTS = ("_sort", "_sort_desc")
LISTS = ("_show", "_facets")


def rename_field(conn: sqlite3.Connection, changeset: int, old: str, new: str) -> None:
    """Give a field another name in all saved views, in the changeset that is open."""
    for (view_id,) in conn.execute("select id from saved_views order by id").fetchall():
        row = edits.read(conn, "saved_views", {"id": view_id}) or {}
        renamed = row | {"query": in_query(row["query"], old, new), "layout": in_layout(row["layout"], old, new)}
        edits.put(conn, changeset, "saved_views", {"id": view_id}, renamed)


def in_query(query: str, old: str, new: str) -> str:
    """Return a query string with another name for a field; as it is, where it does not name the field."""
    pairs = parse_qsl(query, keep_blank_values=True)
    renamed = [_pair(key, value, old, new) for key, value in pairs]
    return query if renamed == pairs else urlencode(renamed)


def _pair(key: str, value: str, old: str, new: str) -> tuple[str, str]:
    if key in SORTS:
        return key, new if value == old else value
    if key == "_group":
        parts = value.split(":")
        return key, ":".join(_escaped(part, old, new) if place in (0, 3) else part for place, part in enumerate(parts))
    if key == "_where":
        return key, CONDITION.sub(lambda match: _escaped(match["field"], old, new) + match["rest"], value)
    match = CONDITION.fullmatch(f"{key}=")
    if match and match["field"] == old and not key.startswith("_"):
        return f"{new}{match['rest'].removesuffix('=')}", value
    return key, value


def in_layout(layout: str | None, old: str, new: str) -> str | None:
    """Return a layout, as JSON, with another name for a field in its lists."""
    try:
        keys = dict(json.loads(layout or "{}"))
    except (ValueError, TypeError):
        return layout  # written by other hands
    lists = {key: text for key, text in keys.items() if key in LISTS and isinstance(text, str)}
    renamed = {key: ",".join(_escaped(name, old, new) for name in text.split(",")) for key, text in lists.items()}
    return layout if renamed == lists else json.dumps(keys | renamed, ensure_ascii=False)


def _escaped(name: str, old: str, new: str) -> str:
    return escaped(new) if name and unescaped(name) == old else name
