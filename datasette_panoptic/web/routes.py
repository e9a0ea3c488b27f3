"""Every address of a project: who may ask for it, how, and what answers. Nothing else is served."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any, Literal

from datasette import Response
from datasette.utils import add_cors_headers
from datasette.utils.asgi import Base400
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import BadQuery, Conflict, IngestError, NotThere, PanopticError, ReadOnly, StaleView
from datasette_panoptic.store.faults import told
from datasette_panoptic.store.property_types import TypePreview

from . import (
    annotate,
    api,
    cells_write,
    export,
    history,
    jobs,
    media,
    plugins,
    rejects,
    removal,
    run,
    saved_views,
    selections,
    split,
    sql,
)
from .clusters import clusterings, duplicates
from .clusters import run as cluster
from .clusters.duplicates_page import DuplicatesPage
from .grid import facets
from .grid import page as grid
from .grid.context import GridPage
from .http.access import EDIT, IMPORT, RUN, VIEW, Denied, may
from .http.render import error_page
from .http.security import guard
from .http.server import server_of
from .http.visit import Visit
from .http.words import A_YEAR, COOKIE, LANGUAGES, choose
from .image import form as image_form
from .image import page as image
from .image import similar as similar_pane
from .image.contexts import ImagePage
from .metadata import keywords, names
from .similar import api as similar
from .similar import embed, recommend
from .tables import pages as tables
from .tables.contexts import TablePreviewPage
from .tables.pages import TableReportPage
from .vocabulary import api as vocabulary
from .vocabulary import files as vocabulary_files
from .vocabulary import properties, property_groups, tags

logger = logging.getLogger(__name__)

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

    `action` is needed besides, one of them where there are several. A route that is not GET writes, unless it `reads`,
    and a project that cannot be written refuses it. `answers` says how errors look: as a page, or as Datasette's JSON.
    `context` is the dataclass that the handler returns, which is sent as JSON. `is_immutable` addresses name their
    content: whoever lost the permission a moment ago learns nothing new from them, and a verdict may be remembered.
    """

    path: str
    handler: Callable[[Visit], Awaitable[Any]]
    method: Literal["GET", "POST"] = "GET"
    action: str | tuple[str, ...] = ()
    answers: Literal["page", "json"] = "json"
    reads: bool = False
    context: type[Any] | None = None
    is_immutable: bool = False

    @property
    def pattern(self) -> str:
        return rf"^/(?P<database>[^/.]+)/-/panoptic{self.path}$"

    @property
    def actions(self) -> tuple[str, ...]:
        return (self.action,) if isinstance(self.action, str) else self.action

    @property
    def methods(self) -> tuple[str, ...]:
        return SAFE_METHODS if self.method == "GET" else (self.method,)


