"""A query for the cells of one of its groups, by conditions: it also finds images that come into the group later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Condition, Grouping, Query

from .operators import Value, number
from .steps import TREE

#: Steps of dates whose groups are periods that conditions name, and the letters of each.
PERIODS = {"year": 4, "month": 7, "day": 10}

#: A level of groups and the value of a group of it. In a tree, several follow each other on one level.
GroupStep = tuple[int, Value | None]


def within_group(conn: sqlite3.Connection, query: Query, known: Fields, path: Sequence[GroupStep]) -> Query | None:
    """Return a query without groups for the cells of the group at the end of a path, outermost first.

    None where some group on the way is none that conditions can name, as a bin of so many cells.
    """
    last = dict(path)  # of a tree the deepest name is enough
    where = query.where
    for level, value in last.items():
        conditions = conditions_of(conn, known[query.groups[level].field], query.groups[level], value)
        if conditions is None:
            return None
        where = (*where, *(each for each in conditions if each not in where))
    return replace(query, where=where, groups=())


def conditions_of(
    conn: sqlite3.Connection, field: Field, grouping: Grouping, value: Value | None
) -> tuple[Condition, ...] | None:
    """Return conditions that are true of a group's cells alone; None where there are none."""
    name, step = field.name, grouping.step
    if value is None:
        return (Condition(name, "isblank"),)
    if field.has_tags:
        # A tag counts with those below it, and a group without its tree has only the tag's own.
        is_own = step != TREE and has_tags_below(conn, field, str(value))
        return None if is_own else (Condition(name, "exact", (str(value),)),)
    if not step:
        return (Condition(name, "exact", (str(value),)),)
    if field.type == "date" and len(str(value)) == PERIODS.get(step):
        return (Condition(name, "within", (str(value),)),)
    if field.type == "number" and step[0] not in "qe":
        low = number(str(value))
        return Condition(name, "gte", (str(low),)), Condition(name, "lt", (str(low + number(step)),))
    return None


def has_tags_below(conn: sqlite3.Connection, field: Field, name: str) -> bool:
    found = conn.execute(
        "select 1 from tag_parents where parent_id in (select id from tags where property_id = ? and name = ?)",
        [field.property_id, name],
    ).fetchone()
    return found is not None
