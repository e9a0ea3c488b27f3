"""What a server keeps outside its projects: files that were sent, and a mark for each job that it has to run.

All of it lies in one directory of the server, whose lock the system lets go when the server ends, however it ends. So a
server that starts removes what dead ones have left, and tells the jobs of those that live from jobs that nobody runs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from .claim import locked

PREFIX = "panoptic-server-"
LOCK = "lock"
#: Seconds that a directory without a lock is taken for one that is just being made.
YOUNG = 60.0


class Scratch:
    """The directory of one server, made when something is first put there."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._lock: sqlite3.Connection | None = None

    def folder(self, prefix: str) -> Path:
        """Make a new folder for files; whoever asked for it removes it, or `close` does."""
        return Path(tempfile.mkdtemp(prefix=prefix, dir=self._begun()))

    def take_on(self, project: Path | str, job_id: int) -> None:
        """Say that this server will run a job."""
        (self._begun() / f"{_key(project)}.{job_id}").touch()

    def drop(self, project: Path | str, job_id: int) -> None:
        """Say that a job has ended, or will not be run."""
        (self._begun() / f"{_key(project)}.{job_id}").unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the directory with all that is in it."""
        if self._lock is not None:
            self._lock.close()
        if self._path is not None:
            shutil.rmtree(self._path, ignore_errors=True)
        self._path = self._lock = None

    def _begun(self) -> Path:
        if self._path is None:
            self._path = Path(tempfile.mkdtemp(prefix=PREFIX))
            self._lock = sqlite3.connect(self._path / LOCK, timeout=0, isolation_level=None, check_same_thread=False)
            locked(self._lock)
        return self._path


def taken_on(project: Path | str) -> set[int]:
    """Return the jobs of a project that living servers of this user run or will run."""
    key = _key(project)
    return {int(mark.suffix[1:]) for folder in _directories() if _is_alive(folder) for mark in folder.glob(f"{key}.*")}


def sweep() -> None:
    """Remove what servers have left that did not end in good order."""
    for folder in _directories():
        if not _is_alive(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _directories() -> Iterator[Path]:
    """Yield the directories of servers of this user: whatever others put there means nothing."""
    user = getattr(os, "getuid", int)()
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # its server may end at this moment
            if not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid == user:
                yield folder


def _is_alive(folder: Path) -> bool:
    with suppress(OSError):
        if not (folder / LOCK).exists():
            return time.time() - folder.stat().st_mtime < YOUNG
    # As a URI that creates nothing: a server that ends at this moment removes its directory.
    address = f"{(folder / LOCK).as_uri()}?mode=rw"
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(address, uri=True, timeout=0)) as lock:
        return not locked(lock)
    return False


def _key(project: Path | str) -> str:
    return hashlib.sha1(os.fsencode(os.path.realpath(project)), usedforsecurity=False).hexdigest()
