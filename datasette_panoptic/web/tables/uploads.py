"""Tables that people sent and still look at: files in directories of the server's own, forgotten after an hour."""

from __future__ import annotations

import asyncio
import multiprocessing
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from datasette_panoptic.domain.descriptions import SUFFIX
from datasette_panoptic.errors import IngestError, NotThere
from datasette_panoptic.jobs.scratch import Scratch
from datasette_panoptic.web.uploads import MEGABYTE, safe_name

#: Of a table.
LARGEST_TABLE = 200_000_000
#: Tables of one actor that are kept; a further one takes the place of the oldest.
MOST_KEPT = 8
#: Seconds that a table is kept.
PATIENCE = 3600.0
#: Bytes of a table that the server itself looks at; a larger one is looked at by a process of its own.
SMALL = MEGABYTE // 2

T = TypeVar("T")


@dataclass(frozen=True)
class TableUpload:
    """A table under a name of ours; `name` is what its owner calls it."""

    token: str
    owner: str
    database: str
    folder: Path
    name: str
    begun: float = field(default_factory=monotonic)

    @property
    def file(self) -> Path:
        return self.folder / "table"

    @property
    def described(self) -> Path:
        """Where a file goes that describes its properties."""
        return self.folder / f"table{SUFFIX}"


class TableUploads:
    """The tables there are. A token works for the actor and the database that it was given to."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._kept: dict[str, TableUpload] = {}
        self._reading = asyncio.Semaphore(1)
        self._reader: BaseProcess | None = None

    def begin(self, owner: str, database: str, name: str) -> TableUpload:
        """Make room for a table."""
        own = [upload for upload in self._kept.values() if upload.owner == owner]
        for upload in own[: max(0, len(own) - MOST_KEPT + 1)]:
            self._discard(upload)
        folder = self._scratch.folder("table-")
        upload = TableUpload(secrets.token_urlsafe(16), owner, database, folder, safe_name(name))
        self._kept[upload.token] = upload
        asyncio.get_running_loop().call_later(PATIENCE, self._discard, upload)
        return upload

    def find(self, token: str, owner: str, database: str) -> TableUpload:
        """Return a table. Raises NotThere, also where it is somebody else's."""
        upload = self._kept.get(token)
        if upload is None or (upload.owner, upload.database) != (owner, database):
            raise NotThere("this table is no longer on the server, which keeps tables for an hour; send it again")
        return upload

    async def look(self, upload: TableUpload, function: Callable[..., T], *given: Any) -> T:
        """Call a function that reads a table: beside the server's own work or, where that is much, outside of it."""
        if upload.file.stat().st_size <= SMALL:
            return await asyncio.to_thread(function, *given)
        async with self._reading:
            return await asyncio.to_thread(self._apart, function, given)

    def _apart(self, function: Callable[..., T], given: tuple[Any, ...]) -> T:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        self._reader = context.Process(target=_answer, args=(theirs, function, given), daemon=True)
        self._reader.start()
        theirs.close()
        try:
            answer = ours.recv()
        except EOFError:
            raise IngestError("the table could not be read: it took more memory than there is") from None
        finally:
            self._reader.join()
        if isinstance(answer, BaseException):
            raise answer
        result: T = answer
        return result

    def discard_all(self) -> None:
        for upload in list(self._kept.values()):
            self._discard(upload)
        if self._reader:
            self._reader.terminate()

    def _discard(self, upload: TableUpload) -> None:
        self._kept.pop(upload.token, None)
        shutil.rmtree(upload.folder, ignore_errors=True)


def _answer(pipe: Connection, function: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """Send what a function returns or raises."""
    try:
        pipe.send(function(*given))
    except Exception as error:
        pipe.send(error)
