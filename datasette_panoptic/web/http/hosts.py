"""The names that a server answers to.

A page of a stranger may give its own name the address of this machine, and would then read what the server tells this
machine's user (DNS rebinding). But it cannot choose the name that the browser asks for.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

from datasette import Response
from datasette.utils.asgi import Request

from .caching import App, Send
from .words import choose

#: Characters of a name that the answer repeats.
LONGEST_NAME = 100


def name_of(host: str) -> str:
    """Return the name or address in a Host header, without the port, in small letters."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.rpartition(":")[0] if name.count(":") == 1 else name


def is_own(host: str, names: list[str]) -> bool:
    """Tell whether a Host header names this machine: by an address, as localhost, or by a name of its own."""
    name = name_of(host).removesuffix(".")
    try:
        ip_address(name)
    except ValueError:
        machine = socket.gethostname().lower()
        own = {"localhost", machine, f"{machine}.local", *map(str.lower, names)}
        return name in own or name.endswith(".localhost")
    return True


def with_own_hosts(app: App, datasette: Any) -> App:
    """Wrap an ASGI application: where the setting `hosts` names some, requests to other names are refused."""

    async def wrapped(scope: dict[str, Any], receive: Any, send: Send) -> None:
        names = (datasette.plugin_config("datasette-panoptic") or {}).get("hosts")
        if names is None or scope["type"] != "http":
            return await app(scope, receive, send)
        headers = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"host"]
        if len(headers) == 1 and is_own(headers[0], names):
            return await app(scope, receive, send)
        words = choose(Request(scope, receive))
        asked = name_of(headers[0])[:LONGEST_NAME] if headers else ""
        await Response.text(words("error.host", host=asked), status=421).asgi_send(send)

    return wrapped
