"""Answers of any length: written by plain functions in a thread, sent as they come, at the reader's pace."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import IO, Any

from datasette import Response

from datasette_panoptic.domain import deadline

#: Bytes sent at once, and blocks that may wait for a reader.
BLOCK, WAITING = 256 * 1024, 4
#: Seconds that a reader may take for a block before it is given up.
PATIENCE = 60.0


class Pipe(io.RawIOBase):
    """A file that a thread writes and the event loop reads. Writing waits for the reader."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._blocks: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue(WAITING)
        self._gathered = bytearray()
        self._is_left = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._gathered += data
        if len(self._gathered) >= BLOCK:
            self._send()
        return len(data)

    def run(self, write: Callable[[IO[bytes]], None]) -> None:
        """Write all of it, in a thread of the caller's; what goes wrong reaches the reader."""
        try:
            write(self)  # type: ignore[arg-type]  # a raw file is one of bytes
            self._send()
            self._put(None)
        except BaseException as error:
            with suppress(OSError, RuntimeError):  # nobody reads any more, or the server is gone
                self._put(error)

    def _send(self) -> None:
        if self._gathered:
            self._put(bytes(self._gathered))
            self._gathered.clear()

    def _put(self, block: bytes | BaseException | None) -> None:
        if self._is_left:
            raise BrokenPipeError("the reader has closed the connection")
        put = asyncio.run_coroutine_threadsafe(self._blocks.put(block), self._loop)
        try:
            with deadline.paused():
                put.result(PATIENCE)
        except TimeoutError:
            put.cancel()
            self._is_left = True
            raise BrokenPipeError("the reader takes too long") from None

    async def block(self) -> bytes | None:
        """Return the next bytes; None at the end. Raises what the writer did."""
        block = await self._blocks.get()
        if isinstance(block, BaseException):
            raise block
        return block

    def leave(self) -> None:
        """Stop reading: the next write fails."""
        self._is_left = True
        while not self._blocks.empty():
            self._blocks.get_nowait()


class Streamed(Response):
    """The first bytes, which are there, and those that follow."""

    def __init__(
        self, pipe: Pipe, first: bytes | None, receive: Any, headers: dict[str, str], content_type: str
    ) -> None:
        super().__init__("", headers=headers, content_type=content_type)
        self.pipe, self.first, self.receive = pipe, first, receive

    async def asgi_send(self, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        async def head_only(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                await send(message)

        gone = asyncio.ensure_future(self._gone())
        try:
            await super().asgi_send(head_only)
            block = self.first
            while block is not None and not gone.done():
                await send({"type": "http.response.body", "body": block, "more_body": True})
                block = await self.pipe.block()
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self.pipe.leave()

    async def _gone(self) -> None:
        """Wait until the reader has gone: sending says nothing of it."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def streamed(
    request: Any, write: Callable[[IO[bytes]], None], headers: dict[str, str], content_type: str
) -> Response:
    """Send what a function writes. What it raises before it has written a block is raised here."""
    pipe = Pipe()
    threading.Thread(target=pipe.run, args=(write,), daemon=True, name="panoptic-stream").start()
    return Streamed(pipe, await pipe.block(), request.receive, headers, content_type)
