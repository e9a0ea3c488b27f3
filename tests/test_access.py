"""Who may do what, on every route."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager

import pytest
from datasette.database import Database
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store.schema import SCHEMA_VERSION
from datasette_panoptic.web.http import access
from datasette_panoptic.web.http.access import Verdicts, is_loopback
from datasette_panoptic.web.http.server import server_of
from datasette_panoptic.web.routes import ROUTES
from tests.access_matrix import ACTORS, MATRIX
from tests.serving import EDITOR, GRANTS, OWNER, fill_sample, serving, sha1_of

BASE = "/project/-/panoptic"


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    project.conn.execute("insert into _panoptic_originals values (1, 'image/jpeg', x'ffd8ff')")
    project.conn.execute(
        "insert into _panoptic_jobs (kind, params, state, created_at) values ('import', '{}', 'waiting', '2026-01-01')"
    )
    return project


def address(sample, path: str) -> str:
    return BASE + path.format(sha1=sha1_of(sample.conn, 1))


def line(route) -> tuple[str, dict[str, int]]:
    """Return the line of a route; of two that share an address, the one that writes is named with its method."""
    return MATRIX.get(f"{route.method} {route.path}") or MATRIX[route.path]


def test_every_route_has_a_line():
    assert [route.path for route in ROUTES] == [key.removeprefix("POST ") for key in MATRIX]


@pytest.mark.asyncio
async def test_matrix(sample):
    found, expected = {}, {}
    pages = set()
    async with serving(sample.path, config={"permissions": GRANTS}) as datasette:
        for route in ROUTES:
            path, statuses = line(route)
            for who, status in statuses.items():
                response = await datasette.client.request(route.method, address(sample, path), actor=ACTORS[who])
                found[route.method, route.path, who] = response.status_code
                expected[route.method, route.path, who] = status
                if response.status_code == 200 and is_page(response):
                    pages.add((route.method, route.path))
    assert found == expected
    assert pages | UNSEEN_PAGES == {(route.method, route.path) for route in ROUTES if route.answers == "page"}


#: Pages of what the sample has none of, and an address that leads to a page.
UNSEEN_PAGES = {
    ("GET", r"/import-table/jobs/(?P<job_id>\d{1,18})"),
    ("GET", r"/import-table/(?P<table>[\w-]{22})"),
    ("GET", r"/tags/(?P<id>\d{1,18})"),
    ("GET", r"/views/(?P<id>\d{1,18})"),
}


def is_page(response) -> bool:
    return response.headers.get("content-type", "").startswith("text/html")


@pytest.mark.asyncio
async def test_who_may_not_view_gets_nothing(sample):
    config = {"databases": {"project": {"allow": {"id": "somebody"}}}, "permissions": GRANTS}
    sha1 = sha1_of(sample.conn, 1)
    got = []
    async with serving(sample.path, config=config) as datasette:
        for route in ROUTES:
            for who in ("anonymous", "editor", "importer"):
                path = address(sample, line(route)[0])
                response = await datasette.client.request(route.method, path, actor=ACTORS[who])
                refused = response.status_code == 403 and sha1 not in response.text
                if not refused or is_page(response) != (route.answers == "page"):
                    got.append((who, route.method, route.path, response.status_code))
    assert got == []


@pytest.mark.asyncio
async def test_the_wrong_method_is_refused(sample):
    answered, expected = {}, {}
    async with serving(sample.path) as datasette:
        for route in ROUTES:
            taken = [other.method for other in ROUTES if other.path == route.path]
            allowed = ", ".join("GET, HEAD" if each == "GET" else each for each in taken)
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(taken):
                path, headers = address(sample, line(route)[0]), {"accept": "application/json"}
                response = await datasette.client.request(method, path, actor=OWNER, headers=headers)
                answered[method, route.path] = (response.status_code, response.headers.get("allow"))
                expected[method, route.path] = (405, allowed)
    assert answered == expected


WRITING = [route for route in ROUTES if route.method != "GET" and not route.reads]


@asynccontextmanager
async def immutable(sample):
    async with serving(sample.path, immutable=True) as datasette:
        yield datasette


@asynccontextmanager
async def guarded(sample):
    """As where the system forbids to write: Datasette thinks that it may, SQLite knows better."""
    async with serving() as datasette:
        datasette.add_database(Database(datasette, path=str(sample.path), mode="ro"), name="project")
        yield datasette


@asynccontextmanager
async def newer(sample):
    sample.conn.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    async with serving(sample.path) as datasette:
        yield datasette


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("serve", "obstacle", "reason"),
    [
        (immutable, "immutable", "immutable"),
        (guarded, "file", "cannot write to its file"),
        (newer, "newer", "newer datasette-panoptic"),
    ],
)
async def test_what_cannot_be_written_refuses_every_write_and_says_why(sample, serve, obstacle, reason):
    async with serve(sample) as datasette:
        project = await server_of(datasette).project("project")
        assert project.obstacle == obstacle
        for route in WRITING:
            response = await datasette.client.post(BASE + line(route)[0], actor=OWNER)
            assert response.status_code == 403
            assert reason in response.json()["error"]
        page = await datasette.client.get(BASE, actor=OWNER)
        assert page.status_code == 200
        assert reason in page.text
        assert '<form class="upload"' not in page.text


@pytest.mark.asyncio
async def test_a_writable_project_is_made_ready(sample):
    sample.conn.execute("pragma journal_mode = delete")
    async with serving(sample.path) as datasette:
        database = datasette.get_database("project")

        def pragmas(conn):
            return [
                conn.execute(f"pragma {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
            ]

        assert await database.execute_write_fn(pragmas, transaction=False) == ["wal", 1, 1]


@pytest.mark.asyncio
async def test_shutdown_makes_the_project_one_file(sample):
    sample.conn.close()
    async with serving(sample.path) as datasette:
        await datasette.get_database("project").execute_write("create table somebodys_own (x)")
        assert os.path.getsize(f"{sample.path}-wal") > 0
    wal = f"{sample.path}-wal"
    assert not os.path.exists(wal) or os.path.getsize(wal) == 0


class Counting:
    """Stands in for a Datasette, and counts how often it is asked."""

    def __init__(self, *, verdict: bool, inside: bool = False) -> None:
        self.verdict = verdict
        self.inside = inside
        self.asked = 0

    def in_client(self):
        return self.inside

    async def allowed(self, *, action, resource, actor):
        self.asked += 1
        return self.verdict


@pytest.mark.asyncio
async def test_a_verdict_is_remembered_for_each_actor_and_database_and_not_for_long(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(access, "monotonic", lambda: now[0])
    verdicts, datasette = Verdicts(), Counting(verdict=True)
    for _ in range(3):
        assert await verdicts.may_view(datasette, None, "a")
    assert datasette.asked == 1
    datasette.verdict = False
    assert not await verdicts.may_view(datasette, {"id": "x"}, "a")
    assert not await verdicts.may_view(datasette, None, "b")
    assert await verdicts.may_view(datasette, None, "a")
    now[0] += access.MEMORY
    assert not await verdicts.may_view(datasette, None, "a")


@pytest.mark.asyncio
async def test_a_call_from_inside_leaves_no_verdict():
    verdicts = Verdicts()
    assert await verdicts.may_view(Counting(verdict=True, inside=True), None, "a")
    assert not await verdicts.may_view(Counting(verdict=False), None, "a")


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["", ".json", "/view", "/thumbs?ids=1", "/history.json", "/export?", "/sql"])
async def test_a_permission_that_is_taken_away_ends_at_once(sample, monkeypatch, path):
    async with serving(sample.path, config={"permissions": GRANTS}) as datasette:
        monkeypatch.setattr(datasette, "in_client", lambda: False)  # as requests from outside are

        async def status(address: str) -> int:
            return (await datasette.client.get(address, actor=EDITOR)).status_code

        thumb = address(sample, "/thumb/{sha1}-grid")
        assert [await status(BASE + path), await status(thumb)] == [200, 200]
        datasette.config["databases"] = {"project": {"allow": {"id": "somebody else"}}}
        assert [await status(BASE + path), await status(thumb)] == [403, 200]
        monkeypatch.setattr(access, "monotonic", lambda: float("inf"))
        assert await status(thumb) == 403


class Asking:
    def __init__(self, client, host):
        self.scope = {"client": client}
        self.host = host


@pytest.mark.parametrize(
    ("client", "host", "verdict"),
    [
        (("127.0.0.1", 1), "127.0.0.1:8001", True),
        (("127.0.0.1", 1), "localhost", True),
        (("::1", 1), "[::1]:8001", True),
        (("127.0.0.1", 1), "images.example.org", False),
        (("10.0.0.7", 1), "localhost:8001", False),
        (None, "localhost", False),
    ],
)
def test_only_a_visitor_at_this_machine_is_at_a_loopback_address(client, host, verdict):
    assert is_loopback(Asking(client, host)) is verdict


@pytest.mark.asyncio
async def test_the_hint_is_for_visitors_at_this_machine_who_could_have_more(sample):
    async with serving(sample.path, config={"permissions": GRANTS}) as datasette:
        hint = "datasette panoptic open project.db"
        assert hint in (await datasette.client.get(BASE)).text
        assert hint not in (await datasette.client.get(BASE, headers={"host": "images.example.org"})).text
        assert hint not in (await datasette.client.get(BASE, actor=EDITOR)).text
    async with serving(sample.path, immutable=True) as datasette:
        assert hint not in (await datasette.client.get(BASE)).text


@pytest.mark.asyncio
async def test_a_database_that_is_no_project_is_left_alone(tmp_path):
    path = tmp_path / "plain.db"
    conn = sqlite3.connect(path)
    conn.execute("create table images (id integer primary key, sha1 text)")
    conn.execute("insert into images values (1, ?)", ["a" * 40])
    conn.commit()
    conn.close()
    before = path.read_bytes()
    async with serving(path) as datasette:
        response = await datasette.client.get("/plain/-/panoptic")
        assert response.status_code == 404
        assert "not a panoptic project" in response.text
        assert "/-/panoptic" not in (await datasette.client.get("/plain")).text
        assert "<img" not in (await datasette.client.get("/plain/images")).text
    assert path.read_bytes() == before


@pytest.mark.asyncio
@pytest.mark.parametrize("cors", [True, False])
async def test_other_sites_may_read_what_the_server_lets_them(sample, cors):
    async with serving(sample.path, cors=cors) as datasette:
        for path in (".json", "/view", "/folders.json", "/image/99.json"):
            response = await datasette.client.get(BASE + path)
            assert ("access-control-allow-origin" in response.headers) == cors
        assert "access-control-allow-origin" not in (await datasette.client.get(BASE)).headers
