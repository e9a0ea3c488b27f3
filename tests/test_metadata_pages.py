"""Properties from file names and tags from keywords over HTTP: previews that write nothing, and one change to undo."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from datasette_panoptic.store import image_metadata, properties
from datasette_panoptic.store.connection import transaction
from tests.rows import Folder, Instance, Picture, fill
from tests.serving import EDITOR, GRANTS, serving
from tests.test_annotations import BASE, post

KEYWORDS = [["Boats|Sloop", "sea"], ["sea", "Places/Brest"], ["x" * 300]]
NAMES = ["Sloop_00h_01m_02s.jpg", "<b>_00h_01m_03s.jpg", "other.jpg"]


@pytest.fixture
def sample(project):
    fill(
        project.conn,
        [Folder("1936-Brest")],
        [Picture(bytes=n) for n in (1, 2, 3)],
        [Instance(n, 0, name) for n, name in enumerate(NAMES)],
    )
    with transaction(project.conn):
        for image, keywords in enumerate(KEYWORDS, 1):
            metadata = json.dumps({"keywords": keywords, "hierarchies": keywords})
            project.conn.execute("update images set metadata = ? where id = ?", [metadata, image])
            image_metadata.describe(project.conn, image)
    return project


def editing(sample):
    return serving(sample.path, config={"permissions": GRANTS})


async def get(datasette, path: str, status: int = 200, **keys: str):
    response = await datasette.client.get(f"{BASE}{path}?{urlencode(keys)}", actor=EDITOR)
    assert response.status_code == status, response.text
    return response


def changesets(sample) -> list[tuple[str, str | None]]:
    return sample.conn.execute("select tool, actor from _panoptic_changesets order by id").fetchall()


@pytest.mark.asyncio
async def test_a_pattern_is_previewed_applied_and_undone(sample):
    pattern = "{film}_{h}h_{m}m_{s}s"
    async with editing(sample) as datasette:
        seen = (await get(datasette, "/from-names.json", pattern=pattern)).json()
        assert (seen["matched"], seen["unmatched"], seen["fills"]) == (2, 1, 4)
        assert seen["unmatched_names"] == ["1936-Brest/other.jpg"]
        assert seen["rows"][0] == {"path": "1936-Brest/Sloop_00h_01m_02s.jpg", "texts": ["Sloop", "00:01:02"]}
        assert changesets(sample) == []
        done = await post(datasette, "/from-names", {"pattern": pattern, "query": "name__contains=Sloop"})
        assert done["changed"] == 4  # two values, and two properties that were made
        assert changesets(sample) == [("from-names", "edith")]
        assert sample.conn.execute('select film, "Time code" from instance_values').fetchall() == [
            ("Sloop", "00:01:02")
        ]
        left = (await get(datasette, "/from-names.json", pattern=pattern)).json()
        assert (left["fills"], [column["name"] for column in left["columns"]]) == (2, ["film", "Time code"])
        again = (await get(datasette, "/from-names.json", pattern=pattern, overwrite="1")).json()
        assert again["fills"] == 4
        await post(datasette, "/undo")
    assert properties.listed(sample.conn) == []


@pytest.mark.asyncio
async def test_the_page_of_names_is_a_form_and_escapes_what_it_shows(sample):
    async with editing(sample) as datasette:
        empty = (await get(datasette, "/from-names")).text
        assert 'name="pattern"' in empty
        assert "formmethod" not in empty
        shown = (await get(datasette, "/from-names", pattern="{film}_{}", query="width__gt=1")).text
        assert "&lt;b&gt;" in shown
        assert "<td><b>" not in shown
        assert 'name="query" value="width__gt=1"' in shown
        assert 'formmethod="post">Fill 2 values' in shown
        wrong = (await get(datasette, "/from-names", pattern="{a}{b}")).text
        assert "nothing tells where" in wrong
        french = (await get(datasette, "/from-names", pattern="{film}_{}", _lang="fr")).text
        assert "2 noms de fichiers correspondent" in french
        response = await datasette.client.post(
            BASE + "/from-names", data={"pattern": "{film}_{}"}, actor=EDITOR, headers={"accept": "text/html"}
        )
        assert (response.status_code, response.headers["location"]) == (303, f"{BASE}/history")
        assert f'href="{BASE}/from-names"' in (await get(datasette, "/properties")).text
    assert changesets(sample) == [("from-names", "edith")]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body",
    [{}, {"pattern": "{a}{b}"}, {"pattern": "{a"}, {"pattern": 5}, {"pattern": "{a}", "query": "nothing=1"},
     {"pattern": "{a}", "more": 1}],
)  # fmt: skip
async def test_what_names_cannot_say_is_refused_and_writes_nothing(sample, body):
    async with editing(sample) as datasette:
        await post(datasette, "/from-names", body, status=400)
    assert changesets(sample) == []


@pytest.mark.asyncio
async def test_keywords_are_previewed_made_tags_and_undone(sample):
    async with editing(sample) as datasette:
        seen = (await get(datasette, "/from-keywords.json")).json()
        assert (seen["images"], seen["tags"], seen["passed_over"]) == (2, 4, ["x" * 300])
        split = (await get(datasette, "/from-keywords.json", separator="/")).json()
        assert split["tags"] == 5
        assert changesets(sample) == []
        asked = {"property": "Subject", "separator": "/", "query": "name__contains=Sloop"}
        await post(datasette, "/from-keywords", asked)
        tagged = "select image_id, name from image_tags join tags on tags.id = tag_id order by 1, 2"
        assert sample.conn.execute(tagged).fetchall() == [(1, "Sloop"), (1, "sea")]
        await post(datasette, "/from-keywords", {**asked, "query": ""})
        assert (2, "Brest") in sample.conn.execute(tagged).fetchall()
        assert changesets(sample) == [("tags-from-keywords", "edith")] * 2
        for _ in range(2):
            await post(datasette, "/undo")
    assert properties.listed(sample.conn) == []


@pytest.mark.asyncio
async def test_the_page_of_keywords_is_a_form(sample):
    properties.create(sample.conn, "Notes", "text", "image")
    properties.create(sample.conn, "Topics", "multi_tags", "image")
    async with editing(sample) as datasette:
        shown = (await get(datasette, "/from-keywords", property="topics")).text
        assert '<option value="Topics">' in shown
        assert '<option value="Notes">' not in shown
        assert 'formmethod="post">Tag 2 images' in shown
        wrong = (await get(datasette, "/from-keywords", property="notes")).text
        assert 'formmethod="post" disabled' in wrong
        assert "cannot take keywords" in wrong
        assert f'href="{BASE}/from-keywords"' in (await get(datasette, "/tags")).text


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"property": " "}, 400), ({"property": "x", "separator": "/" * 6}, 400), ({"property": "width"}, 400)],
)
async def test_what_keywords_cannot_be_is_refused_and_writes_nothing(sample, body, status):
    async with editing(sample) as datasette:
        await post(datasette, "/from-keywords", body, status=status)
    assert changesets(sample) == []


@pytest.mark.asyncio
async def test_scripts_cannot_take_the_names_of_these_tools(sample):
    sayings = [{"act": "set", "name": "x", "text": "y"}]
    async with editing(sample) as datasette:
        for tool in ("from-names", "tags-from-keywords"):
            await post(datasette, "/annotate", {"query": "", "sayings": sayings, "tool": tool}, status=400)


@pytest.mark.asyncio
async def test_a_published_project_has_neither_page(sample):
    sample.conn.execute("pragma wal_checkpoint(truncate)")
    async with serving(sample.path, immutable=True, config={"permissions": GRANTS}) as datasette:
        for path in ("/from-names", "/from-keywords"):
            assert (await get(datasette, path, status=403)).status_code == 403
