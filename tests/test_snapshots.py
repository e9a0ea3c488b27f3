"""What one answer reads is the project at one moment, whoever writes meanwhile."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest
from click.testing import CliRunner
from datasette.utils.sqlite import sqlite3

from datasette_panoptic import plugin
from datasette_panoptic.cli import panoptic
from datasette_panoptic.domain.query import Query, Sort
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.ingest.images import pipeline
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.store import connection
from datasette_panoptic.store.vector_cache import VectorCache
from datasette_panoptic.web.http.server import server_of
from datasette_panoptic.web.http.snapshots import KEPT_CONNECTIONS, Readers, Snapshot
from datasette_panoptic.web.routes import ROUTES
from tests import busy
from tests.access_matrix import MATRIX
from tests.bench import reads
from tests.corpus import paint
from tests.serving import OWNER, serving, sha1_of

#: Addresses that read more of this project than those of the access matrix do.
RICHER = {
    "": "?topic=cat&_group=author&_facets=topic,score,width&_sort=score",
    r"\.json": ".json?_similar=image:1&_sort_desc=similarity&similarity__gte=-1",
    "/view": "/view?_group=topic&_sort=author",
    r"/groups\.json": "/groups.json?_group=topic&_group=author",
    "/thumbs": "/thumbs?ids=1,2,3",
    r"/folders\.json": "/folders.json?author__contains=person",
    r"/count\.json": "/count.json?score__gte=2",
    r"/facets\.json": "/facets.json?_facets=format,topic,author,score",
    r"/chart\.svg": "/chart.svg?_field=score",
    "/export": "/export?_sort=score",
    r"/properties/(?P<property_id>\d{1,18})\.json": "/properties/1.json",
    r"/tags\.json": "/tags.json?property=1",
    r"/tags/(?P<id>\d{1,18})": "/tags/1",
    r"/tags/(?P<id>\d{1,18})\.json": "/tags/1.json",
    r"/recommend\.json": "/recommend.json?property=topic&value=cat",
    r"/similar\.json": "/similar.json?image=1&query=score__gte%3D0",
    r"/similar-counts\.json": "/similar-counts.json?_similar=image:1",
    "/split": "/split?_left=topic%3Dcat&_right=author__contains%3Dperson",
}
COMMANDS = {
    "cells": ["query", "topic=cat&_group=author&_sort_desc=score"],
    "ids": ["query", "_sort=author&_sort=score", "--ids"],
    "json": ["query", "_group=topic", "--json"],
    "similar": ["similar", "--image", "1", "--query", "score__gte=0", "--json"],
    "recommend": ["recommend", "--tag", "topic=cat", "--json"],
    "copies": ["duplicates", "--exact", "--query", "topic=cat", "--json"],
    "tags": ["tag", "list", "topic"],
    "history": ["history", "--property", "topic", "--json"],
}


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Two projects with the same rows, and a writer who disturbs whoever reads `busy_one.db`."""
    busy.sample(tmp_path / "calm_one.db")
    with closing(connection.connect(tmp_path / "calm_one.db")) as conn:
        connection.checkpoint(conn)
    shutil.copy(tmp_path / "calm_one.db", tmp_path / "busy_one.db")
    writer = busy.Writer(tmp_path / "busy_one.db")
    prepare = connection.prepare

    def disturbing(conn: sqlite3.Connection, vectors: Callable[[], VectorCache] | None = None) -> None:
        prepare(conn, vectors)
        if conn.execute("pragma database_list").fetchone()[2].endswith("busy_one.db"):
            writer.disturb(conn)

    for module in (connection, plugin):
        monkeypatch.setattr(module, "prepare", disturbing)
    other = busy.connect_anywhere(tmp_path / "calm_one.db")
    yield tmp_path, writer, other
    writer.conn.close()
    other.close()


def keep_up(writer: busy.Writer, other: sqlite3.Connection, *, and_more: int = 1) -> None:
    """Bring both projects to the same rows again, of a version that nobody has read."""
    for _ in range(writer.writes + and_more):
        busy.write(other)
    for _ in range(and_more):
        busy.write(writer.conn)


@pytest.mark.asyncio
async def test_answers_do_not_notice_who_writes_meanwhile(made):
    """Each route answers as if nobody had written, while somebody commits before every statement but the first."""
    place, writer, other = made
    disturbed, differing = 0, {}
    async with serving(place / "calm_one.db", place / "busy_one.db") as datasette:
        for route in (route for route in ROUTES if route.method == "GET"):
            path = RICHER.get(route.path) or MATRIX[route.path][0]
            path = path.format(sha1=sha1_of(other, 1))
            keep_up(writer, other)
            with writer.writing():
                noisy = await datasette.client.get(f"/busy_one/-/panoptic{path}", actor=OWNER)
            quiet = await datasette.client.get(f"/calm_one/-/panoptic{path}", actor=OWNER)
            disturbed += bool(writer.writes)
            answers = [
                (answer.status_code, answer.content.replace(name, b"project"))
                for answer, name in ((noisy, b"busy_one"), (quiet, b"calm_one"))
            ]
            if answers[0] != answers[1] or noisy.status_code == 500:
                differing[path] = answers
    assert not differing
    assert disturbed > 40


