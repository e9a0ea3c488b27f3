"""How many cells a query has, without putting them in order; and what of a query no longer suits the project."""

from __future__ import annotations

from dataclasses import replace

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import Fields
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery

from .compile import compile
from .order import order
from .orders import Orders


def tally(conn: sqlite3.Connection, orders: Orders, query: Query) -> int:
    """Count a query's cells, each once. Raises BadQuery or NotThere where it does not suit the project."""
    _, columns, fields = orders.state(conn)
    compile(query, fields)  # groups and sorts may be at fault too
    counted = replace(query, groups=(), sorts=(), seed=0)
    return columns.asked(("tally", counted), lambda: len(order(conn, columns, fields, counted).ids))


def suited(query: Query, fields: Fields) -> tuple[Query, Query]:
    """Split a query into what suits the project's fields and, as a query too, the conditions and keys that do not."""
    fields = fields.asked_by(query)
    where = tuple(part for part in query.where if _suits(Query(where=(part,)), fields))
    groups = tuple(grouping for grouping in query.groups if _suits(Query(groups=(grouping,)), fields))
    sorts = tuple(sort for sort in query.sorts if _suits(Query(sorts=(sort,)), fields))
    lost = Query(
        where=tuple(part for part in query.where if part not in where),
        groups=tuple(grouping for grouping in query.groups if grouping not in groups),
        sorts=tuple(sort for sort in query.sorts if sort not in sorts),
    )
    return replace(query, where=where, groups=groups, sorts=sorts), lost


def _suits(query: Query, fields: Fields) -> bool:
    try:
        compile(query, fields)
    except BadQuery:
        return False
    return True
