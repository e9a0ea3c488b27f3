"""Which file a project is: where it lies, and what tells it from another file that takes its place."""

from __future__ import annotations

import os
from pathlib import Path

from datasette.utils.sqlite import sqlite3

#: A file's device and number there: another file under the same name has others.
Identity = tuple[int, int]


def path_of(conn: sqlite3.Connection) -> str:
    """Return the path that a connection was opened at; empty for a project in memory."""
    return str(conn.execute("select file from pragma_database_list where name = 'main'").fetchone()[0] or "")


def identity(path: Path | str) -> Identity | None:
    """Return which file lies at a path; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
