"""A project's file that is moved, deleted or replaced while a server has it open."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store import properties
from datasette_panoptic.store.connection import connect
from tests.rows import Folder, Instance, Picture, fill
from tests.serving import OWNER, serving

BASE = "/project/-/panoptic"
GONE = "is no longer in its place"


def made(path: Path, instances: int) -> Path:
    with closing(connect(path, create=True)) as conn:
        fill(conn, [Folder("all")], [Picture()] * 3, [Instance(n % 3, 0, f"{n}.jpg") for n in range(instances)])
        properties.create(conn, "Note", "text", "instance")
    return path


@pytest.fixture
def path(tmp_path):
    return made(tmp_path / "project.db", 5)


async def annotate(datasette, text: str):
    body = {"query": "", "sayings": [{"act": "set", "name": "Note", "text": text}]}
    return await datasette.client.post(f"{BASE}/annotate", json=body, actor=OWNER)


async def count(datasette, query: str = "") -> int:
    response = await datasette.client.get(f"{BASE}/count.json{query}", actor=OWNER)
    assert response.status_code == 200, response.text
    return response.json()["instances"]


def notes(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
        return [row[0] for row in conn.execute("select distinct Note from instance_values")]


WAYS = {
    "moved": lambda path: os.rename(path, path.with_name("away.db")),
    "renamed with its log": lambda path: [
        os.rename(each, each.with_name(f"away{each.name}")) for each in path.parent.glob("project.db*")
    ],
    "deleted": os.unlink,
}


@pytest.mark.asyncio
@pytest.mark.parametrize("way", WAYS)
async def test_a_file_that_is_away_is_told_and_nothing_is_written_into_the_void(path, way):
    async with serving(path) as datasette:
        assert (await annotate(datasette, "before")).status_code == 200
        WAYS[way](path)
        for address in ("", ".json", "/count.json", "/history", "/thumbs?ids=1", "/image/1"):
            response = await datasette.client.get(f"{BASE}{address}", actor=OWNER)
            assert (response.status_code, GONE in response.text) == (503, True), address
            assert "<code>project.db</code>" in response.text or "`project.db`" in response.text
        refused = await annotate(datasette, "after")
        assert (refused.status_code, GONE in refused.json()["error"]) == (503, True)
        french = await datasette.client.get(f"{BASE}/count.json?_lang=fr", actor=OWNER)
        assert "plus à sa place" in french.json()["error"]
        for page in ("/", "/project", "/project/images.json"):  # Datasette's own, where it has a connection or not
            response = await datasette.client.get(page, actor=OWNER)
            assert response.status_code == 200 or "may have been moved" in response.text, response.text
            assert str(path) not in response.text
    assert not path.exists()


@pytest.mark.asyncio
async def test_a_file_that_was_moved_has_all_that_was_said_and_coming_back_heals(path, tmp_path):
    away = tmp_path / "elsewhere.db"
    async with serving(path) as datasette:
        assert (await annotate(datasette, "before")).status_code == 200
        os.rename(path, away)
        assert (await annotate(datasette, "meanwhile")).status_code == 503
        shutil.copyfile(away, tmp_path / "copied.db")  # the file alone, without its log
        assert notes(tmp_path / "copied.db") == ["before"]
        os.rename(away, path)
        assert await count(datasette, "?Note=before") == 5
        assert (await annotate(datasette, "after")).status_code == 200
        assert await count(datasette, "?Note=after") == 5
    assert notes(path) == ["after"]


@pytest.mark.asyncio
@pytest.mark.parametrize("is_seen", [True, False])
async def test_another_file_in_its_place_is_not_mixed_up_with_the_log_of_the_first(path, tmp_path, is_seen):
    other = made(tmp_path / "other.db", 2)
    async with serving(path) as datasette:
        assert (await annotate(datasette, "first")).status_code == 200
        assert await count(datasette) == 5
        os.rename(path, tmp_path / "away.db")
        if is_seen:
            assert (await annotate(datasette, "lost")).status_code == 503
        shutil.copyfile(other, path)
        assert await count(datasette) == 2
        assert await count(datasette, "?Note=first") == 0
        refused = await annotate(datasette, "second")
        assert (refused.status_code, "another file has taken its place" in refused.json()["error"]) == (403, True)
        os.unlink(path)
        assert (await datasette.client.get(f"{BASE}/count.json", actor=OWNER)).status_code == 503
        os.rename(tmp_path / "away.db", path)  # the first is back
        assert await count(datasette, "?Note=first") == 5
        assert (await annotate(datasette, "back")).status_code == 200
    assert notes(path) == ["back"]
    assert notes(other) == []
