"""Annotating over HTTP: say something of a selection, take it back, read what is said."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.query import MODES, Mode, Query
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import ACTS, Saying, annotate_query, cells_at
from datasette_panoptic.query.cells import system_values
from datasette_panoptic.query.columns import Ids
from datasette_panoptic.query.orders import version
from datasette_panoptic.store import undo as store
from datasette_panoptic.store.values import Said, said_of

from .http.body import Body, body
from .http.visit import Visit
from .media import LARGEST_PACK, one_of, whole

#: What a script may call itself in the history; other names are the server's own.
TOOL = re.compile(r"[a-z][a-z0-9-]{0,39}")
OWN_TOOLS = ("undo", "redo", "property", "tag", "view", "import-tags")

MOST_SAYINGS = 100
#: The largest integer up to which a browser holds each exactly.
EXACT = 2**53


async def annotate(visit: Visit) -> Response:
    """Say something of all that `query` finds or, with `positions` and `version`, of cells of that view."""
    asked = await body(visit, "query", "positions", "version", "sayings", "tool")
    query = text.parse_string(asked.text("query"))
    sayings = _sayings(asked.values.get("sayings"))
    tool = asked.text("tool", "stamp")
    if not TOOL.fullmatch(tool) or tool in OWN_TOOLS:
        raise BadQuery(f"`tool` is a short name in lower case and none of {', '.join(OWN_TOOLS)}, not `{tool[:80]}`")
    cells = await cells_of(visit, asked, query)
    return await written(
        visit, lambda conn: annotate_query(conn, query, sayings, cells=cells, actor=actor_of(visit), tool=tool)
    )


async def cells_of(visit: Visit, asked: Body, query: Query) -> Ids | None:
    """Return the cells that `positions` and `version` name; None: all that the query finds."""
    if asked.values.get("positions") is None:
        return None
    positions, seen = positions_of(asked.values["positions"]), asked.text("version")
    return await visit.read(lambda conn: cells_at(conn, visit.project.orders, query, positions, seen))


async def undo(visit: Visit) -> Response:
    """Take back `changeset`, or else the visitor's own last one; what somebody changed since is left alone.

    A form is sent to the page of the `image` that it names, else to the history.
    """
    return await _take_back(visit, store.undo, "undone")


async def redo(visit: Visit) -> Response:
    """Take back the undoing that `changeset` is, or else the visitor's own last one."""
    return await _take_back(visit, store.redo, "redone")


async def _take_back(visit: Visit, way: Callable[..., Applied], key: str) -> Response:
    asked = await body(visit, "changeset", "image")
    changeset, image = asked.id_or_none("changeset"), asked.id_or_none("image")

    def report(done: Applied) -> str:
        left = [visit.words.count("ui.conflicts", done.conflicts)] if done.conflicts else []
        return " · ".join([visit.words.count(f"ui.{key}", done.changed), *left])

    def act(conn: Any) -> Applied:
        return way(conn, actor=actor_of(visit), changeset=changeset)

    return await written(visit, act, back="/history" if image is None else f"/image/{image}", report=report)


async def values(visit: Visit) -> Response:
    """Send what is said of the cells `ids`, at most 200, `of` instances or images; what is unset is left out.

    `fields` names fields of the system that are wanted besides, separated by commas.
    """
    asked = dict(visit.pairs)
    for name in asked:
        if name not in ("ids", "of", "fields"):
            raise BadQuery(f"unknown key `{name}`; known: fields, ids, of")
    ids = [whole(part, "ids") for part in asked.get("ids", "").split(",") if part]
    if not 0 < len(ids) <= LARGEST_PACK:
        raise BadQuery(f"`ids` takes 1 to {LARGEST_PACK} ids separated by commas, not {len(ids)}")
    mode: Mode = one_of(asked.get("of", "instances"), "of", MODES)
    names = [name for name in asked.get("fields", "").split(",") if name]
    at, cells, found = await visit.read(
        lambda conn: (version(conn), said_of(conn, mode, ids), system_values(conn, mode, ids, names))
    )
    return Response.json(
        {
            "version": str(at),
            "cells": [
                {"id": cell.id, "image_id": cell.image_id, "values": {str(said.property_id): plain(said)
                                                                     for said in cell.said},
                 **({"fields": found.get(cell.id, {})} if names else {})}
                for cell in cells
            ],
        }
    )  # fmt: skip


async def version_json(visit: Visit) -> Response:
    """Send the project's version, which rises with every change, unless it `is_final`; to be asked for each second."""
    return Response.json({"version": str(await visit.read(version)), "is_final": visit.project.obstacle == "immutable"})


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


def _sayings(given: object) -> list[Saying]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST_SAYINGS:
        raise BadQuery(f"`sayings` is a list of 1 to {MOST_SAYINGS} objects with `act`, `name` and `text`")
    return [_saying(one) for one in given]


def _saying(given: object) -> Saying:
    if not isinstance(given, dict) or given.keys() - {"act", "name", "text", "color"}:
        raise BadQuery("each of `sayings` is an object with `act`, `name`, `text` and `color`, and nothing else")
    said = Body(given)
    act = one_of(said.text("act"), "act", ACTS)
    return Saying(act, said.text("name"), "" if act == "erase" else said.text("text"), said.text("color", ""))


def positions_of(given: object) -> Sequence[tuple[int, int]]:
    """Read ranges of positions. Raises BadQuery."""
    fault = BadQuery("`positions` is a list of ranges, [[start, stop], …], each of at least one cell")
    if not isinstance(given, list) or not given:
        raise fault
    for pair in given:
        if not isinstance(pair, list) or len(pair) != 2 or not all(type(at) is int for at in pair):
            raise fault
    return [(start, stop) for start, stop in given]
