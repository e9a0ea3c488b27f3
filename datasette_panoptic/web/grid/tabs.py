"""The tabs above the grid: each saved view with the addresses that open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datasette_panoptic.domain.fields import Fields
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.query import text
from datasette_panoptic.query.tally import tally
from datasette_panoptic.store import saved_views as store
from datasette_panoptic.store.saved_views import SavedView
from datasette_panoptic.web.http.frame import Link
from datasette_panoptic.web.http.visit import Visit, with_query

from . import filters


@dataclass(frozen=True)
class Tab:
    """A saved view. `href` is the grid as it was saved, `link` the address that follows later changes of the view.

    `fault` says why the view cannot be shown as it is, and is empty where it can; then `count` has its cells.
    """

    id: int
    name: str
    query: str
    layout: dict[str, str]
    actor: str | None
    href: str
    link: str
    count: int | None
    fault: str


@dataclass(frozen=True)
class TabsBar:
    """The tabs above the grid. `kept` is the address that saving it would save; the last four lead to other pages."""

    tabs: list[Link]
    everything: Link
    save_url: str | None
    kept: str
    sql: Link
    export: Link
    remove: Link | None
    split: Link


#: The layout keys that are saved with a view: not the position, the language, nor the tab itself.
KEPT = ("_thumb", "_view", "_show", "_facets")


async def bar(visit: Visit, *, can_edit: bool) -> TabsBar:
    """Describe the tabs for the page, without counts: those would be in the way of the first pictures."""
    current = dict(visit.pairs).get("_tab", "")
    kept = visit.without("_tab", "_at", "_lang")
    asked = urlencode(visit.without("_at", "_lang"))
    return TabsBar(
        [Link(view.name, link(visit, view), str(view.id) == current) for view in await visit.read(store.listed)],
        everything=Link(visit.words("tabs.everything"), visit.base, not kept and not current),
        save_url=f"{visit.base}/views" if can_edit else None,
        kept=urlencode(kept),
        sql=Link(visit.words("link.sql"), with_query(f"{visit.base}/sql", visit.without("_tab", "_at", "_lang"))),
        export=Link(
            visit.words("link.export"),
            with_query(f"{visit.base}/export-options", visit.without("_tab", "_at", "_lang")),
        ),
        remove=Link(visit.words("link.remove"), with_query(f"{visit.base}/remove", [("query", asked)]))
        if can_edit
        else None,
        split=Link(visit.words("link.split"), with_query(f"{visit.base}/split", [("left", asked), ("right", "")])),
    )


def tab(visit: Visit, conn: Any, view: SavedView) -> Tab:
    """Describe a view, with its count where it has one."""
    count, fault = None, ""
    try:
        count = tally(conn, visit.project.orders, text.parse_string(view.query))
    except PanopticError as error:
        fault = str(error)
    shared = link(visit, view)  # of a view at fault, it says what is missing
    opened = shared if fault else href(visit, view)
    return Tab(view.id, view.name, view.query, dict(view.layout), view.actor, opened, shared, count, fault)


def proposed(visit: Visit, fields: Fields, query: Query) -> str:
    """Name a view by what it asks for, as its filter bar says it."""
    words = visit.words
    parts = [filters.where_label(words, fields, where) for where in query.where]
    parts = [query.search, *parts] if query.search else parts
    parts += [filters.group_label(words, fields, grouping) for grouping in query.groups]
    return ", ".join(parts)[: filters.LONGEST]


def href(visit: Visit, view: SavedView) -> str:
    """The grid as the view was saved."""
    layout = [(name, value) for name, value in view.layout.items() if name in KEPT]
    query = parse_qsl(view.query, keep_blank_values=True)
    return with_query(visit.base, query, layout, [("_tab", str(view.id))])


def link(visit: Visit, view: SavedView) -> str:
    """The address that one shares: it leads to the grid as the view is saved by then."""
    return f"{visit.base}/views/{view.id}"
