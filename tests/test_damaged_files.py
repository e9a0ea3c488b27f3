"""Damaged files: no traceback from a command or a page, and the files beside them are served."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.cli import panoptic
from datasette_panoptic.store.connection import connect

from .conftest import Project
from .flipped import flipped, small_project
from .serving import OWNER, fetch, fill_sample, running, serving

#: Files with flipped bits that are tried; more of them for an afternoon: `PANOPTIC_FLIPS=500`.
FLIPS = int(os.environ.get("PANOPTIC_FLIPS", "24"))

COMMANDS = [
    ["check"],
    ["query", "--count"],
    ["query", "_group=Topic&_sort=Likes&_search=a", "--json"],
    ["history"],
    ["publish-prep", "{out}"],
]
PAGES = [
    "", "?_group=Topic", ".json", "?_group=Author&_sort=Likes", "/image/3", "/view?_sort=name", "/folders.json",
    "/tags/1", "/groups.json?_group=Seen:year", "/facets.json?_facets=Topic,Author", "/properties", "/clusterings",
    "/views.json", "/similar.json?image=1", "/history", "/export", "/count.json?_search=boat", "/thumbs?ids=1,2",
    "?_group=cluster_7",
]  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    with closing(connect(tmp_path_factory.mktemp("small") / "p.db", create=True)) as conn:
        return small_project(conn)


@pytest.mark.parametrize("seed", range(FLIPS))
def test_no_command_ends_in_a_traceback(small: bytes, tmp_path: Path, seed: int) -> None:
    path = tmp_path / "flipped.db"
    path.write_bytes(flipped(small, seed))
    for name, *options in COMMANDS:
        arguments = [name, str(path), *(option.format(out=tmp_path / "out.db") for option in options)]
        found = CliRunner().invoke(panoptic, arguments)
        assert found.exception is None or isinstance(found.exception, SystemExit), (seed, name)


@pytest.mark.asyncio
@pytest.mark.parametrize("seed", [6, 11, *range(1000, 1000 + FLIPS // 4)])  # the first two: a damaged schema
async def test_no_page_ends_in_a_traceback(small: bytes, tmp_path: Path, seed: int) -> None:
    path = tmp_path / "flipped.db"
    path.write_bytes(flipped(small, seed))
    async with serving(path) as datasette:
        for page in PAGES:
            response = await datasette.client.get(f"/flipped/-/panoptic{page}", actor=OWNER)
            assert response.status_code != 500, (seed, page)
        assert (await datasette.client.get("/")).status_code == 200


def files_of(folder: Path) -> dict[str, str]:
    """Write damaged files; return what is said of each."""
    for name in ("good", "loops", "short"):
        with closing(connect(folder / f"{name}.db", create=True)) as conn:
            fill_sample(conn)
            conn.execute("pragma journal_mode = delete")
    with closing(sqlite3.connect(folder / "loops.db")) as conn:
        conn.execute("update folders set parent_id = 2 where id = 2")
        conn.commit()
    data = (folder / "short.db").read_bytes()
    (folder / "short.db").write_bytes(data[:100] + b"\xff" * 4000 + data[4100:])
    (folder / "text.db").write_text("no database at all, but a text that is long enough to be taken for one\n" * 20)
    return {"loops": "in a loop: 2", "short": "damaged", "text": "is no SQLite database"}


def test_damaged_files_leave_the_others_served(tmp_path: Path) -> None:
    said = files_of(tmp_path)
    with running(*(tmp_path / f"{name}.db" for name in ("text", "loops", "good", "short"))) as address:
        status, body = fetch(f"{address}/good/-/panoptic")
        assert (status, body.count(b'<a class="card"')) == (200, 5)
        home = fetch(f"{address}/")[1].decode()
        for name, words in said.items():
            assert words in home
            status, body = fetch(f"{address}/{name}/-/panoptic")
            assert status == 409
            assert words in body.decode()
            assert fetch(f"{address}/{name}")[0] == 200
        assert "is no SQLite database" in fetch(f"{address}/text/cannot_be_opened.json?_shape=array")[1].decode()


@pytest.mark.asyncio
async def test_a_notice_is_for_those_who_may_view_the_file(tmp_path: Path) -> None:
    files_of(tmp_path)
    config = {"databases": {"loops": {"allow": {"id": "root"}}}}
    async with serving(tmp_path / "good.db", tmp_path / "loops.db", config=config) as datasette:
        assert "loops is damaged" not in (await datasette.client.get("/")).text
        assert "loops is damaged" in (await datasette.client.get("/", actor=OWNER)).text
        assert (await datasette.client.get("/loops/-/panoptic")).status_code == 403


@pytest.mark.asyncio
async def test_a_file_that_was_mended_is_served_again(tmp_path: Path) -> None:
    files_of(tmp_path)
    async with serving(tmp_path / "loops.db") as datasette:
        assert (await datasette.client.get("/loops/-/panoptic")).status_code == 409
        with closing(sqlite3.connect(tmp_path / "loops.db")) as conn:
            conn.execute("update folders set parent_id = 1 where id = 2")
            conn.commit()
        assert (await datasette.client.get("/loops/-/panoptic")).status_code == 200
        assert "is damaged" not in (await datasette.client.get("/")).text


@pytest.mark.asyncio
@pytest.mark.parametrize("layout", ["{", "[]", "3", '"x"', '{"_show": 3, "_size": null}', '{"_show": "nothing"}'])
async def test_a_saved_view_with_a_malformed_layout_is_shown_as_usual(project: Project, layout: str) -> None:
    fill_sample(project.conn)
    project.conn.execute("insert into saved_views (id, name, query, layout) values (1, 'odd', '', ?)", [layout])
    async with serving(project.path) as datasette:
        for address in ("", ".json", "/views.json", "/export-options"):
            response = await datasette.client.get(f"/project/-/panoptic{address}", actor=OWNER)
            assert response.status_code == 200, address
        assert (await datasette.client.get("/project/-/panoptic/views/1")).status_code in (200, 302)