ROUTES = [
    Route("", grid.page, answers="page"),
    Route(r"\.json", grid.page_json, context=GridPage),
    Route(r"/image/(?P<image_id>\d{1,18})", image.page, answers="page"),
    Route(r"/image/(?P<image_id>\d{1,18})\.json", image.page_json, context=ImagePage),
    Route(r"/image/(?P<image_id>\d{1,18})/values", image_form.say, method="POST", action=EDIT),
    Route(r"/image/(?P<image_id>\d{1,18})/similar\.json", similar_pane.pane_json, context=similar_pane.SimilarPane),
    Route("/rejects", rejects.page, action=(EDIT, IMPORT, RUN), answers="page"),
    Route(r"/rejects\.json", rejects.page_json, action=(EDIT, IMPORT, RUN), context=rejects.RejectsPage),
    Route("/view", media.view),
    Route(r"/groups\.json", media.groups_json),
    Route("/thumbs", media.thumbs),
    Route(r"/thumb/(?P<sha1>[0-9a-f]{40})-(?P<size>grid|preview)", media.thumb, is_immutable=True),
    Route(r"/original/(?P<image_id>\d{1,18})", media.original),
    Route(r"/folders\.json", api.folders),
    Route(r"/count\.json", facets.count),
    Route(r"/facets\.json", facets.facets_json),
    Route(r"/chart\.svg", facets.chart_svg),
    Route("/jobs", jobs.page, action=(IMPORT, RUN), answers="page"),
    Route(r"/jobs\.json", jobs.page_json, action=(IMPORT, RUN), context=jobs.JobsPage),
    Route(r"/jobs/(?P<job_id>\d{1,18})\.json", jobs.job, action=(IMPORT, RUN), context=jobs.JobView),
    Route(r"/jobs/(?P<job_id>\d{1,18})/cancel", jobs.cancel, method="POST", action=(IMPORT, RUN)),
    Route("/import", api.start_import, method="POST", action=IMPORT),
    Route("/upload", api.upload, method="POST", action=IMPORT),
    Route("/upload/discard", api.discard_upload, method="POST", action=IMPORT),
    Route("/run", run.run, method="POST", action=RUN),
    Route("/annotate", annotate.annotate, method="POST", action=EDIT),
    Route("/cells", cells_write.write_cells, method="POST", action=EDIT),
    Route("/undo", annotate.undo, method="POST", action=EDIT),
    Route("/redo", annotate.redo, method="POST", action=EDIT),
    Route("/export", export.export),
    Route("/export", export.export_selection, method="POST", reads=True),
    Route("/export-options", export.options, answers="page"),
    Route(r"/export-options\.json", export.options_json, context=export.ExportPage),
    Route("/import-table", tables.page, action=EDIT, answers="page"),
    Route("/import-table", tables.upload, method="POST", action=EDIT),
    Route(r"/import-table/jobs/(?P<job_id>\d{1,18})", tables.report, action=EDIT, answers="page"),
    Route(
        r"/import-table/jobs/(?P<job_id>\d{1,18})\.json",
        tables.report_json,
        action=EDIT,
        context=TableReportPage,
    ),
    Route(r"/import-table/(?P<table>[\w-]{22})", tables.look, action=EDIT, answers="page"),
    Route(r"/import-table/(?P<table>[\w-]{22})", tables.start, method="POST", action=EDIT),
    Route(r"/import-table/(?P<table>[\w-]{22})\.json", tables.look_json, action=EDIT, context=TablePreviewPage),
    Route(r"/import-table/(?P<table>[\w-]{22})/(?P<what>errors|unmatched)\.csv", tables.listed, action=EDIT),
    Route("/remove", removal.page, action=EDIT, answers="page"),
    Route("/remove", removal.remove, method="POST", action=EDIT),
    Route(r"/remove\.json", removal.page_json, action=EDIT, context=removal.RemovalPage),
    Route("/from-names", names.page, action=EDIT, answers="page"),
    Route("/from-names", names.apply, method="POST", action=EDIT),
    Route(r"/from-names\.json", names.page_json, action=EDIT, context=names.NamesPage),
    Route("/from-keywords", keywords.page, action=EDIT, answers="page"),
    Route("/from-keywords", keywords.apply, method="POST", action=EDIT),
    Route(r"/from-keywords\.json", keywords.page_json, action=EDIT, context=keywords.KeywordsPage),
    Route("/history", history.page, answers="page"),
    Route(r"/history\.json", history.page_json, context=history.HistoryPage),
    Route(r"/values\.json", annotate.values),
    Route(r"/version\.json", annotate.version_json),
    Route("/cluster", cluster.cluster, method="POST", action=RUN),
    Route("/cluster/by-tags", cluster.cluster_by_tags, method="POST", action=RUN),
    Route("/clusterings", clusterings.page, answers="page"),
    Route(r"/clusterings\.json", clusterings.listed),
    Route(r"/clusterings/compare\.json", clusterings.compare_json),
    Route(r"/clusterings/(?P<id>\d{1,18})", clusterings.change, method="POST", action=EDIT),
    Route(r"/clusterings/(?P<id>\d{1,18})\.json", clusterings.show),
    Route(r"/clusterings/(?P<id>\d{1,18})/clusters", clusterings.name_cluster, method="POST", action=EDIT),
    Route(r"/clusterings/(?P<id>\d{1,18})/delete", clusterings.delete, method="POST", action=EDIT),
    Route(r"/clusterings/(?P<id>\d{1,18})/merge", clusterings.merge, method="POST", action=EDIT),
    Route(r"/clusterings/(?P<id>\d{1,18})/move", clusterings.move, method="POST", action=EDIT),
    Route(r"/clusterings/(?P<id>\d{1,18})/rerun", cluster.rerun, method="POST", action=RUN),
    Route(r"/clusterings/(?P<id>\d{1,18})/reset", clusterings.reset, method="POST", action=EDIT),
    Route(r"/clusterings/(?P<id>\d{1,18})/restore", clusterings.restore, method="POST", action=EDIT),
    Route(r"/clusterings/(?P<id>\d{1,18})/save", clusterings.save, method="POST", action=EDIT),
    Route(r"/plugins\.json", plugins.plugins_json, action=RUN),
    Route("/duplicates", duplicates.page, answers="page"),
    Route(r"/duplicates\.json", duplicates.page_json, context=DuplicatesPage),
    Route("/duplicates", duplicates.start, method="POST", action=RUN),
    Route(r"/duplicates/exact\.json", duplicates.exact_json),
    Route(r"/duplicates/(?P<id>\d{1,18})\.json", duplicates.show),
    Route(r"/duplicates/(?P<id>\d{1,18})/tag-others", duplicates.tag_others, method="POST", action=EDIT),
    Route("/embed", embed.embed, method="POST", action=RUN),
    Route(r"/spaces\.json", embed.spaces_json),
    Route(r"/properties\.json", vocabulary.properties),
    Route("/properties", properties.page, answers="page"),
    Route("/properties", vocabulary.create_property, method="POST", action=EDIT),
    Route("/properties/order", property_groups.arrange, method="POST", action=EDIT),
    Route(r"/properties/(?P<property_id>\d{1,18})", vocabulary.change_property, method="POST", action=EDIT),
    Route(r"/properties/(?P<property_id>\d{1,18})\.json", property_groups.property_json),
    Route(r"/properties/(?P<property_id>\d{1,18})/delete", vocabulary.delete_property, method="POST", action=EDIT),
    Route(r"/properties/(?P<property_id>\d{1,18})/move", property_groups.move_property, method="POST", action=EDIT),
    Route(r"/properties/(?P<property_id>\d{1,18})/type", property_groups.change_type, method="POST", action=EDIT),
    Route(r"/properties/(?P<property_id>\d{1,18})/type\.json", property_groups.type_preview, context=TypePreview),
    Route("/property-groups", property_groups.create, method="POST", action=EDIT),
    Route(r"/property-groups/(?P<group_id>\d{1,18})", property_groups.rename, method="POST", action=EDIT),
    Route(r"/property-groups/(?P<group_id>\d{1,18})/delete", property_groups.delete, method="POST", action=EDIT),
    Route(r"/property-groups/(?P<group_id>\d{1,18})/move", property_groups.move, method="POST", action=EDIT),
    Route(r"/tags\.json", vocabulary.tags),
    Route("/tags", tags.index, answers="page"),
    Route("/tags", vocabulary.create_tag, method="POST", action=EDIT),
    Route(r"/tags/(?P<id>\d{1,18})", tags.page, answers="page"),
    Route(r"/tags/(?P<id>\d{1,18})", vocabulary.change_tag, method="POST", action=EDIT),
    Route(r"/tags/(?P<id>\d{1,18})\.json", tags.page_json, context=tags.TagsPage),
    Route(r"/tags/(?P<id>\d{1,18})\.(?P<format>csv|ttl|jsonld)", vocabulary_files.export),
    Route(r"/tags/(?P<id>\d{1,18})/import", vocabulary_files.import_file, method="POST", action=EDIT),
    Route(r"/tags/(?P<id>\d{1,18})/images\.json", tags.images_json, context=tags.TagImages),
    Route(r"/tags/(?P<id>\d{1,18})/parents", vocabulary.change_parents, method="POST", action=EDIT),
    Route(r"/tags/(?P<id>\d{1,18})/merge", vocabulary.merge_tag, method="POST", action=EDIT),
    Route(r"/tags/(?P<id>\d{1,18})/split", vocabulary.split_tag, method="POST", action=EDIT),
    Route(r"/tags/(?P<id>\d{1,18})/delete", vocabulary.delete_tag, method="POST", action=EDIT),
    Route(r"/views\.json", saved_views.listed, context=saved_views.SavedViews),
    Route("/views", saved_views.create, method="POST", action=EDIT),
    Route(r"/views/(?P<id>\d{1,18})", saved_views.show, answers="page"),
    Route(r"/views/(?P<id>\d{1,18})", saved_views.change, method="POST", action=EDIT),
    Route(r"/views/(?P<id>\d{1,18})/duplicate", saved_views.duplicate, method="POST", action=EDIT),
    Route(r"/views/(?P<id>\d{1,18})/move", saved_views.move, method="POST", action=EDIT),
    Route(r"/views/(?P<id>\d{1,18})/delete", saved_views.delete, method="POST", action=EDIT),
    Route("/selections", selections.keep, method="POST", action=EDIT),
    Route(r"/recommend\.json", recommend.recommend_json),
    Route("/recommend/accept", recommend.accept, method="POST", action=EDIT),
    Route("/recommend/accept-all", recommend.accept_all, method="POST", action=EDIT),
    Route("/recommend/refuse", recommend.refuse, method="POST", action=EDIT),
    Route("/recommend/forget", recommend.forget, method="POST", action=EDIT),
    Route("/check", recommend.check, method="POST", action=EDIT),
    Route(r"/similar\.json", similar.similar_json),
    Route(r"/search\.json", similar.search_json),
    Route(r"/similar-counts\.json", similar.counts_json),
    Route("/similar-scores", similar.scores),
    Route("/similar-file", similar.send_file, method="POST", reads=True),
    Route("/sql", sql.page, answers="page"),
    Route(r"/sql\.json", sql.page_json, context=sql.SqlPage),
    Route("/split", split.page, answers="page"),
    Route(r"/split\.json", split.page_json, context=split.SplitPage),
]


