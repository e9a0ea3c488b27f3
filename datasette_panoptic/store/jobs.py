"""The jobs table: long work with its progress. Each function writes in a transaction of the caller's.

waiting → running → done | failed
   ↓         ↓
cancelled ← cancelling
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import NotThere

COLUMNS = "id, kind, params, state, done, total, report, message, actor, created_at, started_at, finished_at"

STOPPED = "the server stopped while this ran"
#: What to do about a job that did not end by itself, by its kind.
AGAIN = {
    "import": "import again, what is stored is skipped",
    "table": "import it again, nothing was written",
    "embed": "compute again, what is stored is skipped",
}
ELSE = "run it again, nothing was written"

#: States in which a job still has something to do.
OPEN_STATES = ("waiting", "running", "cancelling")


@dataclass(frozen=True)
class Job:
    id: int
    kind: str
    params: dict[str, Any]
    state: str
    done: int
    total: int | None
    report: dict[str, Any] | None
    message: str | None
    actor: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


def create(conn: sqlite3.Connection, kind: str, params: Mapping[str, object], actor: str | None) -> int:
    """Add a job that waits, and return its id."""
    cursor = conn.execute(
        "insert into _panoptic_jobs (kind, params, state, actor, created_at) values (?, ?, 'waiting', ?, ?)",
        [kind, json.dumps(params), actor, now()],
    )
    return int(cursor.lastrowid)


def get(conn: sqlite3.Connection, job_id: int) -> Job:
    """Return a job. Raises NotThere."""
    row = conn.execute(f"select {COLUMNS} from _panoptic_jobs where id = ?", [job_id]).fetchone()
    if row is None:
        raise NotThere(f"no job `{job_id}` in this project")
    return _job(row)


def latest(conn: sqlite3.Connection, limit: int = 50) -> list[Job]:
    """Return jobs, newest first."""
    rows = conn.execute(f"select {COLUMNS} from _panoptic_jobs order by id desc limit ?", [limit])
    return [_job(row) for row in rows]


def start(conn: sqlite3.Connection, job_id: int) -> bool:
    """Mark a waiting job as running; False where somebody cancelled it in the meantime."""
    cursor = conn.execute(
        "update _panoptic_jobs set state = 'running', started_at = ? where id = ? and state = 'waiting'",
        [now(), job_id],
    )
    return bool(cursor.rowcount == 1)


def progress(conn: sqlite3.Connection, job_id: int, done: int, total: int | None, message: str | None) -> None:
    """Record how far a running job is."""
    conn.execute(
        """update _panoptic_jobs set done = ?, total = ?, message = ?
           where id = ? and state in ('running', 'cancelling')""",
        [done, total, message, job_id],
    )


def cancel(conn: sqlite3.Connection, job_id: int) -> Job:
    """Ask a job to stop: one that waits is cancelled at once, one that runs notices. Returns the job as it is then."""
    conn.execute(
        """update _panoptic_jobs set
              finished_at = case state when 'waiting' then ? end,
              state = case state when 'waiting' then 'cancelled' else 'cancelling' end
            where id = ? and state in ('waiting', 'running')""",
        [now(), job_id],
    )
    return get(conn, job_id)


def is_cancelled(conn: sqlite3.Connection, job_id: int) -> bool:
    """Tell whether a running job has been asked to stop."""
    return get(conn, job_id).state == "cancelling"


def add_error(conn: sqlite3.Connection, job_id: int, subject: str, message: str) -> None:
    """Record what went wrong inside a job that goes on."""
    conn.execute(
        "insert into _panoptic_job_errors (job_id, subject, message) values (?, ?, ?)", [job_id, subject, message]
    )


def finish(
    conn: sqlite3.Connection,
    job_id: int,
    state: str,
    *,
    report: Mapping[str, object] | None = None,
    message: str | None = None,
) -> None:
    """Close a job as done, failed or cancelled."""
    conn.execute(
        "update _panoptic_jobs set state = ?, report = ?, message = ?, finished_at = ? where id = ?",
        [state, None if report is None else json.dumps(report), message, now(), job_id],
    )


def close_open(
    conn: sqlite3.Connection,
    why: str,
    job_id: int | None = None,
    *,
    state: str = "failed",
    running: Container[int] = (),
) -> int:
    """Close jobs that are still open, one or all but the `running`, because what ran them is gone; return how many.

    Each says why, and what to do about a job of its kind.
    """
    marks = ", ".join("?" * len(OPEN_STATES))
    rows = conn.execute(
        f"select id, kind from _panoptic_jobs where state in ({marks}) and id = coalesce(?, id)",
        [*OPEN_STATES, job_id],
    ).fetchall()
    open_jobs = [row for row in rows if row[0] not in running]
    for open_id, kind in open_jobs:
        conn.execute(
            "update _panoptic_jobs set state = ?, message = ?, finished_at = ? where id = ?",
            [state, f"{why}; {AGAIN.get(kind, ELSE)}", now(), open_id],
        )
    return len(open_jobs)


def _job(row: tuple[Any, ...]) -> Job:
    job_id, kind, params, state, done, total, report, *rest = row
    return Job(job_id, kind, json.loads(params), state, done, total, json.loads(report) if report else None, *rest)
