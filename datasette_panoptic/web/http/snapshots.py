"""Snapshots: whatever one answer reads, in however many reads, is the project at one moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import StaleView
from datasette_panoptic.store.guard import release
from datasette_panoptic.store.place import Identity, identity

T = TypeVar("T")

#: Connections that wait for the next answer; more are opened while more answers are being written.
KEPT_CONNECTIONS = 8


class Readers:
    """Connections for reading one database, opened and prepared as Datasette's own, each lent to one answer at a time.

    Datasette's own connections belong to its threads, and an answer that is written in several steps may be read by
    several threads.
    """

    def __init__(self, database: Any, file: Identity | None) -> None:
        self.database = database
        self.file = file
        self._is_closed = False
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def begin(self) -> sqlite3.Connection:
        """Return a connection in a transaction, which begins to see the project at its first read."""
        with self._lock:
            conn = self._idle.pop() if self._idle else None
        conn = conn or self._open()
        conn.execute("begin")
        return conn

    def end(self, conn: sqlite3.Connection, *, failed: bool) -> None:
        """Take a connection back.

        One on which something failed is closed: statements that were left in the middle would keep it in its snapshot
        beyond the end of the transaction.
        """
        if not failed:
            with suppress(sqlite3.Error):
                conn.rollback()
                with self._lock:
                    if len(self._idle) < KEPT_CONNECTIONS and not self._is_closed:
                        self._idle.append(conn)
                        return
        self._close(conn)

    def close(self) -> None:
        """Close the connections that nobody uses now, and each of the others when it comes back."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for conn in idle:
            self._close(conn)

    def _open(self) -> sqlite3.Connection:
        conn: sqlite3.Connection = self.database.connect()
        if self.file and identity(self.database.path) != self.file:
            self._close(conn)
            raise StaleView(f"another file has taken the place of `{self.database.name}`; read the page again")
        self.database.ds._prepare_connection(conn, self.database.name)
        release(conn)  # no visitor's SQL is run on it
        return conn

    def _close(self, conn: sqlite3.Connection) -> None:
        conn.close()
        with suppress(ValueError):  # Datasette has forgotten it where it has closed the database
            self.database._all_connections.remove(conn)


class Snapshot:
    """The project as it is at the first of some reads, for all of them."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._conn: sqlite3.Connection | None = None
        self._failed = False
        self._lock = threading.Lock()

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function on the snapshot's connection, in one of Datasette's threads."""
        executor = self._readers.database.ds.executor
        if executor is None:  # Datasette was told to use no threads
            return self._run(function)
        return await asyncio.get_running_loop().run_in_executor(executor, self._run, function)

    def _run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            if self._conn is None:
                self._conn = self._readers.begin()
            try:
                return function(self._conn)
            except BaseException:
                self._failed = True
                raise

    def close(self) -> None:
        """Give the connection back; a read after that sees the project as it is then.

        Where a read still runs, for somebody who no longer waits for it, a thread waits for it to finish.
        """
        if self._lock.acquire(blocking=False):
            self._lock.release()
            self._give_back()
        else:
            self._readers.database.ds.executor.submit(self._give_back)

    def _give_back(self) -> None:
        with self._lock:
            conn, failed, self._conn, self._failed = self._conn, self._failed, None, False
        if conn is not None:
            self._readers.end(conn, failed=failed)
