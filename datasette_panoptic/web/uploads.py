"""Files sent by a browser, in batches, kept in a directory of their own until an import takes them in."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from datasette.utils.asgi import PayloadTooLarge

from datasette_panoptic.errors import IngestError, NotThere
from datasette_panoptic.jobs.scratch import Scratch

MEGABYTE = 1024 * 1024
#: Of one file.
LARGEST_FILE = 256 * MEGABYTE
#: Of one request, which holds a batch.
LARGEST_REQUEST = 1024 * MEGABYTE
MOST_FILES_PER_REQUEST = 200
#: Of one upload, which is a sequence of batches.
LARGEST_UPLOAD = 16 * 1024 * MEGABYTE
MOST_FILES = 20_000
#: Uploads that one actor may have open at once.
MOST_OPEN = 4
#: Seconds after which an upload that nobody continues is thrown away, and after which it makes room for another.
PATIENCE, IDLE = 3600.0, 600.0

CHUNK = MEGABYTE
LONGEST_NAME = 200


@dataclass
class Upload:
    """One person's files for one project: `folder` has the files, `spool` is what holds it and goes in the end."""

    token: str
    owner: str
    database: str
    spool: Path
    folder: Path
    files: int = 0
    bytes: int = 0
    touched: float = field(default_factory=monotonic)


class Uploads:
    """The uploads that are open. A token works for the actor and database that it was given to."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._open: dict[str, Upload] = {}

    def begin(self, owner: str, database: str) -> Upload:
        """Make room for a new upload. Its folder is named by the time, which tells one upload from the next."""
        own = [upload for upload in self._open.values() if upload.owner == owner]
        if len(own) >= MOST_OPEN:
            stalest = min(own, key=lambda upload: upload.touched)
            if monotonic() - stalest.touched < IDLE:
                raise PayloadTooLarge(f"{MOST_OPEN} uploads are open already; finish or discard one")
            self.discard(stalest)
        spool = self._scratch.folder("upload-")
        folder = spool / f"{datetime.now():%Y-%m-%d %H.%M.%S}"
        folder.mkdir()
        upload = Upload(secrets.token_urlsafe(16), owner, database, spool, folder)
        self._open[upload.token] = upload
        self._expire(upload)
        return upload

    def find(self, token: str, owner: str, database: str) -> Upload:
        """Return an open upload. Raises NotThere, also where it is somebody else's."""
        upload = self._open.get(token)
        if upload is None or (upload.owner, upload.database) != (owner, database):
            raise NotThere("no such upload is open; send the files again without `upload`")
        upload.touched = monotonic()
        return upload

    async def add(self, upload: Upload, files: Iterable[Any]) -> None:
        """Keep a batch of files under names that are safe and new."""
        for file in files:
            if upload.files + 1 > MOST_FILES:
                raise PayloadTooLarge(f"an upload holds at most {MOST_FILES} files; start another")
            if upload.bytes + file.size > LARGEST_UPLOAD:
                raise PayloadTooLarge(f"an upload holds at most {LARGEST_UPLOAD // MEGABYTE} MB; start another")
            await asyncio.to_thread(_copy, file._file, free_path(upload.folder, file.filename))
            upload.files += 1
            upload.bytes += file.size
            upload.touched = monotonic()

    def close(self, upload: Upload) -> Path:
        """End an upload that is complete; whoever takes the spool directory removes it."""
        if not upload.files:
            raise IngestError("no files were sent; put them in the field `files`")
        del self._open[upload.token]
        return upload.spool

    def _expire(self, upload: Upload) -> None:
        """Throw an upload away once nobody has continued it for PATIENCE."""
        if self._open.get(upload.token) is not upload:
            return
        left = upload.touched + PATIENCE - monotonic()
        if left <= 0:
            self.discard(upload)
        else:
            asyncio.get_running_loop().call_later(left, self._expire, upload)

    def discard(self, upload: Upload) -> None:
        """Throw an upload away that is not complete."""
        self._open.pop(upload.token, None)
        shutil.rmtree(upload.spool, ignore_errors=True)

    def discard_all(self) -> None:
        for upload in list(self._open.values()):
            self.discard(upload)


def free_path(folder: Path, name: str) -> Path:
    """Return a path in a folder for a file that a browser named, with a number where the name is taken."""
    name = safe_name(name)
    stem, suffix = os.path.splitext(name)
    path, n = folder / name, 2
    while path.exists():
        path, n = folder / f"{stem} ({n}){suffix}", n + 1
    return path


def safe_name(name: str) -> str:
    """Keep a file's name and nothing that leads elsewhere: no directories, no control characters, no leading dots."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*').strip().lstrip(".")
    stem, suffix = os.path.splitext(kept or "image")
    while len((stem + suffix).encode()) > LONGEST_NAME:
        stem, suffix = (stem[:-1], suffix) if stem else ("image", suffix[:20])
    return stem + suffix


def _copy(source: Any, path: Path) -> None:
    source.seek(0)
    with path.open("xb") as target:
        shutil.copyfileobj(source, target, CHUNK)
