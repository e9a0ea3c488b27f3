"""What a job tells while it runs, and how it learns that it is to stop."""

from __future__ import annotations

import os
from contextlib import nullcontext
from time import monotonic

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.store import jobs
from datasette_panoptic.store.connection import transaction

#: Seconds between two looks at the job's row.
PACE = 0.5


class Monitor:
    """Writes a job's progress into its row, and knows when to stop: cancelled, told to, or left by the server."""

    def __init__(self, conn: sqlite3.Connection, job_id: int, *, names_places: bool = True) -> None:
        self.conn = conn
        self.job_id = job_id
        self.names_places = names_places  # uploads lie in a directory that means nothing to anybody
        self.is_cancelled = False
        self._is_told = False
        self._parent = os.getppid()
        self._written = self._looked = 0.0

    @property
    def is_told_to_stop(self) -> bool:
        """The server ends, or has already ended and left this process to another parent."""
        return self._is_told or os.getppid() != self._parent

    def stop(self, *_: object) -> None:
        self._is_told = True

    def progress(self, now: Progress) -> None:
        if monotonic() - self._written < PACE:
            return
        self._written = monotonic()
        # Within a batch of the import, progress is committed with the batch that it reports.
        with nullcontext() if self.conn.in_transaction else transaction(self.conn):
            message = now.message if self.names_places else None
            jobs.progress(self.conn, self.job_id, now.done, now.total, message)

    def cancelled(self) -> bool:
        if monotonic() - self._looked >= PACE:
            self._looked = monotonic()
            self.is_cancelled = self.is_cancelled or jobs.is_cancelled(self.conn, self.job_id)
        return self.is_cancelled or self.is_told_to_stop
