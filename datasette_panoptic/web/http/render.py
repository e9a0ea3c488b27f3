"""Contexts as HTML: pages, the page of an error, and texts that are sent compressed."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

from datasette import Response
from datasette.utils import tilde_decode

from .security import guard
from .server import server_of
from .visit import Visit
from .words import choose, code


@dataclass(frozen=True)
class ErrorPage:
    status: int
    title: str
    message: str
    back: str | None


async def render(visit: Visit, template: str, page: Any, **more: object) -> Response:
    html = await visit.datasette.render_template(
        f"panoptic/{template}.html",
        {"page": page, "frame": page.frame, "_": visit.words, "code": code, "database": visit.project.name, **more},
        request=visit.request,
        view_name="panoptic",
    )
    policy = await visit.server.policies.of_pages(visit.datasette, visit.request, visit.project.name)
    return _page(compressed(visit.request, html), policy)


def _page(response: Response, policy: str) -> Response:
    response.headers |= {"content-security-policy": policy, "x-frame-options": "SAMEORIGIN"}
    guard(response)
    return response


async def error_page(datasette: Any, request: Any, status: int, message: str) -> Response:
    """Say what went wrong on a page with the way back."""
    words = choose(request)
    route = tilde_decode(request.url_vars.get("database", ""))
    database = next((database.name for database in datasette.databases.values() if database.route == route), None)
    back = f"{datasette.urls.database(database)}/-/panoptic" if database and status != 403 else None
    page = ErrorPage(status, words(f"error.{status}"), message, back)
    html = await datasette.render_template(
        "panoptic/error.html", {"page": page, "_": words, "code": code, "database": database}, request=request
    )
    policy = await server_of(datasette).policies.of_pages(datasette, request, database)
    return _page(Response.html(html, status=status), policy)


def as_script(value: object) -> str:
    """A value as JSON that is safe between `<script>` tags."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def compressed(request: Any, text: str, content_type: str = "text/html; charset=utf-8") -> Response:
    """Send a text, gzipped for a reader who takes that: a tree of folders and a screen of cards shrink to a fifth."""
    headers = {"vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(text, headers=headers, content_type=content_type)
    body = gzip.compress(text.encode(), compresslevel=5, mtime=0)
    headers |= {"content-encoding": "gzip", "content-length": str(len(body))}
    return Response(body, headers=headers, content_type=content_type)
