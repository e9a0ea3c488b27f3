"""Where the one-time link of `datasette panoptic open` leads: to the images, not to Datasette's list of databases."""

from __future__ import annotations

from typing import Any

from datasette.utils.asgi import Request

from .http.caching import App, Send
from .http.render import error_page
from .http.server import server_of
from .http.words import choose


def with_landing(app: App, datasette: Any) -> App:
    """Wrap an ASGI application: who signs in by the link lands on the grid, where there is one project to show.

    Who comes too late is told that the link works once.
    """

    async def wrapped(scope: dict[str, Any], receive: Any, send: Send) -> None:
        is_refused = False

        async def send_on(message: dict[str, Any]) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start":
                is_refused = message["status"] == 403
            if message["type"] == "http.response.start" and message["status"] == 302:
                projects = await server_of(datasette).open_all()
                if len(projects) == 1:
                    grid = f"{datasette.urls.database(projects[0].name)}/-/panoptic".encode()
                    headers = [
                        (name, grid if name.lower() == b"location" else value) for name, value in message["headers"]
                    ]
                    message = {**message, "headers": headers}
            if not is_refused:
                await send(message)

        signing_in = scope["type"] == "http" and scope["path"].endswith("/-/auth-token")
        await app(scope, receive, send_on if signing_in else send)
        if is_refused:
            request = Request(scope, receive)
            page = await error_page(datasette, request, 403, choose(request)("error.link_used"))
            await page.asgi_send(send)

    return wrapped
