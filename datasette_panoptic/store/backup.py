"""A consistent copy of a project while people work in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import ProjectError

from .connection import snapshot

#: Pages copied between two reports: 16 MB of 4 kB pages.
STEP = 4096


def backup(
    conn: sqlite3.Connection, out: Path, progress: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Copy the whole project to `out`, as it was at one moment; writers need not wait.

    The copy is written beside its place and put there at the end, so `out` is a whole project or absent. `progress` is
    told the pages copied and the pages in all. Raises ProjectError where `out` exists, or where the copy is damaged.
    """
    if out.exists():
        raise ProjectError(f"`{out}` already exists; name a new file")
    partial = out.with_name(f"{out.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        # While the source reads in a transaction of its own, commits of others do not make the copy start again.
        with closing(sqlite3.connect(partial, isolation_level=None)) as target, snapshot(conn):
            conn.execute("select count(*) from sqlite_master").fetchone()  # the snapshot begins with the first read
            conn.backup(
                target, pages=STEP, progress=lambda status, remaining, total: progress(total - remaining, total)
            )
            target.execute("pragma journal_mode = delete")  # one file, without a log beside it
            faults = [row[0] for row in target.execute("pragma quick_check")]
        if faults != ["ok"]:
            raise ProjectError(
                f"the project is damaged, and so is the copy: {faults[0]}; `datasette panoptic check` says more"
            )
        with open(partial, "rb+") as copied:
            os.fsync(copied.fileno())
        os.replace(partial, out)
    finally:
        for path in (partial, *(partial.with_name(partial.name + end) for end in ("-wal", "-shm", "-journal"))):
            path.unlink(missing_ok=True)
