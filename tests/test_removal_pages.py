"""Removing from the corpus over HTTP: a page that says what would go, and one change that undo takes back."""

from __future__ import annotations

import pytest

from tests.rows import Folder, Instance, Picture, fill
from tests.serving import EDITOR, GRANTS, serving
from tests.test_annotations import BASE, get, post


@pytest.fixture
def sample(project):
    """Return a project with images 1 and 2 in one folder, and 3 with a copy of 1 in a folder below."""
    fill(
        project.conn,
        [Folder("films"), Folder("rushes", 0)],
        [Picture(bytes=n, width=100 * n) for n in (1, 2, 3)],
        [Instance(0, 0, "a.jpg"), Instance(1, 0, "b.jpg"), Instance(2, 1, "c.jpg"), Instance(0, 1, "a.jpg")],
    )
    return project


def editing(sample):
    return serving(sample.path, config={"permissions": GRANTS})


def ids(sample) -> list[int]:
    return [row[0] for row in sample.conn.execute("select id from instances order by id")]


@pytest.mark.asyncio
async def test_what_would_go_is_counted_and_then_goes_as_one_change(sample):
    async with editing(sample) as datasette:
        seen = await get(datasette, "/remove.json?query=width__lte%3D200%26_sort%3Dname", actor=EDITOR)
        assert (seen["instances"], seen["images"]) == (3, 2)
        assert ids(sample) == [1, 2, 3, 4]
        done = await post(datasette, "/remove", {"query": "width__lte=200&_sort=name"})
        assert ids(sample) == [3]
        (entry,) = (await get(datasette, "/history.json", actor=EDITOR))["entries"]
        assert (entry["id"], entry["tool_label"]) == (done["changeset"], "removed from the corpus")
        assert (await post(datasette, "/remove", {"query": "width__lte=200"}))["changeset"] is None
        await post(datasette, "/undo")
    assert ids(sample) == [1, 2, 3, 4]


@pytest.mark.asyncio
async def test_cells_of_a_view_and_folders_are_removed(sample):
    async with editing(sample) as datasette:
        version = (await get(datasette, "/version.json"))["version"]
        cells = {"query": "_mode=images&_sort_desc=width", "positions": [[2, 3]], "version": version}
        await post(datasette, "/remove", cells)
        assert ids(sample) == [2, 3]  # image 1 with both its instances
        await post(datasette, "/undo")
        rushes = sample.conn.execute("select id from folders where name = 'rushes'").fetchone()[0]
        await post(datasette, "/remove", {"folder": rushes})
        assert ids(sample) == [1, 2]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "name what to remove"),
        ({"query": "", "folder": 1}, 400, "name what to remove"),
        ({"folder": 99}, 404, "no folder 99"),
        ({"query": "nothing=1"}, 400, "nothing"),
        ({"query": "", "positions": []}, 400, "`positions`"),
    ],
)
async def test_what_is_not_clear_removes_nothing(sample, body, status, said):
    async with editing(sample) as datasette:
        assert said in (await post(datasette, "/remove", body, status=status))["error"]
    assert ids(sample) == [1, 2, 3, 4]


@pytest.mark.asyncio
async def test_the_page_asks_and_a_form_removes(sample):
    async with editing(sample) as datasette:
        grid = await datasette.client.get(f"{BASE}?width__gt=250", actor=EDITOR)
        assert f'href="{BASE}/remove?query=width__gt%3D250"' in grid.text
        assert f"{BASE}/remove" not in (await datasette.client.get(BASE)).text
        page = (await datasette.client.get(f"{BASE}/remove?query=width__gt%3D250", actor=EDITOR)).text
        assert "1 instance would be removed." in page
        assert "Remove 1 instance</button>" in page
        nothing = (await datasette.client.get(f"{BASE}/remove?query=width__gt%3D999", actor=EDITOR)).text
        assert '<button class="main"' not in nothing
        form = {"query": "width__gt=250"}
        sent = await datasette.client.post(f"{BASE}/remove", data=form, actor=EDITOR, headers={"accept": "text/html"})
        assert (sent.status_code, sent.headers["location"]) == (303, f"{BASE}/history")
    assert ids(sample) == [1, 2, 4]
