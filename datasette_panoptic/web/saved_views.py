"""Saved views over HTTP: listed, opened, made and changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery, PanopticError
from datasette_panoptic.query import text
from datasette_panoptic.query.orders import version
from datasette_panoptic.query.tally import suited, tally
from datasette_panoptic.store import saved_views as store
from datasette_panoptic.store.saved_views import SavedView
from datasette_panoptic.web.similar.examples import learnt

from .grid.tabs import KEPT, Tab, href, proposed, tab
from .http.answer import actor_of, answer, written
from .http.body import body
from .http.frame import Frame, Link
from .http.render import render
from .http.visit import Visit, with_query


@dataclass(frozen=True)
class SavedViews:
    """The saved views in their order; `name` would suit the view of the address."""

    version: str
    name: str
    views: list[Tab]


@dataclass(frozen=True)
class TabFaultPage:
    """A saved view that does not suit the project any more: why, what of it is lost, and the view of what is left."""

    frame: Frame
    message: str
    missing: list[str]
    rest: Link


async def listed(visit: Visit) -> SavedViews:
    """Send the saved views in their order, each with its count, and a name that would suit the view of the address."""
    query = visit.query()
    orders = visit.project.orders

    def read(conn: Any) -> SavedViews:
        tabs = [tab(visit, conn, view) for view in store.listed(conn)]
        name = proposed(visit, orders.state(conn)[2].asked_by(query), query)
        return SavedViews(str(version(conn)), store.free_name(conn, name) if name else "", tabs)

    return await visit.read(read)


async def show(visit: Visit) -> Response:
    """Lead to the grid as the view says now. One that does not suit the project any more says what is missing."""
    view, orders = await visit.read(lambda conn: store.find(conn, _id(visit))), visit.project.orders
    try:
        query = await learnt(visit, text.parse_string(view.query))
        await visit.read(lambda conn: tally(conn, orders, query))
    except PanopticError as error:
        return await _fault(visit, view, str(error))
    return Response.redirect(href(visit, view))


async def create(visit: Visit) -> Response:
    """Save a view: its `name`, and as `query` the query string of its page, of which the layout is kept too."""
    asked = await body(visit, "name", "query")
    name, (query, layout) = asked.text("name"), await _suiting(visit, asked.text("query"))
    return await _made(visit, lambda conn: store.create(conn, name, query, layout, actor=actor_of(visit)))


async def change(visit: Visit) -> Response:
    """Change a view's `name`, or its `query` with its layout, as in making one."""
    asked = await body(visit, "name", "query")
    name = asked.text("name") if "name" in asked else None
    query, layout = await _suiting(visit, asked.text("query")) if "query" in asked else (None, None)
    return await written(
        visit,
        lambda conn: store.change(conn, _id(visit), name=name, query=query, layout=layout, actor=actor_of(visit)),
    )


async def duplicate(visit: Visit) -> Response:
    """Save a view once more, under `name` if given, as the tab after it. The answer has the `id` of the copy."""
    asked = await body(visit, "name")
    view = await visit.read(lambda conn: store.find(conn, _id(visit)))
    copy_of = visit.words("tabs.copy_of", name=view.name)

    def make(conn: Any) -> tuple[int, Applied]:
        name = asked.text("name") if "name" in asked else store.free_name(conn, copy_of)
        return store.duplicate(conn, view.id, name, actor=actor_of(visit))

    return await _made(visit, make)


async def move(visit: Visit) -> Response:
    """Make a view the tab at `position`, from 0."""
    position = (await body(visit, "position")).id("position")
    return await written(visit, lambda conn: store.move(conn, _id(visit), position, actor=actor_of(visit)))


async def delete(visit: Visit) -> Response:
    """Delete a view; `undo` brings it back."""
    await body(visit)
    return await written(visit, lambda conn: store.delete(conn, _id(visit), actor=actor_of(visit)))


async def _made(visit: Visit, make: Callable[[Any], tuple[int, Applied]]) -> Response:
    def act(conn: Any) -> tuple[int, Applied, str]:
        view_id, done = make(conn)
        return view_id, done, str(version(conn))

    view_id, done, at = await visit.write(act)
    if visit.wants_page:
        return Response.redirect(f"{visit.base}/views/{view_id}", status=303)
    return answer(done, at, id=view_id)


async def _suiting(visit: Visit, address: str) -> tuple[str, dict[str, str]]:
    """Split a page's query string into the query and the layout to save. Raises BadQuery where it shows nothing."""
    pairs = parse_qsl(address.removeprefix("?"), keep_blank_values=True)
    query, orders = await learnt(visit, text.parse(pairs)), visit.project.orders
    await visit.read(lambda conn: tally(conn, orders, query))
    layout = {name: value for name, value in pairs if name in KEPT and value}
    return urlencode([pair for pair in pairs if pair[0] not in text.LAYOUT_KEYS]), layout


async def _fault(visit: Visit, view: SavedView, message: str) -> Response:
    """Say why a view cannot be shown, what of it is at fault, and lead to the view of what is left."""
    try:
        query = text.parse_string(view.query)
        fields = await visit.read(lambda conn: visit.project.orders.state(conn)[2])
        kept, lost = suited(query, fields)
    except BadQuery:
        kept, lost = Query(), Query()
    page = TabFaultPage(
        await visit.frame(view.name),
        visit.words("tabs.fault", name=view.name, reason=message),
        [f"{name}={value}" for name, value in text.to_pairs(lost)],
        Link(visit.words("tabs.rest"), with_query(visit.base, text.to_pairs(kept), list(view.layout.items()))),
    )
    return await render(visit, "tab_fault", page)


def _id(visit: Visit) -> int:
    return int(visit.request.url_vars["id"])