@pytest.mark.asyncio
async def test_grids_of_datasettes_own_pages_do_not_notice_who_writes_meanwhile(made):
    place, writer, other = made
    async with serving(place / "calm_one.db", place / "busy_one.db") as datasette:
        for path in ("/images.panoptic", "/instances.panoptic?_size=3", ""):
            keep_up(writer, other)
            await datasette.client.get(f"/busy_one{path}")  # Datasette's own reads are not ours: let it do them before
            with writer.writing():
                noisy = await datasette.client.get(f"/busy_one{path}", actor=OWNER)
            assert noisy.status_code == 200, path


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_do_not_notice_who_writes_meanwhile(made, command):
    place, writer, _ = made
    (name, *arguments) = COMMANDS[command]
    with_file = [name, arguments[0], str(place / "{}.db"), *arguments[1:]] if name == "tag" else None
    with_file = with_file or [name, str(place / "{}.db"), *arguments]
    with writer.writing():
        noisy = CliRunner().invoke(panoptic, [part.format("busy_one") for part in with_file])
    quiet = CliRunner().invoke(panoptic, [part.format("calm_one") for part in with_file])
    assert quiet.exit_code == 0, quiet.output
    assert noisy.output == quiet.output
    assert writer.writes


def test_an_exported_table_is_of_one_moment(made):
    place, writer, _ = made
    with writer.writing():
        noisy = CliRunner().invoke(panoptic, ["export", str(place / "busy_one.db"), str(place / "busy_one.csv")])
    quiet = CliRunner().invoke(panoptic, ["export", str(place / "calm_one.db"), str(place / "calm_one.csv")])
    assert (noisy.exit_code, quiet.exit_code) == (0, 0), noisy.output + quiet.output
    assert (place / "busy_one.csv").read_bytes() == (place / "calm_one.csv").read_bytes()
    assert (place / "busy_one.properties.json").read_bytes() == (place / "calm_one.properties.json").read_bytes()
    assert writer.writes


@pytest.mark.asyncio
async def test_reading_ahead_is_of_one_moment(made):
    place, writer, _ = made
    async with serving(place / "busy_one.db") as datasette:
        server = server_of(datasette)
        with writer.writing():
            await server.warm(datasette)
        assert writer.writes
        response = await datasette.client.get("/busy_one/-/panoptic.json")
    (instances,) = writer.conn.execute("select count(*) from instances").fetchone()
    assert response.json()["count"] == instances


@pytest.fixture
def readers(project):
    busy.sample(project.path.with_name("shared.db"))
    opened = []

    class Database:
        """As much of Datasette's as readers use."""

        name = "shared"
        ds = None
        _all_connections = opened

        def connect(self):
            uri = f"file:{project.path.with_name('shared.db')}?mode=ro"
            opened.append(sqlite3.connect(uri, uri=True, check_same_thread=False))
            return opened[-1]

    class Datasette:
        executor = None

        def _prepare_connection(self, conn, name):
            connection.prepare(conn)

    database = Database()
    database.ds = Datasette()
    yield Readers(database, None)
    for conn in opened:
        conn.close()


def count(conn: sqlite3.Connection) -> int:
    return int(conn.execute("select count(*) from instances").fetchone()[0])


@pytest.fixture
def other(readers, project):
    conn = busy.connect_anywhere(project.path.with_name("shared.db"))
    yield conn
    conn.close()


@pytest.mark.asyncio
async def test_a_snapshot_lasts_until_it_is_closed(readers, other):
    with closing(Snapshot(readers)) as snapshot:
        before = await snapshot.read(count)
        busy.write(other)
        assert await snapshot.read(count) == before
        snapshot.close()
        assert await snapshot.read(count) == before + 1


def fail(conn: sqlite3.Connection) -> None:
    rows = conn.execute("select * from instances")
    next(rows)
    raise BadQuery("half read")


def interrupt(conn: sqlite3.Connection) -> None:
    conn.set_progress_handler(lambda: 1, 1)
    try:
        conn.execute("select count(*) from instances, instances, images").fetchone()
    finally:
        conn.set_progress_handler(None, 1)