def register() -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    """Return the routes as Datasette takes them: one for each address, whatever methods it takes."""
    patterns = dict.fromkeys(route.pattern for route in ROUTES)
    return [(pattern, _view([route for route in ROUTES if route.pattern == pattern])) for pattern in patterns]


def _view(routes: list[Route]) -> Callable[..., Awaitable[Any]]:
    async def answer(request: Any, datasette: Any) -> Any:
        route = next((route for route in routes if request.method in route.methods), routes[0])
        try:
            response = await _answer(route, request, datasette)
        except (PanopticError, Base400) as error:
            allowed = [method for other in routes for method in other.methods]
            response = await _refuse(route, request, datasette, error, allowed)
        except (sqlite3.Error, OSError, MemoryError) as error:
            words = told(error)
            if words is None:
                raise
            logger.warning("%s: %s", request.path, error)
            response = await _refuse(route, request, datasette, Unavailable(words), [])
        if datasette.cors and route.answers == "json":
            add_cors_headers(response.headers)
        if not route.is_immutable:  # those are pictures by the thousand, which nobody takes for pages
            guard(response)
        return response

    return answer


class NotAllowed(Base400):
    status = 405


class Damaged(Base400):
    """The file cannot be read, or not be relied on."""

    status = 409


class Unavailable(Base400):
    """The disk, a lock or the memory stands in the way, or the file is away; the request may well succeed later."""

    status = 503


