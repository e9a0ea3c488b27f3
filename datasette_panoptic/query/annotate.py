"""Say something of everything that a query finds: from names and texts, as people write them, to a changeset."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import AddTags, Applied, Change, RemoveTags, Selection, SetTags, SetValue, Value
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Mode, Query
from datasette_panoptic.domain.values import NotAValue, color, parse, split_tags
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store.changesets import apply

from .columns import Ids
from .compile import compile
from .orders import Orders, fields
from .text import to_string

Act = Literal["set", "add", "remove", "erase"]

#: Tags that one call may name: a second's work.
MOST_TAGS = 20_000

ACTS: tuple[Act, ...] = get_args(Act)


@dataclass(frozen=True)
class Saying:
    """What to do to a property, by name, with a text: a value, or for tags one tag or several, separated by commas.

    `color` is of tags that are added and not there yet.
    """

    act: Act
    name: str
    text: str = ""
    color: str = ""


def annotate_query(
    conn: sqlite3.Connection,
    query: Query,
    sayings: Sequence[Saying],
    *,
    cells: Ids | None = None,
    actor: str | None,
    tool: str,
) -> Applied:
    """Make one changeset of what is said of all that a query finds, or of some of its cells.

    Raises BadQuery where a property, a value or the query itself cannot be.
    """
    known = fields(conn)
    changes = [change_of(known[saying.name], saying) for saying in sayings]
    require_few(sum(len(change.tags) for change in changes if isinstance(change, AddTags | RemoveTags | SetTags)))
    selection = selection_of(query, known) if cells is None else selection_of_cells(query.mode, cells)
    return apply(conn, changes, selection, actor=actor, tool=tool, query=to_string(query))


def require_few(tags: int, most: int = MOST_TAGS) -> None:
    """Refuse more tags than one call may name. Raises BadQuery."""
    if tags > most:
        raise BadQuery(f"one call takes at most {most:,} tags, not {tags:,}; split it into several calls")


def cells_at(
    conn: sqlite3.Connection, orders: Orders, query: Query, positions: Sequence[tuple[int, int]], version: str
) -> Ids:
    """Return the cells in ranges of positions, stops excluded, of the view that a query had at a version.

    A cell that stands in several groups comes once. Raises StaleView where that view is no longer known, BadQuery
    where it does not reach so far.
    """
    ids = orders.at(conn, query, version).ids
    for start, stop in positions:
        if not 0 <= start < stop <= len(ids):
            raise BadQuery(f"`positions` go from 0 to {len(ids)} in this view, not from {start} to {stop}")
    return np.unique(np.concatenate([ids[start:stop] for start, stop in positions]))


def selection_of_cells(mode: Mode, cells: Ids) -> Selection:
    """Return the instances that are, or in mode images that show, the cells."""
    column = "id" if mode == "instances" else "image_id"
    sql = f"select id as instance_id from instances where {column} in (select value from json_each(:cells))"
    return Selection(sql, {"cells": json.dumps(cells.tolist())})


def selection_of(query: Query, known: Fields) -> Selection:
    """Return all instances that a query finds, whether it shows them or their images."""
    sql = compile(replace(query, mode="instances", groups=(), sorts=()), known)
    return Selection(sql.text, sql.params)


def change_of(field: Field, saying: Saying) -> Change:
    """Resolve a saying. Raises BadQuery where it does not suit the property."""
    if field.property_id is None:
        raise BadQuery(f"`{field.name}` is a system field and cannot be changed")
    if field.has_tags:
        tags = tuple(split_tags(saying.text)) if saying.act != "erase" else ()
        if saying.act == "add":
            return AddTags(field.property_id, tags, color_of(saying.color) if saying.color else None)
        if saying.act == "remove":
            return RemoveTags(field.property_id, tags)
        return SetTags(field.property_id, tags)
    if saying.act in ("add", "remove"):
        raise BadQuery(f"`{field.name}` is of type {field.type}, which takes a value, not tags: use `set` or `erase`")
    return SetValue(field.property_id, None if saying.act == "erase" else value_of(field, saying.text))


def value_of(field: Field, text: str) -> Value:
    """Read a value of a field's type. Raises BadQuery."""
    try:
        return parse(text, field.type)
    except NotAValue as error:
        raise BadQuery(f"`{field.name}`: {error}") from error


def color_of(text: str) -> str:
    """Read a colour, in small letters. Raises BadQuery."""
    try:
        return color(text)
    except NotAValue as error:
        raise BadQuery(str(error)) from error
