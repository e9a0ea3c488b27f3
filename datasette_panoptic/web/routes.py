"""Every address of a project: who may ask for it, how, and what answers. Nothing else is served."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from datasette import Response
from datasette.utils import add_cors_headers
from datasette.utils.asgi import Base400

from datasette_panoptic.errors import BadQuery, Conflict, IngestError, NotThere, PanopticError, ReadOnly, StaleView

from . import annotate, api, history, media, pages, vocabulary
from .access import EDIT, IMPORT, may
from .server import server_of
from .visit import Visit
from .words import A_YEAR, COOKIE, LANGUAGES, choose

SAFE_METHODS = ("GET", "HEAD")

STATUSES: list[tuple[type[PanopticError], int]] = [
    (BadQuery, 400),
    (IngestError, 400),
    (ReadOnly, 403),
    (NotThere, 404),
    (StaleView, 409),
    (Conflict, 409),
]


@dataclass(frozen=True)
class Route:
    """`path` is a pattern after `/{database}/-/panoptic`. Viewing the database is needed for each.

    `action` is needed besides. A route that is not GET writes, and a project that cannot be written refuses it.
    `answers` says how errors look: as a page, or as Datasette's JSON.
    """

    path: str
    handler: Callable[[Visit], Awaitable[Any]]
    method: Literal["GET", "POST"] = "GET"
    action: str | None = None
    answers: Literal["page", "json"] = "json"

    @property
    def pattern(self) -> str:
        return rf"^/(?P<database>[^/.]+)/-/panoptic{self.path}$"


ROUTES = [
    Route("", pages.grid, answers="page"),
    Route(r"\.json", pages.grid_json),
    Route(r"/image/(?P<image_id>\d{1,18})", pages.image, answers="page"),
    Route(r"/image/(?P<image_id>\d{1,18})\.json", pages.image_json),
    Route("/rejects", pages.rejects, answers="page"),
    Route(r"/rejects\.json", pages.rejects_json),
    Route("/view", media.view),
    Route("/thumbs", media.thumbs),
    Route(r"/thumb/(?P<sha1>[0-9a-f]{40})-(?P<size>grid|preview)", media.thumb),
    Route(r"/original/(?P<image_id>\d{1,18})", media.original),
    Route(r"/folders\.json", api.folders),
    Route("/jobs", pages.jobs, action=IMPORT, answers="page"),
    Route(r"/jobs\.json", pages.jobs_json, action=IMPORT),
    Route(r"/jobs/(?P<job_id>\d{1,18})\.json", api.job, action=IMPORT),
    Route(r"/jobs/(?P<job_id>\d{1,18})/cancel", api.cancel, method="POST", action=IMPORT),
    Route("/import", api.start_import, method="POST", action=IMPORT),
    Route("/upload", api.upload, method="POST", action=IMPORT),
    Route("/annotate", annotate.annotate, method="POST", action=EDIT),
    Route("/undo", annotate.undo, method="POST", action=EDIT),
    Route("/redo", annotate.redo, method="POST", action=EDIT),
    Route("/history", history.page, answers="page"),
    Route(r"/history\.json", history.page_json),
    Route(r"/values\.json", annotate.values),
    Route(r"/version\.json", annotate.version_json),
    Route(r"/properties\.json", vocabulary.properties),
    Route("/properties", vocabulary.create_property, method="POST", action=EDIT),
    Route(r"/properties/(?P<property_id>\d{1,18})", vocabulary.change_property, method="POST", action=EDIT),
    Route(r"/properties/(?P<property_id>\d{1,18})/delete", vocabulary.delete_property, method="POST", action=EDIT),
    Route(r"/tags\.json", vocabulary.tags),
    Route("/tags", vocabulary.create_tag, method="POST", action=EDIT),
    Route(r"/tags/(?P<tag_id>\d{1,18})", vocabulary.change_tag, method="POST", action=EDIT),
    Route(r"/tags/(?P<tag_id>\d{1,18})/parents", vocabulary.change_parents, method="POST", action=EDIT),
    Route(r"/tags/(?P<tag_id>\d{1,18})/merge", vocabulary.merge_tag, method="POST", action=EDIT),
    Route(r"/tags/(?P<tag_id>\d{1,18})/delete", vocabulary.delete_tag, method="POST", action=EDIT),
]


def register() -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Return the routes as Datasette takes them."""
    return [(route.pattern, _view(route)) for route in ROUTES]


def _view(route: Route) -> Callable[..., Awaitable[Any]]:
    async def answer(request: Any, datasette: Any) -> Any:
        try:
            response = await _answer(route, request, datasette)
        except (PanopticError, Base400) as error:
            response = await _refuse(route, request, datasette, error)
        if datasette.cors and route.answers == "json":
            add_cors_headers(response.headers)
        return response

    return answer


class NotAllowed(Base400):
    status = 405


class Denied(Base400):
    status = 403


async def _answer(route: Route, request: Any, datasette: Any) -> Any:
    database = await datasette.resolve_database(request)
    server = server_of(datasette)
    if not await server.verdicts.may_view(datasette, request.actor, database.name):
        raise Denied(f"you may not view `{database.name}`")
    if request.method != route.method and not (route.method == "GET" and request.method in SAFE_METHODS):
        raise NotAllowed(f"this address takes {route.method}, not {request.method}")
    if route.action and not await may(datasette, route.action, request.actor, database.name):
        raise Denied(f"you need the permission `{route.action}` on `{database.name}`")
    project = await server.project(database.name)
    words = choose(request)
    if project is None:
        file = f"{database.name}.db" if database.path is None else re.split(r"[/\\]", database.path)[-1]
        raise NotThere(words("error.no_project", database=database.name, file=file))
    if route.method != "GET" and project.obstacle:
        raise ReadOnly(words(f"read_only.{project.obstacle}"))
    response = await route.handler(Visit(datasette, request, server, project, words))
    if request.args.get("_lang") in LANGUAGES:
        response.set_cookie(COOKIE, words.language, max_age=A_YEAR)
    return response


async def _refuse(route: Route, request: Any, datasette: Any, error: Exception) -> Any:
    status = getattr(error, "status", None) or next(
        (status for kind, status in STATUSES if isinstance(error, kind)), 400
    )
    headers = {"allow": ", ".join(SAFE_METHODS) if route.method == "GET" else route.method} if status == 405 else {}
    wants_page = route.answers == "page" or "text/html" in (request.headers.get("accept") or "")
    if not wants_page:
        return Response.error(str(error), status, headers=headers)
    response = await pages.error(datasette, request, status, str(error))
    response.headers.update(headers)
    return response
