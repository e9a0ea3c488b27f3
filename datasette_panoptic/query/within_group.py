"""A query for the cells of one of its groups, by conditions: it also finds images that come into the group later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.dates import calendar
from datasette_panoptic.domain.dates.periods import period
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Condition, Grouping, Query

from .operators import Value, number
from .sources import JOINS, source
from .steps import TREE

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
    if field.type == "date":
        return of_date(conn, field, step, str(value))
    if not step:
        return (Condition(name, "exact", (str(value),)),)
    if field.type == "number" and step[0] not in "qe":
        low = number(str(value))
        return Condition(name, "gte", (str(low),)), Condition(name, "lt", (str(low + number(step)),))
    return None


def of_date(conn: sqlite3.Connection, field: Field, step: str, value: str) -> tuple[Condition, ...] | None:
    """Return the condition of a group of dates: those in a unit of time, or those that are no more precise than it."""
    dated = period(value)
    if dated is None or (not step and means_the_same(conn, field, value)):
        return None
    is_unit = step and calendar.index(step, dated.begin) == calendar.index(step, dated.end)
    return (Condition(field.name, "within" if is_unit else "exact", (value,)),)


def means_the_same(conn: sqlite3.Connection, field: Field, value: str) -> bool:
    """Tell whether a date is written in another way too, as 1890 and 1890? are: a condition finds both."""
    asked = source(field)
    same = " and ".join(f"panoptic_{end}({asked.sql}) = panoptic_{end}(:value)" for end in ("begin", "end"))
    joins = " ".join(JOINS[table] for table in asked.tables)
    sql = f"select 1 from instances {joins} where {asked.sql} <> :value and {same} limit 1"
    return conn.execute(sql, {"value": value}).fetchone() is not None


def has_tags_below(conn: sqlite3.Connection, field: Field, name: str) -> bool:
    row = conn.execute(
        "select 1 from tag_parents where parent_id in (select id from tags where property_id = ? and name = ?)",
        [field.property_id, name],
    ).fetchone()
    return row is not None
