"""Which saved views can be published: those that name nothing that a published copy does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.query import Condition, Where
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store.people_views import quoted
from datasette_panoptic.store.public_views import PublicView

from . import text
from .compile import compile
from .orders import fields
from .renaming import LISTS

#: Operators that name whole values.
NAMING = ("exact", "not", "any", "none", "all")


def publishable(conn: sqlite3.Connection, query: str, layout: Mapping[str, str]) -> PublicView | None:
    """Return what of a saved query may be published: None where it names a person, or a property, tag, value or image
    that nobody sees any more.

    Fields of the layout that the project does not have are left out of it.
    """
    try:
        asked, known = text.parse_string(query), fields(conn)
        compile(asked, known)
    except BadQuery:
        return None
    if not all(_names_what_is_there(conn, known, condition) for condition in _conditions(asked.where)):
        return None
    examples = asked.similar.examples if asked.similar else ()
    shown = "select 1 from instances where image_id = ?"
    if any(not _has(conn, shown, example.key) for example in examples if example.kind == "image"):
        return None
    kept = dict(layout)
    for key in LISTS:
        if key in kept:
            kept[key] = text.join_list(name for name in text.split_list(kept[key]) if name in known)
    return PublicView(kept, asked.within, tuple(examples))


def _conditions(wheres: tuple[Where, ...]) -> Iterator[Condition]:
    for where in wheres:
        if isinstance(where, Condition):
            yield where
        else:
            yield from _conditions(where.parts)


def _names_what_is_there(conn: sqlite3.Connection, known: Fields, condition: Condition) -> bool:
    field = known.find(condition.field)
    if field is None or condition.operator not in NAMING:  # none: any text
        return field is None or not field.has_names or bool(field.of_file)
    if field.has_names and not field.of_file:
        return False
    if field.property_id is None:
        return True
    if field.has_tags:
        tags = "select name from tags where property_id = ? and deleted_at is null"
        live = {name_key(name) for (name,) in conn.execute(tags, [field.property_id])}
        return live.issuperset(map(name_key, condition.operands))
    return field.type not in ("text", "url") or all(_is_said(conn, field, value) for value in condition.operands)


def _is_said(conn: sqlite3.Connection, field: Field, value: str) -> bool:
    return _has(conn, f"select 1 from {field.scope}_values where {quoted(field.name)} = ?", value)


def _has(conn: sqlite3.Connection, sql: str, value: str) -> bool:
    return conn.execute(f"{sql} limit 1", [value]).fetchone() is not None
