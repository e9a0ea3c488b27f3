"""Annotating over HTTP: say something of a selection, take it back, read what is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.query import MODES, Mode
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import ACTS, Saying, annotate_query
from datasette_panoptic.query.cells import system_values
from datasette_panoptic.query.orders import version
from datasette_panoptic.store import undo as store
from datasette_panoptic.store.values import said_of
from datasette_panoptic.web.similar.examples import learnt

from .http.answer import actor_of, cells_of, plain, written
from .http.body import Body, address_keys, body, ids_of, one_of
from .http.visit import Visit
from .media import LARGEST_PACK

#: What a script may call itself in the history; other names are the server's own.
TOOL = re.compile(r"[a-z][a-z0-9-]{0,39}")
OWN_TOOLS = (
    "undo", "redo", "property", "tag", "view", "import", "import-tags", "from-names", "tags-from-keywords", "exclude",
    "remove", "carry",
)  # fmt: skip

MOST_SAYINGS = 100


async def annotate(visit: Visit) -> Response:
    """Say something of all that `query` finds or, with `positions` and `version`, of cells of that view."""
    asked = await body(visit, "query", "positions", "version", "sayings", "tool")
    query = await learnt(visit, text.parse_string(asked.text("query")))
    sayings = _sayings(asked.values.get("sayings"))
    tool = asked.text("tool", "stamp")
    if not TOOL.fullmatch(tool) or tool in OWN_TOOLS:
        raise BadQuery(f"`tool` is a short name in lower case and none of {', '.join(OWN_TOOLS)}, not `{tool[:80]}`")
    cells = await cells_of(visit, asked, query)
    return await written(
        visit, lambda conn: annotate_query(conn, query, sayings, cells=cells, actor=actor_of(visit), tool=tool)
    )


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
    asked = address_keys(visit, "ids", "of", "fields")
    ids = ids_of(asked.get("ids", ""), "ids", LARGEST_PACK)
    mode: Mode = one_of(asked.get("of", "instances"), "of", MODES)
    names = [name for name in asked.get("fields", "").split(",") if name]
    at, cells, fields_by_id = await visit.read(
        lambda conn: (version(conn), said_of(conn, mode, ids), system_values(conn, mode, ids, names))
    )
    return Response.json(
        {
            "version": str(at),
            "cells": [
                {"id": cell.id, "image_id": cell.image_id, "values": {str(said.property_id): plain(said)
                                                                     for said in cell.said},
                 **({"fields": fields_by_id.get(cell.id, {})} if names else {})}
                for cell in cells
            ],
        }
    )  # fmt: skip


async def version_json(visit: Visit) -> Response:
    """Send the project's version, which rises with every change, unless it `is_final`; to be asked for each second."""
    return Response.json({"version": str(await visit.read(version)), "is_final": visit.project.obstacle == "immutable"})


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
