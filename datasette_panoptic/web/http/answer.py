"""What a request that writes is answered, in the name of whom it writes, and of which cells."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.annotate import cells_at
from datasette_panoptic.query.columns import Ids
from datasette_panoptic.query.orders import version
from datasette_panoptic.store.values import Said

from .body import Body
from .visit import Visit

#: The largest integer up to which a browser holds each exactly.
EXACT = 2**53


async def written(
    visit: Visit,
    write: Callable[[Any], Applied],
    *,
    back: str = "/history",
    report: Callable[[Applied], str] | None = None,
    **more: object,
) -> Response:
    """Write in one transaction, and answer with what was done: a form is sent back, to the history or another page.

    That page says what `report` makes of it.
    """

    def act(conn: Any) -> tuple[Applied, str]:
        return write(conn), str(version(conn))

    done, at = await visit.write(act)
    if visit.wants_page:
        if report:
            visit.datasette.add_message(visit.request, report(done))
        return Response.redirect(f"{visit.base}{back}", status=303)
    return answer(done, at, **more)


def answer(done: Applied, at: str, **more: object) -> Response:
    return Response.json(
        {
            "ok": True,
            **more,
            "changeset": done.changeset,
            "changed": done.changed,
            "conflicts": done.conflicts,
            "version": at,
        }
    )


def actor_of(visit: Visit) -> str | None:
    """Return the visitor's id, under which the history has what they do."""
    actor = (visit.request.actor or {}).get("id")
    return None if actor is None else str(actor)


async def cells_of(visit: Visit, said: Body, query: Query) -> Ids | None:
    """Return the cells that `positions` and `version` name; None: all that the query finds."""
    if said.values.get("positions") is None:
        return None
    positions, seen = positions_of(said.json("positions")), said.text("version")
    return await visit.read(lambda conn: cells_at(conn, visit.project.orders, query, positions, seen))


def positions_of(given: object) -> Sequence[tuple[int, int]]:
    """Read ranges of positions. Raises BadQuery."""
    fault = BadQuery("`positions` is a list of ranges, [[start, stop], …], each of at least one cell")
    if not isinstance(given, list) or not given:
        raise fault
    for pair in given:
        if not isinstance(pair, list) or len(pair) != 2 or not all(type(at) is int for at in pair):
            raise fault
    return [(start, stop) for start, stop in given]


def plain(said: Said) -> object:
    """Return a value as JSON has it: integers beyond what a browser holds exactly as their digits, tags as objects."""
    value = said.value
    if said.type in ("tag", "multi_tags"):
        return [{"id": tag.id, "name": tag.name, "color": tag.color} for tag in said.tags]
    if said.type == "checkbox" and value in (0, 1):
        return bool(value)
    is_exact = isinstance(value, str) or (isinstance(value, int | float) and abs(value) <= EXACT)
    if is_exact or (isinstance(value, float) and math.isfinite(value)):
        return value
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
