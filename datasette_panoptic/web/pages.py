"""The pages: each a context, printed by its template or sent as JSON."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict, replace
from typing import Any

from datasette import Response
from datasette.utils import tilde_decode

from datasette_panoptic.query.orders import version
from datasette_panoptic.store import listing as store

from .contexts import ErrorPage, GridPage, ImportPanel, Option, RejectsPage, RejectView
from .grid import facets, tabs
from .grid import page as grids
from .grid.cell_table import cell_table
from .http.access import EDIT, IMPORT, shows_originals
from .http.visit import Visit
from .http.words import choose, code
from .image import similar as similar_pane
from .image.page import image_page
from .media import whole
from .roots import import_roots, subfolders
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


def import_panel(visit: Visit) -> ImportPanel:
    """The forms that add images, for a visitor who may."""
    roots = import_roots(visit.settings)
    return ImportPanel(
        f"{visit.base}/import",
        f"{visit.base}/upload",
        f"{visit.base}/jobs",
        [Option(str(n), str(root)) for n, root in enumerate(roots)],
        subfolders(roots[0]) if len(roots) == 1 else [],
    )


async def error(datasette: Any, request: Any, status: int, message: str) -> Response:
    """A page that says what went wrong, with the way back."""
    words = choose(request)
    route = tilde_decode(request.url_vars["database"])
    database = next((database.name for database in datasette.databases.values() if database.route == route), None)
    back = f"{datasette.urls.database(database)}/-/panoptic" if database and status != 403 else None
    page = ErrorPage(status, words(f"error.{status}"), message, back)
    html = await datasette.render_template(
        "panoptic/error.html", {"page": page, "_": words, "code": code, "database": database}, request=request
    )
    return Response.html(html, status=status)


def as_script(value: object) -> str:
    """A value as JSON that is safe between `<script>` tags."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


async def render(visit: Visit, template: str, page: Any, **more: object) -> Response:
    html = await visit.datasette.render_template(
        f"panoptic/{template}.html",
        {"page": page, "frame": page.frame, "_": visit.words, "code": code, "database": visit.project.name, **more},
        request=visit.request,
        view_name="panoptic",
    )
    return compressed(visit.request, html)


def compressed(request: Any, text: str, content_type: str = "text/html; charset=utf-8") -> Response:
    """Send a text, gzipped for a reader who takes that: a tree of folders and a screen of cards shrink to a fifth."""
    headers = {"vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(text, headers=headers, content_type=content_type)
    body = gzip.compress(text.encode(), compresslevel=5, mtime=0)
    headers |= {"content-encoding": "gzip", "content-length": str(len(body))}
    return Response(body, headers=headers, content_type=content_type)
