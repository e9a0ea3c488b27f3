"""Writing into many cells at once, each a text of its own: what a paste into the table sends."""

from __future__ import annotations

from datasette import Response

from datasette_panoptic.domain.query import MODES, Mode
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.cells import CellText, set_cells

from .http.answer import actor_of, written
from .http.body import body, id_of, one_of, text_of
from .http.visit import Visit

#: Cells in one request.
MOST_CELLS = 10_000

TOOL = "table"


async def write_cells(visit: Visit) -> Response:
    """Write texts into at most 10,000 `cells`, [id, property, text] each; null erases. One changeset, or an error."""
    asked = await body(visit, "mode", "cells")
    mode: Mode = one_of(asked.text("mode", "instances"), "mode", MODES)
    given = asked.values.get("cells")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_CELLS:
        raise BadQuery(f"`cells` is a list of 1 to {MOST_CELLS:,} lists [id, property, text]")
    cells = [_cell(one) for one in given]
    return await written(visit, lambda conn: set_cells(conn, mode, cells, actor=actor_of(visit), tool=TOOL))


def _cell(given: object) -> CellText:
    if not isinstance(given, list) or len(given) != 3:
        raise BadQuery("each of `cells` is a list [id, property, text]")
    id_, name, text = given
    return CellText(id_of(id_, "cells"), text_of(name, "cells"), None if text is None else text_of(text, "cells"))
