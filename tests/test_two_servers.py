"""Two servers on one file: neither takes the other's jobs for dead, and each sees what the other writes."""

from __future__ import annotations

import os
from contextlib import closing

import pytest

from datasette_panoptic.jobs import scratch
from datasette_panoptic.jobs.scratch import Scratch, sweep, taken_on
from datasette_panoptic.store import jobs, properties
from datasette_panoptic.store.connection import connect
from datasette_panoptic.web.http.server import server_of
from tests.corpus import paint
from tests.serving import EDITOR, GRANTS, IMPORTER, OWNER, fill_sample, serving

BASE = "/project/-/panoptic"


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Give the test a temporary directory of its own, in which no other servers leave anything."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


async def get(datasette, path: str):
    response = await datasette.client.get(f"{BASE}{path}", actor=OWNER)
    assert response.status_code == 200, response.text
    return response.json()


async def post(datasette, path: str, actor=EDITOR, **body: object):
    response = await datasette.client.post(f"{BASE}{path}", json=body, actor=actor)
    assert response.status_code < 400, response.text
    return response.json()


def note(text: str) -> dict[str, object]:
    return {"query": "", "sayings": [{"act": "set", "name": "Note", "text": text}]}


@pytest.mark.asyncio
async def test_each_sees_at_once_what_the_other_writes(project):
    fill_sample(project.conn)
    properties.create(project.conn, "Note", "text", "instance")
    config = {"permissions": GRANTS}
    async with serving(project.path, config=config) as one, serving(project.path, config=config) as other:

        async def seen() -> list[tuple[int, int, int]]:
            return [
                tuple([(await get(each, f"/count.json?Note={text}"))["instances"] for text in ("a", "b", "c")])
                for each in (one, other)
            ]

        assert await seen() == [(0, 0, 0)] * 2  # both have the views in their caches now
        await post(one, "/annotate", **note("a"))
        assert await seen() == [(5, 0, 0)] * 2
        await post(other, "/annotate", **note("b"))
        assert await seen() == [(0, 5, 0)] * 2
        await post(one, "/undo")  # the person's last change, in whichever server it was made
        assert await seen() == [(5, 0, 0)] * 2
        await post(other, "/undo")
        assert await seen() == [(0, 0, 0)] * 2
        await post(one, "/properties", name="Made", type="tag", scope="image")
        await post(other, "/annotate", query="", sayings=[{"act": "add", "name": "Made", "text": "x"}])
        assert [(await get(each, "/count.json?Made=x"))["images"] for each in (one, other)] == [3, 3]
        versions = [(await get(each, "/version.json"))["version"] for each in (one, other)]
        assert versions[0] == versions[1]
        histories = [await get(each, "/history.json") for each in (one, other)]
        assert [entry["id"] for entry in histories[0]["entries"]] == [entry["id"] for entry in histories[1]["entries"]]


@pytest.mark.asyncio
async def test_a_job_of_another_server_is_left_to_it_and_seen(project, tmp_path):
    folder = tmp_path / "root"
    paint(folder, 40, (800, 600))
    config = {"permissions": GRANTS, "plugins": {"datasette-panoptic": {"import_roots": [str(folder)]}}}
    async with serving(project.path, tasks=True, config=config) as one:
        for _ in range(2):  # one runs, and one waits
            await post(one, "/import", IMPORTER, root=0, folder="")
        async with serving(project.path, tasks=True, config=config) as other:
            states = {job["state"] for job in (await get(other, "/jobs.json"))["jobs"]}
            assert states <= {"waiting", "running", "done"}, "the second server took them for dead"
            await server_of(one).worker.idle()
            assert {job["state"] for job in (await get(other, "/jobs.json"))["jobs"]} == {"done"}
            assert (await get(other, "/count.json"))["images"] == 40
            await post(other, "/import", IMPORTER, root=0, folder="")
            await server_of(other).worker.idle()
    with closing(connect(project.path)) as conn:
        assert [job.state for job in jobs.latest(conn)] == ["done"] * 3


