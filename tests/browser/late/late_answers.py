"""A plugin that lets answers come late and out of order, which shows what a page or a test reads too soon.

PANOPTIC_LATE=1 python -m pytest tests/browser
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from datasette import hookimpl

#: Seconds.
DELAYS = (0.0, 0.05, 0.2, 0.5)


@hookimpl(trylast=True)
def asgi_wrapper() -> Any:
    def wrap(app: Any) -> Any:
        async def late(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and "/-/panoptic" in scope["path"]:
                await asyncio.sleep(random.choice(DELAYS))
            await app(scope, receive, send)

        return late

    return wrap
