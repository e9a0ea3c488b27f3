"""Selections that are kept over HTTP, for views that are restricted to them."""

from __future__ import annotations

from typing import Any

from datasette import Response

from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import selection_of, selection_of_cells
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store import selections as store
from datasette_panoptic.web.similar.examples import learnt

from .http.answer import actor_of, cells_of
from .http.body import body
from .http.visit import Visit


async def keep(visit: Visit) -> Response:
    """Keep what is selected, as `/annotate` is told it, as a set of instances: `_in=` and its `id` is their view."""
    asked = await body(visit, "query", "positions", "version")
    query = await learnt(visit, text.parse_string(asked.text("query")))
    cells = await cells_of(visit, asked, query)

    def read(conn: Any) -> list[int]:
        selection = selection_of(query, fields(conn)) if cells is None else selection_of_cells(query.mode, cells)
        return [row[0] for row in conn.execute(selection.sql, selection.params)]

    instances = await visit.read(read)
    kept = await visit.write(lambda conn: store.keep(conn, instances, actor=actor_of(visit)))
    return Response.json({"ok": True, "id": kept, "size": len(instances)})
