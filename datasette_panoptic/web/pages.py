"""The pages: each a context, printed by its template or sent as JSON."""

from __future__ import annotations

from dataclasses import asdict, replace

from datasette import Response

from datasette_panoptic.query.orders import version
from datasette_panoptic.store import listing as store

from .contexts import GridPage, RejectsPage, RejectView
from .grid import facets, tabs
from .grid import page as grids
from .grid.cell_table import cell_table
from .http.access import EDIT, IMPORT, shows_originals
from .http.body import whole
from .http.render import as_script, render
from .http.visit import Visit
from .image import similar as similar_pane
from .image.page import image_page
from .roots import import_panel
from .vocabulary import property_list

#: Rejected files on one page.
REJECTS = 200


async def grid(visit: Visit) -> Response:
    redirect = await grids.from_form(visit)
    if redirect:
        return Response.redirect(redirect)
    page = await _grid(visit)
    bar = await tabs.bar(visit, can_edit=page.frame.can_edit)
    counted = await facets.panel(visit, visit.query(*grids.FORM_KEYS), grids.kept_layout(visit))
    table = await cell_table(visit, page)
    parts = {"tabs": bar, "facets": counted, "table": table, "properties": await property_list.listed(visit)}
    return await render(visit, "grid", page, script=as_script(page.script), **parts)


async def grid_json(visit: Visit) -> Response:
    """The context, with what only the script of the page needs beside it; the texts are the page's own affair."""
    context = asdict(await _grid(visit))
    script = context.pop("script")
    del script["messages"]
    return Response.json({**script, **context})


async def _grid(visit: Visit) -> GridPage:
    can_import = visit.project.is_writable and await visit.may(IMPORT)
    page = await grids.grid_page(visit, import_panel(visit) if can_import else None)
    shows = shows_originals(visit.datasette, visit.project.name, can_edit=await visit.may(EDIT))
    return replace(page, script={**page.script, "originals": shows})


async def image(visit: Visit) -> Response:
    page = await image_page(visit)
    script = {
        "context": asdict(page),
        "messages": visit.words.of_first_paint,
        "language": visit.words.language,
        "base": visit.base,
        "version": str(await visit.read(version)),
    }
    similar = await similar_pane.pane(visit, page.id)
    return await render(visit, "image", page, script=as_script(script), similar=similar)


async def image_json(visit: Visit) -> Response:
    return Response.json(asdict(await image_page(visit)))


async def rejects(visit: Visit) -> Response:
    return await render(visit, "rejects", await _rejects(visit, "rejects"))


async def rejects_json(visit: Visit) -> Response:
    return Response.json(asdict(await _rejects(visit, "rejects.json")))


async def _rejects(visit: Visit, name: str) -> RejectsPage:
    words = visit.words
    at = whole(dict(visit.pairs).get("_at", "0"), "_at")
    count, found, sources = await visit.read(
        lambda conn: (store.count_rejects(conn), store.rejects(conn, at, REJECTS), store.sources(conn))
    )
    frame = await visit.frame(words("rejects.title"))
    if frame.can_edit or frame.can_import:
        sources = []
    return RejectsPage(
        frame,
        count,
        words.count("rejects.count", count),
        [
            RejectView(
                r.id, r.name, r.folder, hide_sources(r.reason, sources),
                words.size(r.bytes) if r.bytes is not None else "", r.at.replace("T", " ").removesuffix("Z"),
            )
            for r in found
        ],
        grids.pager(visit, f"{visit.base}/{name}", [], at, len(found), count, REJECTS),
    )  # fmt: skip


def hide_sources(reason: str, sources: list[tuple[str, str]]) -> str:
    """Put a root's name where a message names its directory on the server."""
    for directory, name in sources:
        reason = reason.replace(directory, name)
    return reason
