"""What a job tells while it runs, and how it learns that it is to stop."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import nullcontext
from time import monotonic, sleep

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.store import jobs
from datasette_panoptic.store.connection import transaction

#: Seconds between two looks at the job's row.
PACE = 0.5
#: Seconds that a job has to end in good order after its server was killed.
GRACE = 4.0


class Monitor:
    """Writes a job's progress into its row, and knows when to stop: cancelled, told to, or left by the server."""

    def __init__(self, conn: sqlite3.Connection, job_id: int, server: int, *, names_places: bool = True) -> None:
        self.conn = conn
        self.job_id = job_id
        self.names_places = names_places  # uploads lie in a directory that means nothing to anybody
        self.is_cancelled = False
        self._is_told = False
        self._server = server
        self._written = self._looked = 0.0

    @property
    def is_told_to_stop(self) -> bool:
        """The server ends, or has already ended and left this process to another parent."""
        return self._is_told or is_left_alone(self._server)

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


def is_left_alone(server: int) -> bool:
    """Tell whether the server that started this process is no more."""
    return os.name != "nt" and os.getppid() != server  # in an environment of Windows a launcher stands between them


def end_with(server: int) -> None:
    """See to it that this process and those that it started end soon after the server, even while a plugin hangs."""

    def follow() -> None:
        while not is_left_alone(server):
            sleep(PACE)
        sleep(GRACE)
        if hasattr(os, "killpg"):
            os.killpg(0, signal.SIGKILL)  # the server gave it a group of its own
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
