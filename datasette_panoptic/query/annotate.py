"""Say something of everything that a query finds: from names and texts, as people write them, to a changeset."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import AddTags, Applied, Change, RemoveTags, Selection, SetTags, SetValue, Value
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store.changesets import apply

from . import operators
from .compile import compile
from .orders import fields
from .text import to_string

COLOR_DIGITS = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Saying:
    """What to do to a property, by name, with a text: a value, or for tags one tag or several, separated by commas."""

    act: Literal["set", "add", "remove", "erase"]
    name: str
    text: str = ""


def annotate_query(
    conn: sqlite3.Connection, query: Query, sayings: Sequence[Saying], *, actor: str | None, tool: str
) -> Applied:
    """Make one changeset of what is said of all that a query finds, instances and their images alike.

    Raises BadQuery where a property, a value or the query itself cannot be.
    """
    known = fields(conn)
    changes = [change_of(known[saying.name], saying) for saying in sayings]
    return apply(conn, changes, selection_of(query, known), actor=actor, tool=tool, query=to_string(query))


def selection_of(query: Query, known: Fields) -> Selection:
    """Return all instances that a query finds, whether it shows them or their images."""
    sql = compile(replace(query, mode="instances", groups=(), sorts=()), known)
    return Selection(sql.text, sql.params)


def change_of(field: Field, saying: Saying) -> Change:
    """Resolve a saying. Raises BadQuery where it does not suit the property."""
    if field.property_id is None:
        raise BadQuery(f"`{field.name}` is of the system and cannot be changed")
    if field.has_tags:
        tags = tuple(split_tags(saying.text)) if saying.act != "erase" else ()
        if saying.act == "add":
            return AddTags(field.property_id, tags)
        if saying.act == "remove":
            return RemoveTags(field.property_id, tags)
        return SetTags(field.property_id, tags)
    if saying.act in ("add", "remove"):
        raise BadQuery(f"`{field.name}` is of type {field.type}, which takes a value and no tags: use `set` or `erase`")
    return SetValue(field.property_id, None if saying.act == "erase" else value_of(field, saying.text))


def value_of(field: Field, text: str) -> Value:
    """Read a value of a field's type. Raises BadQuery."""
    if field.type == "color":
        lower = text.lower()
        if len(lower) != 7 or lower[0] != "#" or not COLOR_DIGITS.issuperset(lower[1:]):
            raise BadQuery(f"`{text}` is no colour; write #rrggbb")
        return lower
    return operators.value(text, field)


def split_tags(text: str) -> list[str]:
    """Split tags at commas; a comma in quotes belongs to its tag: `cat, "rue, place"`."""
    if not text.strip():
        return []
    (row,) = csv.reader([text.replace("\n", " ")], skipinitialspace=True)
    return list(dict.fromkeys(tag.strip() for tag in row if tag.strip()))
