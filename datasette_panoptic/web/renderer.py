"""The `.panoptic` output: any table or SQL whose rows name images, as a grid of them in the order of the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from datasette import Response

from datasette_panoptic.domain.layout import USUAL
from datasette_panoptic.domain.query import Mode
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store.cards import Card, cards

from .grid.cards import card_views
from .grid.context import GridPage
from .http.access import VIEW, may
from .http.frame import Frame, Link
from .http.pager import Pager
from .http.render import error_page
from .http.render import render as render_page
from .http.server import server_of
from .http.visit import Visit
from .http.words import choose

#: Columns that name what a row is about, the most telling first, with what their values are of.
NAMING: tuple[tuple[str, Mode], ...] = (("instance_id", "instances"), ("image_id", "images"), ("sha1", "images"))

BY_SHA1 = """
select images.id from json_each(:sha1s) as wanted join images on images.sha1 = wanted.value order by wanted.key"""


def can_render(columns: Sequence[str], database: str, datasette: Any) -> bool:
    """Offer the grid where a project's rows name images."""
    return any(name in columns for name, _ in NAMING) and server_of(datasette).known(database) is not None


async def render(
    datasette: Any, columns: Sequence[str], rows: Sequence[Any], database: str, request: Any, data: Mapping[str, Any]
) -> Response:
    """Answer with the grid of the rows that came out of a table or a query, which Datasette has checked already."""
    server = server_of(datasette)
    project = server.known(database)
    naming = next(((name, mode) for name, mode in NAMING if name in columns), None)
    if project is None or naming is None:
        words = choose(request)
        return await error_page(datasette, request, 400, words("rows.no_images"))
    if not await may(datasette, VIEW, request.actor, database):
        return await error_page(datasette, request, 404, f"no database `{database}`")
    column, mode = naming
    place = list(columns).index(column)
    named = [_plain(row, place, column) for row in rows]
    only_looks = await server.verdicts.only_looks(datasette, request.actor, database)
    with closing(Visit(datasette, request, server, project, choose(request), only_looks)) as visit:
        try:
            cards_shown = await visit.read(lambda conn: _cards(conn, column, mode, named))
            page = await _page(visit, mode, cards_shown, len(rows), data.get("next"))
            return await render_page(visit, "rows", page, back=_back(visit))
        except PanopticError as error:
            return await error_page(datasette, request, 400, str(error))


def _back(visit: Visit) -> Link:
    """Lead to the table, or to the editor of the SQL, that the rows came out of."""
    path = visit.path.removesuffix(".panoptic")
    is_sql = path.endswith("/-/query")
    return Link(visit.words("rows.sql" if is_sql else "rows.table"), f"{path}?{visit.request.query_string}".rstrip("?"))


def _plain(row: Any, place: int, column: str) -> Any:
    """A row's value in a column; tables hand out dictionaries where a foreign key has a label."""
    value = row[column] if hasattr(row, "keys") else row[place]
    return value.get("value") if isinstance(value, dict) else value


def _cards(conn: Any, column: str, mode: Mode, named: list[Any]) -> list[Card]:
    if column != "sha1":
        return cards(conn, mode, [value for value in named if type(value) is int])
    sha1s = json.dumps([value for value in named if isinstance(value, str)])
    return cards(conn, mode, [row[0] for row in conn.execute(BY_SHA1, {"sha1s": sha1s})])


async def _page(visit: Visit, mode: Mode, cards_shown: list[Card], rows: int, next_: str | None) -> GridPage:
    words = visit.words
    frame: Frame = await visit.frame(words("rows.title", database=visit.project.name))
    label = words.count("rows.count", rows)
    next_url = visit.address([*visit.without("_next"), ("_next", str(next_))]) if next_ else None
    return GridPage(
        frame=frame, query="", mode=mode, count=len(cards_shown), images=len({card.image_id for card in cards_shown}),
        instances=len(cards_shown), counts_label="" if next_ else label, thumb=USUAL, at=0, seed=0,
        empty_message="" if cards_shown else words("rows.none"), empty_note=words("rows.none"), filters=None, asked=[],
        then=[], modes=[], sorts=[], orders=[], chosen_folders=[],
        everywhere=Link(words("link.grid"), visit.base), folders=[],
        cards=card_views(visit, cards_shown, mode, []),
        pager=Pager(label, None, None, next_url, None),
        panel=None,
    )  # fmt: skip
