"""What Datasette asks of its plugins, answered. Each hook here is a few lines over the modules that do the work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import click
from datasette import hookimpl
from datasette.permissions import Action

from datasette_panoptic.store.stand_in import stand_in
from datasette_panoptic.web import cells, links, renderer, routes
from datasette_panoptic.web.http import access, faults, screening
from datasette_panoptic.web.http.caching import ThumbnailLines, with_our_caching
from datasette_panoptic.web.http.hosts import with_own_hosts
from datasette_panoptic.web.http.server import Server, server_of

from .jobs.scratch import sweep
from .store import extension
from .store.connection import checkpoint, prepare
from .store.place import identity
from .store.vector_cache import VectorCache
from .web.landing import with_landing

# Before any connection is opened: those that Datasette opens for itself ask no plugin.
extension.register()

MMAP_SIZE = 2**31


@hookimpl
def startup(datasette: Any) -> Callable[[], Awaitable[None]]:
    """Open the projects, and leave what is known of them on the Datasette."""

    async def inner() -> None:
        server = Server(datasette)
        datasette._panoptic = server
        await asyncio.to_thread(sweep)
        await server.open_all()
        datasette.add_background_task(server.worker.run, name="panoptic-worker")
        datasette.add_background_task(server.warm, name="panoptic-warm")
        log = logging.getLogger("uvicorn.access")
        if not any(isinstance(known, ThumbnailLines) for known in log.filters):
            log.addFilter(ThumbnailLines())

    return inner


@hookimpl
def shutdown(datasette: Any) -> Callable[[], Awaitable[None]]:
    """Stop what runs, then make each project one file again."""

    async def inner() -> None:
        if not hasattr(datasette, "_panoptic"):
            return
        server = server_of(datasette)
        await server.worker.stop()
        await server.inference.stop()
        server.matrices.clear()
        server.uploads.discard_all()
        server.tables.discard_all()
        server.scratch.close()
        for project in await server.open_all():
            if project.is_writable:
                await project.database.execute_write_fn(checkpoint, transaction=False)

    return inner


@hookimpl
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    opened = datasette.databases.get(database)
    if opened is not None and stand_in(conn, opened.path):
        return
    file = opened and opened.path and identity(opened.path)
    alone = VectorCache()  # of a file that is no project of the server's, or that another has replaced by now

    def vectors() -> VectorCache:
        project = server_of(datasette).known(database) if hasattr(datasette, "_panoptic") else None
        return project.vectors if project is not None and project.file == file else alone

    prepare(conn, vectors)
    conn.execute(f"pragma mmap_size = {MMAP_SIZE}")
    screening.protect(conn, database, datasette)


@hookimpl
def register_actions() -> list[Action]:
    return access.ACTIONS


@hookimpl
def permission_resources_sql(datasette: Any, action: str) -> Any:
    if not hasattr(datasette, "_panoptic"):
        return None
    server = server_of(datasette)
    if action == "view-database-download":
        return access.no_downloads(server.private_names)
    return access.closed_tables(server.guarded_names, action)


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Awaitable[Any]]]]:
    return routes.register()


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    return lambda app: with_own_hosts(with_landing(with_our_caching(app), datasette), datasette)


@hookimpl
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Any:
    return faults.answer(datasette, request, exception)


@hookimpl
def render_cell(
    row: Any, value: Any, column: str, table: str | None, database: str, datasette: Any, request: Any
) -> Any:
    return cells.render(row, value, column, table, database, datasette, request)


@hookimpl
def register_output_renderer() -> dict[str, Any]:
    return {"extension": "panoptic", "render": renderer.render, "can_render": renderer.can_render}


@hookimpl
def top_homepage(datasette: Any, request: Any) -> Any:
    return links.damaged(datasette, request)


@hookimpl
def top_database(datasette: Any, request: Any, database: str) -> Any:
    return links.card(datasette, request, database)


@hookimpl
def database_actions(datasette: Any, database: str, request: Any) -> Any:
    return links.database_actions(datasette, database, request)


@hookimpl
def homepage_actions(datasette: Any, actor: Any, request: Any) -> Any:
    return links.homepage_actions(datasette, actor, request)


@hookimpl
def jump_items_sql(datasette: Any, actor: Any, request: Any) -> Any:
    return links.jump_items(datasette, actor, request)


@hookimpl
def register_commands(cli: click.Group) -> None:
    from .cli import panoptic

    cli.add_command(panoptic)
