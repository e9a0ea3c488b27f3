"""Ways from Datasette's own pages to the images: a card on the database page, menus, the jump menu."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from datasette.jump import JumpSQL
from markupsafe import Markup

from datasette_panoptic.domain.query import Query
from datasette_panoptic.store.cards import Card, cards

from .grid.context import counts_label
from .http.access import VIEW, may
from .http.server import Project, server_of
from .http.visit import Visit
from .http.words import choose, code

#: Images on the card.
SAMPLES = 8


async def card(datasette: Any, request: Any, database: str) -> Markup | None:
    """A project's first images at the top of its database page."""
    project = await _project(datasette, database)
    if project is None:
        return None

    def read(conn: Any) -> tuple[list[Card], dict[str, int]]:
        ids = project.orders.order(conn, Query(mode="images"))[1].ids
        spread = ids[:: max(len(ids) // SAMPLES, 1)][:SAMPLES]
        return cards(conn, "images", spread.tolist()), project.orders.totals(conn, Query())

    server = server_of(datasette)
    only_looks = await server.verdicts.only_looks(datasette, request.actor, database)
    with closing(Visit(datasette, request, server, project, choose(request), only_looks)) as visit:
        samples, totals = await visit.read(read)
    context = {
        "_": visit.words,
        "base": visit.base,
        "samples": [f"{visit.base}/thumb/{sample.sha1}-grid" for sample in samples],
        "counts_label": counts_label(visit, totals),
    }
    template = datasette.get_jinja_environment(request).get_template("panoptic/_card_of_database.html")
    return Markup(await template.render_async(context))


async def database_actions(datasette: Any, database: str, request: Any) -> list[dict[str, str]]:
    project = await _project(datasette, database)
    if project is None:
        return []
    words = choose(request)
    return [
        {"href": _base(datasette, project), "label": words("link.images"), "description": words("link.images_long")}
    ]


async def homepage_actions(datasette: Any, actor: Any, request: Any) -> list[dict[str, str]]:
    words = choose(request)
    return [
        {
            "href": _base(datasette, project),
            "label": words("link.images_of", database=project.name),
            "description": words("link.images_long"),
        }
        for project in await _viewable(datasette, actor)
    ]


async def jump_items(datasette: Any, actor: Any, request: Any) -> list[JumpSQL]:
    words = choose(request)
    return [
        JumpSQL.menu_item(
            label=words("link.images_of", database=project.name),
            url=_base(datasette, project),
            description=words("link.images_long"),
            item_type="images",
        )
        for project in await _viewable(datasette, actor)
    ]


async def damaged(datasette: Any, request: Any) -> Markup | None:
    """Say at the top of the homepage which of the files that the visitor may view are damaged."""
    server, words = server_of(datasette), choose(request)
    await server.open_all()
    notices = [
        Markup('<p class="message-warning">{}</p>').format(code(words("notice.damaged", database=name, fault=fault)))
        for name, fault in server.faults.items()
        if await may(datasette, VIEW, request.actor, name)
    ]
    return Markup("").join(notices) if notices else None


async def _viewable(datasette: Any, actor: Any) -> list[Project]:
    projects = await server_of(datasette).open_all()
    return [project for project in projects if await may(datasette, VIEW, actor, project.name)]


async def _project(datasette: Any, database: str) -> Project | None:
    project = await server_of(datasette).project(database)
    return None if project is None or project.is_gone else project


def _base(datasette: Any, project: Project) -> str:
    # The address must be a plain string: the jump menu binds it to SQL.
    return str(f"{datasette.urls.database(project.name)}/-/panoptic")
