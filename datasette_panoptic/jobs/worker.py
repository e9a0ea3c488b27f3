"""Runs jobs one after another, each in a process of its own, so that a job can neither block nor take down the server.

Only what this server itself was asked to run is run: a project file that came from elsewhere with waiting jobs in it
starts nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from datasette_panoptic.store import jobs
from datasette_panoptic.store.connection import checkpoint
from datasette_panoptic.store.guard import privileged

from .scratch import Scratch

#: Seconds that a job has to end after the server told it to, and after somebody cancelled it.
GRACE, PATIENCE = 4.0, 10.0
#: Seconds between two looks at whether a running job is cancelled.
PACE = 1.0
#: Seconds without progress after which a job is taken to hang, so that those behind it get their turn. Only of kinds
#: whose progress is what they read: a clusterer may think for a day.
SILENCE = {"action": 7200.0, "embed": 7200.0}
#: Of what a job's process said before it failed, this many characters are kept.
LONGEST_MESSAGE = 600

KILLED = f"it was cancelled, did not stop within {PATIENCE:.0f} seconds and was ended"
SILENT = f"it showed no progress for {SILENCE['action'] / 3600:.0f} hours and was ended"


@dataclass(frozen=True)
class QueuedJob:
    """A job to run, and a directory to remove after it."""

    database: Any
    job_id: int
    spool: Path | None = None


class Worker:
    """The queue and the job that runs."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._orders: asyncio.Queue[QueuedJob] = asyncio.Queue()
        self._process: Process | None = None
        self._is_stopping = False

    def put(self, order: QueuedJob) -> None:
        """Run a job after those before it."""
        self._scratch.take_on(order.database.path, order.job_id)
        self._orders.put_nowait(order)

    async def run(self, datasette: Any) -> None:
        """Run jobs until cancelled: the background task."""
        while True:
            order = await self._orders.get()
            try:
                await self._run(order)
            finally:
                if order.spool is not None:
                    await asyncio.to_thread(shutil.rmtree, order.spool, ignore_errors=True)
                self._scratch.drop(order.database.path, order.job_id)
                self._orders.task_done()

    async def idle(self) -> None:
        """Wait until every job that was put has ended."""
        await self._orders.join()

    async def _run(self, order: QueuedJob) -> None:
        database, job_id = order.database, order.job_id
        if self._is_stopping or not await database.execute_write_fn(privileged(lambda conn: jobs.start(conn, job_id))):
            return
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "datasette_panoptic.jobs", str(database.path), str(job_id), str(os.getpid()),
            stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE,
            start_new_session=True,  # Ctrl-C is for the server, which then ends the job in good order
        )  # fmt: skip
        watching = asyncio.create_task(self._end_stuck(order, self._process))
        try:
            _, said = await self._process.communicate()
        except asyncio.CancelledError:
            await self._end()
            raise
        finally:
            process, self._process = self._process, None
            watching.cancel()
        state, why = "failed", jobs.STOPPED if self._is_stopping else _last_words(process.returncode, said)
        if watching.done() and not watching.cancelled() and watching.exception() is None:
            state, why = watching.result()
        await database.execute_write_fn(privileged(lambda conn: jobs.close_open(conn, why, job_id, state=state)))
        await database.execute_write_fn(checkpoint, transaction=False)

    async def _end_stuck(self, order: QueuedJob, process: Process) -> tuple[str, str]:
        """End a process that goes on when nobody waits for its job, or shows no progress: it may hang in a plugin.

        Return the state that the job is left in where it is still open, and why.
        """
        shown, since = None, monotonic()
        while True:
            job = await order.database.execute_fn(privileged(lambda conn: jobs.get(conn, order.job_id)))
            if job.state == "cancelling" or not job.is_open:  # closed: a thread may be left that does not end
                await asyncio.sleep(PATIENCE)
                _kill(process)
                return "cancelled", KILLED
            if (job.done, job.total, job.message) != shown:
                shown, since = (job.done, job.total, job.message), monotonic()
            elif monotonic() - since > SILENCE.get(job.kind, math.inf):
                _kill(process)
                return "failed", SILENT
            await asyncio.sleep(PACE)

    async def stop(self) -> None:
        """Let the running job end, start no other, and remove what waits to be imported."""
        self._is_stopping = True
        await self._end()
        # What waits is taken out first: nobody may be left to drain the queue, and only the running job is waited for.
        while not self._orders.empty():
            order = self._orders.get_nowait()
            if order.spool is not None:
                shutil.rmtree(order.spool, ignore_errors=True)
            self._scratch.drop(order.database.path, order.job_id)
            self._orders.task_done()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._orders.join(), GRACE)

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            _kill(process)
            await process.wait()


def _kill(process: Process) -> None:
    """End a process with those that it started; one that has ended in the meantime is left alone."""
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:  # Windows
            process.kill()


def _last_words(returncode: int | None, said: bytes) -> str:
    """Say why a process ended that left its job open."""
    lines = said.decode(errors="replace").strip().splitlines()
    ending = f"its process ended early (exit code {returncode})"
    return f"{ending}: {lines[-1][:LONGEST_MESSAGE]}" if lines else ending
