"""Vectors of texts and of pictures that somebody sent, computed in processes that are kept for a while.

Plugins run there and not in the server: one that hangs is ended, one that dies takes nothing along, and their memory is
given back after some idle minutes. Only the server asks; commands and jobs, which are processes of their own, make the
embedder by `embedders.of_space`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store.spaces import Space

from .inference_process import HEAD, pack

if TYPE_CHECKING:
    from panoptic_ml.types import Floats

#: Seconds for the first answer, before which models are loaded, and for any other.
FIRST_LIMIT = 120.0
LIMIT = 30.0

#: Processes kept, of an embedder and settings each, but for those that are busy.
KEPT = 2

#: Of what a process said before it died, this many bytes are looked at.
LAST_WORDS = 600


class Inference:
    """The processes of one server. Vectors are unit vectors, float32."""

    def __init__(self) -> None:
        self._helpers: OrderedDict[str, Helper] = OrderedDict()

    async def texts(self, space: Space, texts: Sequence[str]) -> Floats:
        """Return vectors of texts in a space, a row each. Raises PanopticError with what to do about it."""
        return await self._ask(space, {"texts": list(texts)}, b"")

    async def picture(self, space: Space, data: bytes) -> Floats:
        """Return the vector of an image file in a space. Raises PanopticError, also where it is no image."""
        return (await self._ask(space, {}, data))[0]

    async def stop(self) -> None:
        """End all processes."""
        while self._helpers:
            await self._helpers.popitem()[1].stop()

    async def _ask(self, space: Space, request: dict[str, Any], data: bytes) -> Floats:
        key = json.dumps([space.embedder, space.revision, space.params], sort_keys=True)
        helper = self._helpers.setdefault(key, Helper(space.embedder))
        self._helpers.move_to_end(key)
        idle = [other for other, each in self._helpers.items() if other != key and not each.is_busy]
        # Taken out first: while one is being stopped, others ask.
        for gone in [self._helpers.pop(other) for other in idle[: max(0, len(self._helpers) - KEPT)]]:
            await gone.stop()
        answer, vectors = await helper.ask({"space": asdict(space), **request}, data)
        if "error" in answer:
            raise PanopticError(answer["error"])
        return np.frombuffer(vectors, "<f4").astype(np.float32).reshape(-1, space.dimension)


class Helper:
    """One process: started when it is asked, asked one thing at a time, started anew where it has ended."""

    def __init__(self, embedder: str) -> None:
        self.embedder = embedder
        self._lock = asyncio.Lock()
        self._process: Process | None = None
        self._said: asyncio.Task[bytes] | None = None

    @property
    def is_busy(self) -> bool:
        return self._lock.locked()

    async def ask(self, request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Send a request and return its answer. Raises PanopticError where none comes in time."""
        async with self._lock:
            is_new = self._process is None or self._process.returncode is not None
            process = await self._start() if is_new or self._process is None else self._process
            limit = FIRST_LIMIT if is_new else LIMIT
            try:
                async with asyncio.timeout(limit):
                    return await exchange(process, pack(request, data))
            except TimeoutError:
                await self.stop()
                said = f"embedder `{self.embedder}` did not answer within {limit:g} seconds and was stopped; try again"
                raise PanopticError(said) from None
            except (asyncio.IncompleteReadError, ConnectionError):
                code = await process.wait()
            except BaseException:
                await self.stop()  # its answer would be taken for that of the next question
                raise
        if code == 0 and not is_new:  # it had been idle, and ended at that moment
            return await self.ask(request, data)
        said = f"embedder `{self.embedder}` ended its process (exit code {code}){await self._last_words()}"
        raise PanopticError(said)

    async def stop(self) -> None:
        """End the process at once."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    async def _start(self) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "datasette_panoptic.jobs.inference_process",
            stdin=PIPE, stdout=PIPE, stderr=PIPE,
            start_new_session=True,  # Ctrl-C is for the server, which then ends this
        )  # fmt: skip
        self._said = asyncio.create_task(end_of(self._process.stderr))
        return self._process

    async def _last_words(self) -> str:
        said = await self._said if self._said else b""
        lines = said.decode(errors="replace").strip().splitlines()
        return f": {lines[-1]}" if lines else ""


async def end_of(stream: asyncio.StreamReader | None) -> bytes:
    """Read what a process says, so that it can say more, and return how that ends."""
    kept = b""
    while stream and (part := await stream.read(4096)):
        kept = (kept + part)[-LAST_WORDS:]
    return kept


async def exchange(process: Process, request: bytes) -> tuple[dict[str, Any], bytes]:
    """Send one message to a process and return the one that it answers."""
    assert process.stdin
    assert process.stdout
    process.stdin.write(request)
    await process.stdin.drain()
    text, data = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
    return json.loads(await process.stdout.readexactly(text)), await process.stdout.readexactly(data)
