"""Faults of the disk, of a lock or the memory while Datasette answers one of its own pages: said in words there too."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Response
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store.faults import SQLITE, told

from .render import error_page

logger = logging.getLogger(__name__)


def answer(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response]] | None:
    """Return what answers a request that failed by no fault of anybody's code; None: Datasette says what it was."""
    if not hasattr(datasette, "_panoptic"):
        return None
    if isinstance(exception, FileNotFoundError) and any(
        exception.filename is not None and str(exception.filename) == database.path
        for database in datasette.databases.values()
    ):
        words: str | None = SQLITE["unable to open"]  # without the path, which is nobody's business
    elif isinstance(exception, (sqlite3.DatabaseError, MemoryError)):
        words = told(exception)
    else:
        words = None
    if words is None:
        return None

    async def inner() -> Response:
        logger.warning("%s: %s", request.path, exception)
        if request.path.endswith(".json"):
            return Response.error(words, 503)
        return await error_page(datasette, request, 503, words)

    return inner
