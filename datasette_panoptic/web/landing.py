"""Where the one-time link of `datasette panoptic open` leads: to the images, not to Datasette's list of databases."""

from __future__ import annotations

from typing import Any

from .http.caching import App, Send
from .http.server import server_of


def with_landing(app: App, datasette: Any) -> App:
    """Wrap an ASGI application: who signs in by the link lands on the grid, where there is one project to show."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Send) -> None:
        async def send_on(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 302:
                projects = await server_of(datasette).open_all()
                if len(projects) == 1:
                    grid = f"{datasette.urls.database(projects[0].name)}/-/panoptic".encode()
                    headers = [
                        (name, grid if name.lower() == b"location" else value) for name, value in message["headers"]
                    ]
                    message = {**message, "headers": headers}
            await send(message)

        signing_in = scope["type"] == "http" and scope["path"].endswith("/-/auth-token")
        await app(scope, receive, send_on if signing_in else send)

    return wrapped