@pytest.mark.asyncio
async def test_a_job_of_another_server_can_be_cancelled(project):
    async with serving(project.path, config={"permissions": GRANTS}) as one:  # it runs no jobs: this one waits
        job_id = jobs.create(project.conn, "import", {"folders": [], "recurse": True, "store_originals": False}, None)
        server_of(one).scratch.take_on(project.path, job_id)
        async with serving(project.path, config={"permissions": GRANTS}) as other:
            assert jobs.get(project.conn, job_id).state == "waiting"
            await post(other, f"/jobs/{job_id}/cancel", IMPORTER)
        assert jobs.get(project.conn, job_id).state == "cancelled"


@pytest.mark.asyncio
async def test_jobs_of_a_dead_server_are_closed_though_another_lives(project, temporary):
    dead, alive = (
        jobs.create(project.conn, "import", {"folders": [], "recurse": True, "store_originals": False}, None)
        for _ in range(2)
    )
    kept = Scratch()
    kept.take_on(project.path, alive)
    left = temporary / f"{scratch.PREFIX}dead"
    left.mkdir()
    (left / scratch.LOCK).touch()
    mark = next(kept._begun().glob(f"*.{alive}"))
    (left / mark.with_suffix(f".{dead}").name).touch()
    async with serving(project.path):
        assert [jobs.get(project.conn, each).state for each in (dead, alive)] == ["failed", "waiting"]
    assert not left.exists()
    kept.close()


def test_a_directory_is_told_by_its_lock(temporary, tmp_path):
    one, other = Scratch(), Scratch()
    one.take_on(tmp_path / "a.db", 1)
    one.take_on(tmp_path / "a.db", 20)
    other.take_on(tmp_path / "b.db", 3)
    (tmp_path / "link.db").symlink_to(tmp_path / "a.db")
    assert taken_on(tmp_path / "a.db") == taken_on(tmp_path / "link.db") == {1, 20}
    assert taken_on(tmp_path / "b.db") == {3}
    one.drop(tmp_path / "a.db", 1)
    files = one.folder("upload-")
    (files / "a.jpg").touch()
    sweep()
    assert (files / "a.jpg").exists()
    assert taken_on(tmp_path / "a.db") == {20}
    one._lock.close()  # as when its process is killed
    sweep()
    assert not files.exists()
    assert (taken_on(tmp_path / "a.db"), taken_on(tmp_path / "b.db")) == (set(), {3})
    other.close()
    assert list(temporary.iterdir()) == []


def test_what_is_none_of_a_server_s_is_left_alone(temporary, tmp_path):
    (tmp_path / "precious").mkdir()
    (temporary / f"{scratch.PREFIX}link").symlink_to(tmp_path / "precious")
    (temporary / f"{scratch.PREFIX}file").touch()
    (temporary / "panoptic-else").mkdir()
    young, old = temporary / f"{scratch.PREFIX}young", temporary / f"{scratch.PREFIX}old"
    young.mkdir()  # its server is about to lock it
    old.mkdir()
    os.utime(old, (0, 0))
    sweep()
    assert (tmp_path / "precious").exists()
    assert sorted(path.name for path in temporary.iterdir()) == sorted(
        ["panoptic-else", f"{scratch.PREFIX}file", f"{scratch.PREFIX}link", young.name]
    )


@pytest.mark.asyncio
async def test_a_server_that_stops_leaves_nothing_temporary(project, temporary):
    async with serving(project.path, config={"permissions": GRANTS}) as datasette:
        await datasette.client.post(f"{BASE}/upload", files=[("files", ("a.jpg", b"x"))], actor=IMPORTER)
        await datasette.client.post(f"{BASE}/import-table", files={"file": ("t.csv", b"name\n")}, actor=EDITOR)
        assert len(list(temporary.rglob("*.jpg"))) == 1
    assert list(temporary.iterdir()) == []
