"""What is remembered of a project's vectors belongs to that project, and to the file that it is."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from urllib.parse import urlencode

import numpy as np
import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.similar import Example
from datasette_panoptic.store import matrices
from datasette_panoptic.store.connection import checkpoint, connect, snapshot
from datasette_panoptic.store.place import path_of
from datasette_panoptic.store.vector_cache import VectorCache
from datasette_panoptic.web.http.server import server_of
from tests.rows import Instance, Picture, fill
from tests.serving import OWNER, serving
from tests.vectors import cosines, embed

IMAGES = 9
BASE = "/project/-/panoptic"


def vectors(seed: int):
    return np.random.default_rng(seed).normal(size=(IMAGES, 5))


def made(path, seed: int):
    """Make a project whose versions are those of all others that this makes, and whose vectors are its own."""
    conn = connect(path, create=True)
    fill(conn, [], [Picture()] * IMAGES, [Instance(n) for n in range(IMAGES)])
    embed(conn, vectors(seed))
    checkpoint(conn)
    conn.close()
    return path


@pytest.fixture
def opened(tmp_path):
    conns = [connect(made(tmp_path / f"{seed}.db", seed)) for seed in (1, 2)]
    yield conns
    for conn in conns:
        conn.close()


def test_projects_that_share_memory_share_nothing_else(opened):
    shared = matrices.Matrices()
    caches = [VectorCache(shared), VectorCache(shared)]
    for _ in range(2):
        for seed, (conn, cache) in enumerate(zip(opened, caches, strict=True), 1):
            unit = vectors(seed) / np.linalg.norm(vectors(seed), axis=1, keepdims=True)
            assert np.allclose(cache.matrix(conn, 1).vectors, unit, atol=1e-6)
    assert caches[0].matrix(opened[0], 1) is caches[0].matrix(opened[0], 1)
    caches[0].remember(1, Example("text", "boat"), b"1234")
    assert (caches[0].vector(1, Example("text", "boat")), caches[1].vector(1, Example("text", "boat"))) == (
        b"1234",
        None,
    )
    caches[0].clear()
    assert (len(shared._kept), caches[0].vector(1, Example("text", "boat"))) == (1, None)


def test_one_that_is_read_keeps_nobody_else_waiting(opened, monkeypatch):
    """While the vectors of one project are read: another project, another space, and an older version are at hand."""
    shared = matrices.Matrices()
    slow, other = VectorCache(shared), VectorCache(shared)
    embed(opened[0], vectors(3), embedder="second")
    first = slow.matrix(opened[0], 1)
    begun, may_end, read = threading.Event(), threading.Event(), matrices.read
    results, path = [], path_of(opened[0])

    def held(conn, now, kept):
        if threading.current_thread() is thread:
            begun.set()
            assert may_end.wait(20)
        return read(conn, now, kept)

    def work() -> None:
        with closing(connect(path)) as conn:
            conn.execute("update _panoptic_space_states set version = version + 1 where space_id = 1")
            results.append(slow.matrix(conn, 1))

    monkeypatch.setattr(matrices, "read", held)
    thread = threading.Thread(target=work)
    with snapshot(opened[0]):
        opened[0].execute("select count(*) from images").fetchone()
        thread.start()
        try:
            assert begun.wait(20)
            assert other.matrix(opened[1], 1) is not None
            assert slow.matrix(opened[0], 2) is not None
            assert slow.matrix(opened[0], 1) is first
            assert not results
        finally:
            may_end.set()
            thread.join()
    assert results[0].space.version == first.space.version + 1
    assert slow.matrix(opened[0], 1) is results[0]


@pytest.mark.asyncio
async def test_sql_of_datasettes_own_connections_uses_the_cache_of_its_project(tmp_path):
    made(tmp_path / "project.db", 1)
    made(tmp_path / "other.db", 2)
    async with serving(tmp_path / "project.db", tmp_path / "other.db") as datasette:
        for seed, name in ((1, "project"), (2, "other")):
            scored = (await datasette.client.get(f"/{name}/-/query.json?{SQL}", actor=OWNER)).json()["rows"]
            assert [row["score"] for row in scored] == cosines(vectors(seed), vectors(seed)[2])
        server = server_of(datasette)
        owners = {owner for owner, _ in server.matrices._kept}
        assert owners == {server.known("project").vectors, server.known("other").vectors}
        await datasette.client.get("/project/-/panoptic.json?_similar=image:3&similarity__gte=0")
        assert len(server.matrices._kept) == 2
    assert not server.matrices._kept


SQL = urlencode({"sql": "select panoptic_similarity(id, 'image:3', 1) as score from images order by id"})


@pytest.mark.asyncio
async def test_another_file_in_the_place_of_a_project_is_another_project(tmp_path):
    """Same path, same versions, other vectors: nothing that was remembered of the first is told of the second."""
    path, spare = made(tmp_path / "project.db", 1), made(tmp_path / "spare.db", 2)
    spare_conn = connect(spare)
    spare_conn.execute("delete from instances where id = 9")
    checkpoint(spare_conn)
    spare_conn.close()
    async with serving(path) as datasette:

        async def scores():
            response = await datasette.client.get(f"{BASE}/similar.json?image=3")
            return {row["image_id"]: row["similarity"] for row in response.json()["rows"]}

        async def count():
            return (await datasette.client.get(f"{BASE}/count.json")).json()["instances"]

        def expected(seed: int, *, without: int = 0):
            told = dict(enumerate(cosines(vectors(seed), vectors(seed)[2]), 1))
            return {image: score for image, score in told.items() if image not in (3, without)}

        first = server_of(datasette).known("project")
        assert (await scores(), await count()) == (expected(1), 9)
        await datasette.client.get(f"/project/-/query.json?{SQL}")
        os.replace(spare, path)
        assert (await scores(), await count()) == (expected(2, without=9), 8)
        # Datasette still has connections to the first file; what they find goes into no cache of the second.
        await datasette.client.get(f"/project/-/query.json?{SQL}", actor=OWNER)
        assert (await scores(), await count()) == (expected(2, without=9), 8)
        second = server_of(datasette).known("project")
        assert second is not first
        assert {owner for owner, _ in server_of(datasette).matrices._kept if owner is first.vectors} == set()

        refused = await datasette.client.post(
            f"{BASE}/annotate", json={"query": "", "sayings": [{"act": "erase", "name": "x"}]}, actor=OWNER
        )
        assert refused.status_code == 403
        assert "another file has taken its place" in refused.json()["error"]
        page = await datasette.client.get(BASE, actor=OWNER)
        assert "another file has taken its place" in page.text
        sqlite3.connect(tmp_path / "empty.db").execute("create table t (a)").connection.close()
        os.replace(tmp_path / "empty.db", path)
        assert (await datasette.client.get(f"{BASE}/count.json")).status_code == 404


@pytest.mark.asyncio
async def test_a_file_that_is_moved_away_and_back_is_the_same_project(tmp_path):
    path = made(tmp_path / "project.db", 1)
    async with serving(path) as datasette:
        first = await server_of(datasette).project("project")
        os.rename(path, tmp_path / "away.db")
        assert await server_of(datasette).project("project") is first
        os.rename(tmp_path / "away.db", path)
        assert await server_of(datasette).project("project") is first
        assert first.is_writable
