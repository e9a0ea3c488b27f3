"""Run one job of a project: `python -m datasette_panoptic.jobs PROJECT.db JOB_ID`. The worker starts this process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store import jobs
from datasette_panoptic.store.connection import checkpoint, connect, transaction

from .notices import unembedded
from .table import run_table

if TYPE_CHECKING:
    from datasette_panoptic.domain.corpus import Progress

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


def run_import(conn: sqlite3.Connection, params: dict[str, Any], monitor: Monitor) -> dict[str, object]:
    """Import folders; return the report."""
    from datasette_panoptic.ingest.pipeline import ImportOptions, import_folders

    options = ImportOptions(
        recurse=params["recurse"], store_originals=params["store_originals"], source=params.get("source")
    )
    folders = [Path(folder) for folder in params["folders"]]
    report = import_folders(conn, folders, options=options, progress=monitor.progress, cancelled=monitor.cancelled)
    return {**report.as_dict(), "notices": unembedded(conn)}


Run = Callable[[sqlite3.Connection, dict[str, Any], Monitor], dict[str, object]]


def later(module: str, name: str) -> Run:
    """Import what runs a kind of job when one is to be run: an import waits for no machine learning."""
    return lambda conn, params, monitor: getattr(import_module(f".{module}", __package__), name)(conn, params, monitor)


KINDS: dict[str, Run] = {
    "import": run_import,
    "table": run_table,
    "action": later("action", "run_action"),
    "cluster": later("cluster", "run_cluster"),
    "duplicates": later("duplicates", "run_duplicates"),
    "embed": later("embed", "run_embed"),
}


def main(path: str, job_id: int) -> int:
    """Run a job and close its row. A job that was told to stop leaves its row open, for the server to say why."""
    # The same connection serves the import and the row: one writer, so they never wait for each other.
    conn = connect(path)
    job = jobs.get(conn, job_id)
    monitor = Monitor(conn, job_id, names_places="source" not in job.params)
    signal.signal(signal.SIGTERM, monitor.stop)
    signal.signal(signal.SIGINT, monitor.stop)
    try:
        report = KINDS[job.kind](conn, job.params, monitor)
    except PanopticError as error:
        with transaction(conn):
            jobs.finish(conn, job_id, "failed", message=str(error))
        return 1
    if not monitor.is_told_to_stop:
        with transaction(conn):
            jobs.finish(conn, job_id, "cancelled" if monitor.is_cancelled else "done", report=report)
    checkpoint(conn)
    conn.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
