"""Caching that Datasette's rule for cookies must not decide, and an access log without its thousands of thumbnails.

Datasette answers any request that carries a cookie with `private, no-store`; on localhost every other server's cookies
come along, so thumbnails would be fetched again on each visit. What is private stays private here: only the reader's
own browser may keep it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[dict[str, Any], Any, Send], Awaitable[None]]

#: Marks a response whose caching Datasette's rule for cookies must not decide; the ASGI wrapper reads and removes it.
MARK = "x-panoptic-cache"
#: The address names the content: it never changes.
IMMUTABLE = "immutable"
#: May be kept, and must be asked for again with its ETag.
REVALIDATE = "revalidate"

LIFETIMES = {IMMUTABLE.encode(): b"max-age=31536000, immutable", REVALIDATE.encode(): b"no-cache"}
REPLACED = (b"cache-control", b"vary", MARK.encode())

THUMBNAIL = re.compile(r"/-/panoptic/thumb(?:/[0-9a-f]{40}-|s\?)")


def with_our_caching(app: App) -> App:
    """Wrap an ASGI application: marked responses get the caching that their mark names."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Send) -> None:
        async def send_marked(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": cacheable(message.get("headers", []))}
            await send(message)

        await app(scope, receive, send_marked if scope["type"] == "http" else send)

    return wrapped


def cacheable(headers: list[Any]) -> list[Any]:
    """Return headers with the cache control that a mark among them asks for."""
    named = {bytes(name).lower(): bytes(value) for name, value in headers}
    lifetime = LIFETIMES.get(named.get(MARK.encode(), b""))
    if lifetime is None:
        return headers
    # Whoever saw it with credentials keeps it to themselves; a shared cache may hold what anybody may see.
    reach = b"private" if b"private" in named.get(b"cache-control", b"") else b"public"
    kept = [(name, value) for name, value in headers if bytes(name).lower() not in REPLACED]
    return [*kept, (b"cache-control", reach + b", " + lifetime)]


class ThumbnailLines(logging.Filter):
    """Drops the access log's lines on thumbnails that were served as they should be."""

    def filter(self, record: logging.LogRecord) -> bool:
        arguments = record.args
        if not isinstance(arguments, tuple) or len(arguments) != 5:
            return True
        _, _, path, _, status = arguments
        return not (status in (200, 304) and THUMBNAIL.search(str(path)))
