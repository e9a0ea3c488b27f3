"""One process at a time: who claims a name first has it until it lets go, or is no more."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from datasette.utils.sqlite import sqlite3

#: Seconds between two attempts.
PACE = 0.5


@contextmanager
def claimed(name: str, give_up: Callable[[], bool]) -> Iterator[bool]:
    """Hold the claim on a name; False where it was given up before another process let go.

    It is a lock on an empty database: SQLite knows how to hold one on every system, and that of a dead process is gone.
    """
    user = getattr(os, "getuid", int)()  # a file of somebody else's could not be locked
    digest = hashlib.sha1(f"{user} {name}".encode(errors="surrogateescape"), usedforsecurity=False).hexdigest()
    path = Path(tempfile.gettempdir(), f"panoptic-{digest}.lock")
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        while not _begun(lock):
            if give_up():
                yield False
                return
            time.sleep(PACE)
        yield True


def _begun(lock: sqlite3.Connection) -> bool:
    try:
        lock.execute("begin exclusive")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            return False
        raise
    return True
