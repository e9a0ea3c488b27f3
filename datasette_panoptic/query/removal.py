"""Remove what a query finds from the corpus."""

from __future__ import annotations

from dataclasses import replace

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.query import Query
from datasette_panoptic.store.removal import remove

from .annotate import selection_of, selection_of_cells
from .columns import Ids
from .orders import fields
from .text import to_string


def remove_query(conn: sqlite3.Connection, query: Query, *, cells: Ids | None = None, actor: str | None) -> Applied:
    """Take out all instances that a query finds, or those of some of its cells, as one changeset. Raises BadQuery.

    The changeset says what was asked, without the order in which it was looked at.
    """
    selection = selection_of(query, fields(conn)) if cells is None else selection_of_cells(query.mode, cells)
    return remove(conn, selection, actor=actor, query=to_string(replace(query, sorts=(), groups=())))
