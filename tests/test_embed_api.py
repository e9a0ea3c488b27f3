"""Embeddings over HTTP: who may start them, what the job does and says, and what is proposed after an import."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Annotated

import pytest
from pydantic import Field

from datasette_panoptic.jobs import worker as workers
from datasette_panoptic.jobs.notices import unembedded
from datasette_panoptic.store import jobs
from datasette_panoptic.web.http.server import server_of
from panoptic_ml.registry import Registry
from panoptic_ml.types import PLACE
from tests.corpus import paint
from tests.ml.trial import RED, Trial, install
from tests.pictured import add_picture, colors, fill_pictures
from tests.serving import OWNER, serving

BASE = "/project/-/panoptic"


@pytest.fixture(autouse=True)
def trial(monkeypatch, tmp_path):
    """Job processes find the embedder `trial`."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([install(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]))


async def start(datasette, **params):
    return await datasette.client.post(f"{BASE}/embed", json=params, actor=OWNER)


@pytest.mark.asyncio
async def test_a_space_is_proposed_made_listed_and_filled(project, tmp_path):
    paint(tmp_path / "root", 2)
    config = {"plugins": {"datasette-panoptic": {"import_roots": [str(tmp_path / "root")]}}}
    async with serving(project.path, tasks=True, config=config) as datasette:

        async def report(answer) -> dict:
            await server_of(datasette).worker.idle()
            assert answer.status_code == 202
            return jobs.get(project.conn, answer.json()["job"]["id"]).report

        imported = await report(
            await datasette.client.post(f"{BASE}/import", json={"root": 0, "folder": ""}, actor=OWNER)
        )
        assert [(notice["n"], notice["space"]) for notice in imported["notices"]] == [(2, None)]
        made = await report(await start(datasette, embedder="average-hash"))
        assert (made["embedded"], made["failed"], made["missing"]) == (2, 0, 0)
        add_picture(project.conn, (1, 2, 3))
        rows = (await datasette.client.get(f"{BASE}/spaces.json")).json()["rows"]
        assert [(row["id"], row["embedder"], row["images"], row["missing"]) for row in rows] == [
            (made["space"], "average-hash", 2, 1)
        ]
        assert unembedded(project.conn)[0]["n"] == 1
        assert (await report(await start(datasette, space=made["space"])))["embedded"] == 1
        assert unembedded(project.conn) == []


@pytest.mark.asyncio
async def test_what_cannot_be_is_refused_before_there_is_a_job(project):
    async with serving(project.path) as datasette:
        for params, status, said in (
            ({"embedder": "absent"}, 404, "no embedder `absent` is installed"),
            ({"embedder": "colors", "params": {"x": 1}}, 400, "no parameter `x`"),
            ({"embedder": "colors", "params": "{"}, 400, "`params` is no JSON"),
            ({"space": 7}, 404, "no image has a vector yet"),
            ({"space": 7, "embedder": "colors"}, 400, "name a `space` or an `embedder`"),
            ({"model": "x"}, 400, "unknown field `model`"),
        ):
            answer = await start(datasette, **params)
            assert answer.status_code == status
            assert said in answer.json()["error"]
    assert jobs.latest(project.conn) == []


def put(project, datasette, at_red: str) -> int:
    """Start a job on forty pictures of which the 37th is red."""
    shown = colors(40)
    shown[36] = RED
    fill_pictures(project.conn, shown)
    job_id = jobs.create(project.conn, "embed", {"embedder": "trial", "params": {"at_red": at_red}}, None)
    server_of(datasette).worker.put(workers.QueuedJob(datasette.get_database("project"), job_id))
    return job_id


def stored(project) -> int:
    return int(project.conn.execute("select count(*) from _panoptic_embeddings").fetchone()[0])


@pytest.mark.asyncio
async def test_images_that_fail_are_listed_with_the_job(project):
    async with serving(project.path, tasks=True) as datasette:
        job_id = put(project, datasette, "nan")
        await server_of(datasette).worker.idle()
    job = jobs.get(project.conn, job_id)
    assert (job.state, job.report["embedded"], job.report["failed"]) == ("done", 39, 1)
    rows = project.conn.execute("select job_id, subject, message from _panoptic_job_errors").fetchall()
    assert [row[:2] for row in rows] == [(job_id, "37")]
    assert "returned nan among the vectors" in rows[0][2]
    assert job.report["notices"] == [{"level": "warning", "text": f"image 37: {rows[0][2]}"}]


@pytest.mark.asyncio
async def test_a_plugin_that_takes_the_process_down_fails_the_job_and_nothing_else(project):
    async with serving(project.path, tasks=True) as datasette:
        job_id = put(project, datasette, "exit")
        await server_of(datasette).worker.idle()
        assert (await datasette.client.get(f"{BASE}.json")).json()["count"] == 40
    job = jobs.get(project.conn, job_id)
    assert job.state == "failed"
    assert "exit code 3" in job.message
    assert "compute again, what is stored is skipped" in job.message
    assert stored(project) in (0, 32)
    assert project.conn.execute("pragma integrity_check").fetchone()[0] == "ok"


@pytest.mark.asyncio
@pytest.mark.parametrize("pace", [0.05, 4.0])  # before the job has noticed itself, and when only its thread is left
async def test_a_plugin_that_hangs_is_ended_when_somebody_cancels(project, monkeypatch, pace):
    monkeypatch.setattr(workers, "PATIENCE", 0.2)
    monkeypatch.setattr(workers, "PACE", pace)
    async with serving(project.path, tasks=True) as datasette:
        job_id = put(project, datasette, "hang")
        end = time.monotonic() + 60
        while stored(project) < 32:
            assert time.monotonic() < end
            await asyncio.sleep(0.05)
        await datasette.client.post(f"{BASE}/jobs/{job_id}/cancel", actor=OWNER)
        await server_of(datasette).worker.idle()
    assert jobs.get(project.conn, job_id).state == "cancelled"
    assert stored(project) == 32


@pytest.mark.asyncio
async def test_no_request_names_a_file_of_the_server(project, monkeypatch):
    class Weighed(Trial):
        id = "weighed"

        def __init__(self, weights: Annotated[str, Field(json_schema_extra=PLACE)] = "tag-1") -> None:
            self.weights = weights

    found = Registry()
    found.add("embedder", Weighed, "tests")
    monkeypatch.setattr("panoptic_ml.registry.installed", lambda: found)
    async with serving(project.path) as datasette:
        for weights in ("/etc/passwd", "weights.pt", "../x", "local-dir:/tmp", "hf-hub:a/b/../c", ""):
            answer = await start(datasette, embedder="weighed", params={"weights": weights})
            assert (answer.status_code, "only on the command line" in answer.json()["error"]) == (400, True), weights
        for weights in ("tag-1", "hf-hub:org/model-1.5"):
            assert (await start(datasette, embedder="weighed", params={"weights": weights})).status_code == 202