async def _answer(route: Route, request: Any, datasette: Any) -> Any:
    database = await datasette.resolve_database(request)
    server = server_of(datasette)
    if route.is_immutable:
        may_view = await server.verdicts.may_view(datasette, request.actor, database.name)
    else:
        may_view = await may(datasette, VIEW, request.actor, database.name)
    if not may_view:
        raise Denied(f"you may not view `{database.name}`")
    if request.method not in route.methods:
        raise NotAllowed(f"this address does not take {request.method}")
    for action in route.actions:
        if await may(datasette, action, request.actor, database.name):
            break
    else:
        if route.actions:
            needed = " or ".join(f"`{action}`" for action in route.actions)
            raise Denied(f"you need the permission {needed} on `{database.name}`")
    project = await server.project(database.name)
    words = choose(request)
    if project is None:
        file = f"{database.name}.db" if database.path is None else re.split(r"[/\\]", database.path)[-1]
        if fault := server.faults.get(database.name):
            raise Damaged(words("error.damaged", file=file, fault=fault))
        raise NotThere(words("error.no_project", database=database.name, file=file))
    if project.is_gone:
        raise Unavailable(words("error.gone", file=re.split(r"[/\\]", database.path)[-1]))
    only_looks = await server.verdicts.only_looks(
        datasette, request.actor, database.name, may_be_old=route.is_immutable
    )
    with closing(Visit(datasette, request, server, project, words, only_looks)) as visit:
        if route.method != "GET" and not route.reads:
            visit.require_writable()
        answered = await route.handler(visit)
    response = Response.json(asdict(answered)) if route.context else answered
    if request.args.get("_lang") in LANGUAGES:
        response.set_cookie(COOKIE, words.language, max_age=A_YEAR)
    return response


async def _refuse(route: Route, request: Any, datasette: Any, error: Exception, allowed: list[str]) -> Any:
    status = getattr(error, "status", None) or next(
        (status for kind, status in STATUSES if isinstance(error, kind)), 400
    )
    headers = {"allow": ", ".join(allowed)} if status == 405 else {}
    message = str(error).encode(errors="replace").decode()  # half a character would end the connection
    wants_page = route.answers == "page" or "text/html" in (request.headers.get("accept") or "")
    if not wants_page:
        return Response.error(message, status, headers=headers)
    response = await error_page(datasette, request, status, message)
    response.headers.update(headers)
    return response