@pytest.mark.asyncio
@pytest.mark.parametrize(("act", "error"), [(fail, BadQuery), (interrupt, sqlite3.OperationalError)])
async def test_what_fails_leaves_the_next_reader_the_present(readers, other, act, error):
    """Also while the error, and with it a statement in the middle of its rows, is still held by somebody."""
    kept = []
    for _ in range(3):
        snapshot = Snapshot(readers)
        with pytest.raises(error) as raised:
            await snapshot.read(act)
        snapshot.close()
        kept.append(raised.value)
        busy.write(other)
        with closing(Snapshot(readers)) as snapshot:
            assert await snapshot.read(count) == count(other)
            assert await snapshot.read(lambda conn: conn.in_transaction)
    assert len(readers.database._all_connections) <= 2


@pytest.mark.asyncio
async def test_connections_are_lent_again_and_a_crowd_of_them_is_not_kept(readers):
    crowd = [Snapshot(readers) for _ in range(KEPT_CONNECTIONS + 5)]
    for snapshot in crowd:
        await snapshot.read(count)
    assert len(readers.database._all_connections) == len(crowd)
    for snapshot in crowd:
        snapshot.close()
    assert len(readers.database._all_connections) == KEPT_CONNECTIONS
    for _ in range(3):
        with closing(Snapshot(readers)) as snapshot:
            await snapshot.read(count)
    assert len(readers.database._all_connections) == KEPT_CONNECTIONS
    assert not any(conn.in_transaction for conn in readers.database._all_connections)


@pytest.mark.asyncio
async def test_closing_waits_elsewhere_for_a_read_that_still_runs(readers):
    begun, may_end = threading.Event(), threading.Event()

    def slow(conn):
        begun.set()
        may_end.wait(10)
        return count(conn)

    with ThreadPoolExecutor(2) as executor:
        readers.database.ds.executor = executor
        snapshot = Snapshot(readers)
        running = executor.submit(snapshot._run, slow)
        assert begun.wait(10)
        snapshot.close()  # returns at once
        assert not running.done()
        may_end.set()
        assert running.result(10)
    assert not any(conn.in_transaction for conn in readers.database._all_connections)


def test_versions_read_at_once_do_not_mix(readers, other):
    """Readers of three versions take turns; each gets what a reader with caches of its own would get."""
    orders = Orders()
    queries = [
        Query(sorts=(Sort("author"),)),
        Query(sorts=(Sort("score", descending=True),), mode="images"),
        Query(sorts=(Sort("name"),)),
    ]
    conns = []
    for _ in range(3):
        conns.append(readers.begin())
        count(conns[-1])
        busy.write(other)
    random = np.random.default_rng(5)
    for turn in range(60):
        conn, query = conns[random.integers(3)], queries[random.integers(3)]
        version, order = orders.order(conn, query)
        assert (version, order.ids.tolist()) == (
            Orders().order(conn, query)[0],
            Orders().order(conn, query)[1].ids.tolist(),
        ), turn
        assert orders.totals(conn, query) == Orders().totals(conn, query)
    for conn in conns:
        readers.end(conn, failed=False)


def test_matrices_of_two_versions_do_not_mix(readers, other):
    cache = VectorCache()
    old = readers.begin()
    before = cache.matrix(old, 1)
    other.execute("delete from _panoptic_embeddings where image_id = 1")
    other.execute("insert into _panoptic_embeddings (space_id, image_id, vector) values (1, 1, zeroblob(32))")
    other.execute("update _panoptic_space_states set version = version + 1")
    new = readers.begin()
    after = cache.matrix(new, 1)
    for _ in range(2):
        assert np.array_equal(cache.matrix(old, 1).vectors, before.vectors)
        assert np.array_equal(cache.matrix(new, 1).vectors, after.vectors)
    assert not np.array_equal(before.vectors, after.vectors)
    for conn in (old, new):
        readers.end(conn, failed=False)


@pytest.mark.asyncio
async def test_views_are_answered_while_an_import_runs(project, tmp_path, monkeypatch):
    """The short one of `python -m tests.bench.reads`."""
    monkeypatch.setattr(pipeline, "COMMIT_EVENTS", 3)
    paint(tmp_path / "pictures", 120, (40, 30))

    def run() -> None:
        with closing(connection.connect(project.path)) as conn:
            pipeline.import_folders(conn, [tmp_path / "pictures"], start=ThreadPoolExecutor)

    importing = threading.Thread(target=run)
    async with serving(project.path) as datasette:
        importing.start()
        answers = await reads.ask(datasette, "/project/-/panoptic", importing.is_alive)
    importing.join()
    assert set(answers.statuses) == {200}
    assert answers.versions > 1
    assert project.conn.execute("select count(*) from images").fetchone() == (120,)
