"""Tell what may be done to a project file: whether it is a project at all, and whether it takes a write."""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from datasette.utils.sqlite import sqlite3

from . import jobs
from .connection import configure
from .schema import is_newer, is_project, migrate

#: Why a project cannot be written: the server was told so, newer code made it, the file system refuses, or another file
#: has taken its place since the server opened it.
Obstacle = Literal["immutable", "newer", "file", "replaced"]

PROBE = "update _panoptic_settings set value = value where key = 'corpus_version'"


def prepare(conn: sqlite3.Connection, running: Container[int] = ()) -> Obstacle | None:
    """Make a project ready to be written by a server, or say why it cannot be.

    Its open jobs are closed, but for those that are `running` all the same, or will be, in a server on the same file.
    The proof is a real write, rolled back: `begin immediate` alone succeeds on a read-only file. A file that another
    process is writing at this moment counts as writable.
    """
    if is_newer(conn):
        return "newer"
    try:
        conn.execute("begin immediate")
        try:
            conn.execute(PROBE)
        finally:
            conn.execute("rollback")
        migrate(conn)
        conn.execute("pragma journal_mode = wal").fetchone()
        configure(conn)
        with conn:
            jobs.close_open(conn, jobs.STOPPED, running=running)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            configure(conn)
            return None
        return "file"
    return None


def recognise(conn: sqlite3.Connection) -> bool:
    """Tell whether a database is a project; one that cannot be read is none of ours."""
    try:
        return is_project(conn)
    except sqlite3.DatabaseError:
        return False
