"""Run one job of a project: `python -m datasette_panoptic.jobs PROJECT.db JOB_ID SERVER`.

The worker starts this process, and names its own.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store import jobs
from datasette_panoptic.store.connection import checkpoint, connect, transaction

from .monitor import Monitor, end_with
from .notices import unembedded
from .table import run_table


def run_import(conn: sqlite3.Connection, params: dict[str, Any], monitor: Monitor) -> dict[str, object]:
    """Import folders; return the report."""
    from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders

    exclude = params.get("exclude")
    options = ImportOptions(
        recurse=params["recurse"],
        store_originals=params["store_originals"],
        exclude=None if exclude is None else tuple(exclude),
        include_hidden=params.get("include_hidden"),
        source=params.get("source"),
    )
    folders = [Path(folder) for folder in params["folders"]]
    report = import_folders(
        conn,
        folders,
        options=options,
        actor=params["actor"],
        progress=monitor.progress,
        cancelled=monitor.cancelled,
    )
    return {**report.as_dict(), "notices": unembedded(conn)}


RunJob = Callable[[sqlite3.Connection, dict[str, Any], Monitor], dict[str, object]]


def later(module: str, name: str) -> RunJob:
    """Import what runs a kind of job when one is to be run: an import waits for no machine learning."""
    return lambda conn, params, monitor: getattr(import_module(f".{module}", __package__), name)(conn, params, monitor)


KINDS: dict[str, RunJob] = {
    "import": run_import,
    "table": run_table,
    "action": later("action", "run_action"),
    "cluster": later("cluster", "run_cluster"),
    "duplicates": later("duplicates", "run_duplicates"),
    "embed": later("embed", "run_embed"),
}


def main(path: str, job_id: int, server: int) -> int:
    """Run a job and close its row. A job that was told to stop leaves its row open, for the server to say why."""
    end_with(server)
    # The same connection serves the import and the row: one writer, so they never wait for each other.
    conn = connect(path)
    job = jobs.get(conn, job_id)
    monitor = Monitor(conn, job_id, server, names_places="source" not in job.params)
    signal.signal(signal.SIGTERM, monitor.stop)
    signal.signal(signal.SIGINT, monitor.stop)
    try:
        report = KINDS[job.kind](conn, {"actor": job.actor, **job.params}, monitor)
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
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
