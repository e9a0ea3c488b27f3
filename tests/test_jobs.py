"""Jobs: the table, the process, and an import from the page from end to end."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import NotThere
from datasette_panoptic.jobs import worker as workers
from datasette_panoptic.jobs.monitor import Monitor
from datasette_panoptic.jobs.scratch import Scratch
from datasette_panoptic.jobs.worker import QueuedJob, Worker
from datasette_panoptic.store import jobs
from datasette_panoptic.web.http.server import server_of
from tests.corpus import paint
from tests.serving import GRANTS, IMPORTER, serving

BASE = "/project/-/panoptic"


def make(conn: sqlite3.Connection, **params: object) -> int:
    return jobs.create(conn, "import", {"recurse": True, "store_originals": False, **params}, "somebody")


def state(conn: sqlite3.Connection, job_id: int) -> str:
    return jobs.get(conn, job_id).state


def test_a_job_s_life(project):
    conn = project.conn
    job_id = make(conn, folders=["/x"])
    assert state(conn, job_id) == "waiting"
    assert jobs.start(conn, job_id)
    assert not jobs.start(conn, job_id)
    jobs.progress(conn, job_id, 3, 10, "x")
    job = jobs.get(conn, job_id)
    assert (job.done, job.total, job.message, job.started_at is not None, job.finished_at) == (3, 10, "x", True, None)
    jobs.finish(conn, job_id, "done", report={"added": 3})
    job = jobs.get(conn, job_id)
    assert (job.state, job.report, job.is_open, job.message) == ("done", {"added": 3}, False, None)
    assert job.finished_at is not None


def test_cancelling(project):
    conn = project.conn
    waiting, running, done = make(conn), make(conn), make(conn)
    jobs.start(conn, running)
    jobs.finish(conn, done, "done")
    assert [jobs.cancel(conn, job_id).state for job_id in (waiting, running, done)] == [
        "cancelled",
        "cancelling",
        "done",
    ]
    assert not jobs.start(conn, waiting)
    assert jobs.is_cancelled(conn, running)
    with pytest.raises(NotThere):
        jobs.cancel(conn, 99)


def test_progress_after_the_end_changes_nothing(project):
    job_id = make(project.conn)
    jobs.finish(project.conn, job_id, "failed", message="why")
    jobs.progress(project.conn, job_id, 9, 9, "late")
    assert (jobs.get(project.conn, job_id).done, jobs.get(project.conn, job_id).message) == (0, "why")


def test_latest_first(project):
    made = [make(project.conn) for _ in range(3)]
    assert [job.id for job in jobs.latest(project.conn, 2)] == made[:0:-1]


async def until(condition, seconds: float = 60.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.05)


async def job_of(datasette, job_id: int) -> dict:
    return (await datasette.client.get(f"{BASE}/jobs/{job_id}.json", actor=IMPORTER)).json()


@pytest.mark.asyncio
async def test_an_import_from_the_page(project, tmp_path):
    paint(tmp_path / "root" / "summer", 6)
    (tmp_path / "root" / "summer" / "broken.jpg").write_bytes(b"not an image")
    config = {"permissions": GRANTS, "plugins": {"datasette-panoptic": {"import_roots": [str(tmp_path / "root")]}}}
    async with serving(project.path, tasks=True, config=config) as datasette:

        async def grid():
            return (await datasette.client.get(f"{BASE}.json")).json()

        assert (await grid())["count"] == 0
        for expected in ({"added": 6, "unchanged": 0}, {"added": 0, "unchanged": 6}):
            answer = await datasette.client.post(f"{BASE}/import", json={"root": 0, "folder": "summer"}, actor=IMPORTER)
            await server_of(datasette).worker.idle()
            job = await job_of(datasette, answer.json()["job"]["id"])
            assert (job["state"], job["share"], job["is_open"]) == ("done", 100, False), job
            assert expected.items() <= job["report"].items()
            assert (await grid())["count"] == 6
        assert "1 rejected" in (await datasette.client.get(f"{BASE}/jobs", actor=IMPORTER)).text
        assert "broken.jpg" in (await datasette.client.get(f"{BASE}/rejects", actor=IMPORTER)).text
        card = (await grid())["cards"][0]
        assert (await datasette.client.get(card["thumb_url"])).content[:3] == b"\xff\xd8\xff"


@pytest.mark.asyncio
async def test_an_upload_becomes_images_with_their_originals(project, tmp_path):
    file = paint(tmp_path, 1)[0]
    async with serving(project.path, tasks=True, config={"permissions": GRANTS}) as datasette:
        for name in ("one.jpg", "two.jpg"):
            answer = await datasette.client.post(
                f"{BASE}/upload", files=[("files", (name, file.read_bytes()))], data={"start": "1"}, actor=IMPORTER
            )
            assert answer.status_code == 202
        await server_of(datasette).worker.idle()
        job = await job_of(datasette, 1)
        assert (job["state"], job["message"]) == ("done", None), job
        page = (await datasette.client.get(f"{BASE}.json")).json()
        original = await datasette.client.get(f"{BASE}/original/1", actor={"id": "edith"})
    params = json.loads(project.conn.execute("select params from _panoptic_jobs where id = 1").fetchone()[0])
    assert not Path(params["folders"][0]).exists()
    assert [card["name"] for card in page["cards"]] == ["one.jpg", "two.jpg"]
    assert page["folders"][0]["name"] == "Uploads"
    assert page["folders"][0]["missing"] == 0
    assert original.content == file.read_bytes()


@pytest.mark.asyncio
async def test_a_running_import_can_be_cancelled_and_says_how_far_it_is(project, tmp_path):
    """Enough work that it cannot be over before it is cancelled; what was read until then stays."""
    folder = tmp_path / "root"
    data = [path.read_bytes() for path in paint(folder, 20, (1600, 1200))]
    for n in range(20, 1500):
        (folder / f"{n:05}.jpg").write_bytes(data[n % 20] + b"%d" % n)
    config = {"permissions": GRANTS, "plugins": {"datasette-panoptic": {"import_roots": [str(folder)]}}}
    async with serving(project.path, tasks=True, config=config) as datasette:
        await datasette.client.post(f"{BASE}/import", json={"root": 0, "folder": ""}, actor=IMPORTER)

        async def is_under_way():
            return (await job_of(datasette, 1))["done"] > 0

        await until(is_under_way)
        job = await job_of(datasette, 1)
        assert job["state"] == "running"
        assert job["total"] == 1500
        answer = (await datasette.client.post(f"{BASE}/jobs/1/cancel", actor=IMPORTER)).json()
        assert answer["job"]["state"] == "cancelling"
        await server_of(datasette).worker.idle()
        job = await job_of(datasette, 1)
        assert job["state"] == "cancelled"
        count = (await datasette.client.get(f"{BASE}.json")).json()["count"]
        assert 0 < count < 1500
        assert job["report"]["added"] == count


@pytest.mark.asyncio
async def test_a_job_that_cannot_be_done_says_why(project, tmp_path):
    async with serving(project.path, tasks=True) as datasette:
        job_id = make(project.conn, folders=[str(tmp_path / "absent")])
        worker = server_of(datasette).worker
        worker.put(QueuedJob(datasette.get_database("project"), job_id))
        await worker.idle()
    job = jobs.get(project.conn, job_id)
    assert job.state == "failed"
    assert "absent" in job.message


@pytest.mark.asyncio
async def test_a_process_that_dies_leaves_a_failed_job_and_no_spool(project, tmp_path, monkeypatch):
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(workers.sys, "executable", str(script(tmp_path, "import sys; sys.exit('the disk is on fire')")))
    async with serving(project.path, tasks=True) as datasette:
        job_id = make(project.conn)
        worker = server_of(datasette).worker
        worker.put(QueuedJob(datasette.get_database("project"), job_id, spool))
        await worker.idle()
    job = jobs.get(project.conn, job_id)
    assert job.state == "failed"
    assert "exit code 1" in job.message
    assert "the disk is on fire" in job.message
    assert not spool.exists()


def script(folder: Path, code: str) -> Path:
    """An executable that ignores its arguments and runs some Python."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\n{code}\n")
    path.chmod(0o700)
    return path


STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: None)
open(sys.argv[0] + ".started", "w").close()
time.sleep(600)
"""


@pytest.mark.asyncio
async def test_shutdown_ends_a_process_that_does_not_listen(project, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "GRACE", 0.3)
    executable = script(tmp_path, STUBBORN)
    monkeypatch.setattr(workers.sys, "executable", str(executable))
    async with serving(project.path, tasks=True) as datasette:
        job_id, waiting = make(project.conn), make(project.conn)
        worker = server_of(datasette).worker
        for put in (job_id, waiting):
            worker.put(QueuedJob(datasette.get_database("project"), put))

        async def has_started():
            return worker._process is not None and Path(f"{executable}.started").exists()

        await until(has_started)
        process = worker._process
    assert process.returncode is not None
    job = jobs.get(project.conn, job_id)
    assert (job.state, job.message) == ("failed", f"{jobs.STOPPED}; import again, what is stored is skipped")


@pytest.mark.asyncio
async def test_what_a_dead_server_left_open_is_closed_at_the_next_start_and_not_run(project, tmp_path):
    running, waiting, done = (make(project.conn, folders=[str(tmp_path)]) for _ in range(3))
    jobs.start(project.conn, running)
    jobs.finish(project.conn, done, "done")
    async with serving(project.path, tasks=True) as datasette:
        await server_of(datasette).worker.idle()
    assert [state(project.conn, job_id) for job_id in (running, waiting, done)] == ["failed", "failed", "done"]
    assert "import again" in jobs.get(project.conn, running).message


@pytest.mark.asyncio
async def test_a_job_cancelled_while_it_waits_is_not_run(project):
    async with serving(project.path) as datasette:
        job_id = make(project.conn)
        worker = Worker(Scratch())
        worker.put(QueuedJob(datasette.get_database("project"), job_id))
        jobs.cancel(project.conn, job_id)
        task = asyncio.create_task(worker.run(datasette))
        await worker.idle()
        task.cancel()
    assert state(project.conn, job_id) == "cancelled"


@pytest.mark.asyncio
async def test_a_worker_that_runs_nothing_stops_at_once_and_clears_what_waits(project, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "GRACE", 3600)
    async with serving(project.path) as datasette:
        worker = Worker(Scratch())
        spool = tmp_path / "spool"
        spool.mkdir()
        worker.put(QueuedJob(datasette.get_database("project"), make(project.conn), spool))
        await asyncio.wait_for(worker.stop(), 60)  # it would wait for an hour
    assert not spool.exists()


class Now:
    def __init__(self, done: int) -> None:
        self.done, self.total, self.message = done, 10, "folder"


def test_the_monitor_writes_now_and_then_and_within_the_import_s_transaction(project, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("datasette_panoptic.jobs.monitor.monotonic", lambda: now[0])
    job_id = make(project.conn)
    jobs.start(project.conn, job_id)
    monitor = Monitor(project.conn, job_id, os.getppid())
    monitor.progress(Now(1))
    monitor.progress(Now(2))
    assert jobs.get(project.conn, job_id).done == 1
    now[0] += 1
    project.conn.execute("begin immediate")
    monitor.progress(Now(3))
    assert project.conn.in_transaction
    project.conn.execute("commit")
    assert jobs.get(project.conn, job_id).done == 3
    assert not monitor.cancelled()
    jobs.cancel(project.conn, job_id)
    assert not monitor.cancelled()  # it looked a moment ago
    now[0] += 1
    assert monitor.cancelled()


def test_the_monitor_stops_when_told_or_left_alone(project, monkeypatch):
    monitor = Monitor(project.conn, make(project.conn), os.getppid())
    assert not monitor.is_told_to_stop
    monitor.stop()
    assert monitor.is_told_to_stop
    monitor = Monitor(project.conn, make(project.conn), os.getppid())
    another = os.getppid() + 1
    monkeypatch.setattr("datasette_panoptic.jobs.monitor.os.getppid", lambda: another)
    assert monitor.cancelled()
