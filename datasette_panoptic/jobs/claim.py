"""One process at a time: who claims a name first has it until it lets go, or is no more."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import PanopticError

#: Seconds between two attempts.
PACE = 0.5


@contextmanager
def claimed(name: str, give_up: Callable[[], bool]) -> Iterator[bool]:
    """Hold the claim on a name; False where it was given up before another process let go.

    It is a lock on an empty database: SQLite knows how to hold one on every system, and that of a dead process is gone.
    """
    digest = hashlib.sha1(name.encode(errors="surrogateescape"), usedforsecurity=False).hexdigest()
    path = directory() / f"{digest}.lock"
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        while not locked(lock):
            if give_up():
                yield False
                return
            time.sleep(PACE)
        yield True


def directory() -> Path:
    """Return the directory of this user's locks, which nobody else can write in.

    In the shared directory itself, others could hold a lock that they guess, or put a link to another file in its
    place. Raises PanopticError where others have put something in the directory's own place.
    """
    user = getattr(os, "getuid", int)()
    path = Path(tempfile.gettempdir(), f"panoptic-{user}")
    with suppress(FileExistsError):
        path.mkdir(0o700)
    seen = path.lstat()
    is_own = stat.S_ISDIR(seen.st_mode) and seen.st_uid == user
    if os.name == "posix" and (not is_own or seen.st_mode & 0o022):  # elsewhere temporary directories are a user's own
        raise PanopticError(
            f"`{path}` is not a directory that only you can write in, so another user could block this work; "
            "remove it, or set TMPDIR to a directory of your own"
        )
    return path


def locked(lock: sqlite3.Connection) -> bool:
    """Lock an empty database for as long as its connection is open; False where another process has."""
    try:
        lock.execute("begin exclusive")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return False
        raise
    return True
