"""Which images are meant by the pages that fill properties with what files say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from datasette_panoptic.domain.changes import Selection
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import selection_of
from datasette_panoptic.query.orders import fields
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.similar.examples import learnt

T = TypeVar("T")


async def selecting(visit: Visit, querystring: str, act: Callable[[Any, Selection], T]) -> Callable[[Any], T]:
    """Return what acts, given a connection, on all that a query string finds. Raises BadQuery."""
    query = await learnt(visit, text.parse_string(querystring))
    return lambda conn: act(conn, selection_of(query, fields(conn)))
