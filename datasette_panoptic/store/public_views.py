"""Which saved views and clusterings are published, and with what in the place of their texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.similar import Example

from . import saved_views

#: How queries and layouts name a clustering.
RUN_NAMED = re.compile(r"\b(?:cluster|fit)_(\d{1,18})\b")


@dataclass(frozen=True)
class PublicView:
    """What of a saved view is published besides its query: its layout, the selection and the examples it names."""

    layout: Mapping[str, str]
    selection: int | None = None
    examples: tuple[Example, ...] = ()


#: Says what of a query with its layout may be published; None: it asks for what is not in a copy.
Publishable = Callable[[sqlite3.Connection, str, Mapping[str, str]], PublicView | None]


def choose(conn: sqlite3.Connection, publishable: Publishable) -> list[str]:
    """List the saved views and clusterings to publish in `temp`; return the names of the views that are left out."""
    conn.execute("create temp table views (id integer primary key, layout text, selection integer)")
    conn.execute("create temp table examples (kind text, key text)")
    conn.execute("create temp table runs (id integer primary key, query text)")
    left_out, named = [], set()
    for view in saved_views.listed(conn):
        public = publishable(conn, view.query, view.layout)
        if public is None:
            left_out.append(view.name)
            continue
        layout = json.dumps(public.layout, ensure_ascii=False) if public.layout else None
        conn.execute("insert into views values (?, ?, ?)", [view.id, layout, public.selection])
        conn.executemany("insert into examples values (?, ?)", [(each.kind, each.key) for each in public.examples])
        named |= {int(match[1]) for match in RUN_NAMED.finditer(f"{view.query} {layout}")}
    for run, query, closed_at in conn.execute("select id, query, closed_at from clusterings").fetchall():
        if closed_at is None or run in named:
            query = query if publishable(conn, query, {}) is not None else ""
            conn.execute("insert into runs values (?, ?)", [run, query])
    return left_out
