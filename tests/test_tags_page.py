"""The page of tags over HTTP: the list that works without scripts, its forms, and vocabularies out and in."""

from __future__ import annotations

import json
import re

import pytest

from datasette_panoptic.domain.changes import SetTagsEach
from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.ingest.vocabulary import import_tags
from datasette_panoptic.store import properties, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.web.vocabulary.tag_list import MOST, cut, listed
from tests.serving import EDITOR, GRANTS, NASTY, fill_sample, serving

BASE = "/project/-/panoptic"
TOPIC, KIND, AUTHOR = 1, 2, 3
HTML = {"accept": "text/html"}


@pytest.fixture
def sample(project):
    """animal > cat > tom, pet > cat, and a tag that is no good as HTML; image 1 is a tom, 2 a cat."""
    fill_sample(project.conn)
    properties.create(project.conn, "Topic", "multi_tags", "image", "What is <b>seen</b>")
    properties.create(project.conn, "Kind", "tag", "instance")
    properties.create(project.conn, "Author", "text", "image")
    tree = [
        DescribedTag("animal", "#00ff00", "that <i>moves</i>", "https://example.org/animal"),
        DescribedTag("pet", uri="javascript:alert(1)"),
        DescribedTag("cat", parents=("animal", "pet")),
        DescribedTag("tom", parents=("cat",)),
        DescribedTag(NASTY),
    ]
    import_tags(project.conn, TOPIC, tree)
    given = {1: ("tom", NASTY), 2: ("cat",)}
    apply(project.conn, [SetTagsEach(TOPIC, given)], actor=None, tool="annotate")
    return project


def served(sample):
    return serving(sample.path, config={"permissions": GRANTS})


def ids(sample, property_id: int = TOPIC) -> dict[str, int]:
    return {tag.name: tag.id for tag in tags.listed(sample.conn, property_id)}


def parents(sample) -> dict[str, tuple[str, ...]]:
    return {tag.name: tag.parents for tag in tags.listed(sample.conn, TOPIC)}


async def page(datasette, path: str, actor=EDITOR, status: int = 200) -> str:
    response = await datasette.client.get(BASE + path, actor=actor, headers=HTML)
    assert response.status_code == status, response.text
    return response.text


async def send(datasette, path: str, fields: dict[str, object], status: int = 303, **more: object) -> str:
    """Send a form as a browser does; return where it is sent on to."""
    response = await datasette.client.post(BASE + path, data=fields, actor=EDITOR, headers=HTML, **more)
    assert response.status_code == status, response.text
    return response.headers.get("location", response.text)


async def post(datasette, path: str, body: object, status: int = 200):
    response = await datasette.client.post(BASE + path, json=body, actor=EDITOR)
    assert response.status_code == status, response.text
    return response.json()


def test_a_tag_is_listed_below_each_parent_and_what_is_below_it_once(sample):
    found = tags.listed(sample.conn, TOPIC)
    rows = [(tag.name, is_open, below, closes) for tag, is_open, below, closes in listed(found[1:], "", None)]
    assert rows == [
        ("animal", True, 1, 0),
        ("cat", True, 1, 0),
        ("tom", False, 0, 2),
        ("pet", True, 1, 0),
        ("cat", False, 1, 1),
    ]
    assert [tag.name for tag, *_ in listed(found, "ÀNIM", None)] == ["animal"]


def test_a_large_vocabulary_is_folded_but_for_the_way_to_the_chosen_tag_and_cut_with_its_lists_closed(sample):
    many = [DescribedTag(f"t{n:04}", parents=() if n < 10 else (f"t{n % 10:04}",)) for n in range(3 * MOST)]
    import_tags(sample.conn, KIND, many)
    found = tags.listed(sample.conn, KIND)
    assert len(listed(found, "", None)) == 10
    rows = listed(found, "", ids(sample, KIND)["t0023"])
    assert [tag.name for tag, is_open, *_ in rows if is_open] == ["t0003"]
    assert len(rows) == 10 + 3 * MOST // 10 - 1
    for most in (rows, listed(found, "t", None), [*rows[:3], *([rows[3]] * MOST)]):
        assert sum(is_open - closes for _, is_open, _, closes in cut(most)) == 0


@pytest.mark.asyncio
async def test_the_page_lists_counts_and_says_more_of_one_tag(sample):
    known = ids(sample)
    async with served(sample) as datasette:
        index = await page(datasette, "/tags")
        assert re.findall(r'href="(/project/-/panoptic/tags/\d+)">(\w+)', index) == [
            (f"{BASE}/tags/1", "Topic"),
            (f"{BASE}/tags/2", "Kind"),
        ]
        assert "What is &lt;b&gt;seen" in index
        assert f'href="{BASE}/tags"' in await page(datasette, "/history")
        text = await page(datasette, f"/tags/1?tag={known['animal']}")
        assert "0 with this tag, 2 with it or a tag below it" in text
        assert text.count('<img src="/project/-/panoptic/thumb/') == 2
        assert f'href="{BASE}?_mode=images&amp;Topic=animal"' in text
        assert 'href="https://example.org/animal"' in text
        assert "Delete the tag (0 images or instances have it)" in text
        nasty = await page(datasette, f"/tags/1?tag={known[NASTY]}")
        assert NASTY not in nasty
        assert "<script>alert" not in nasty
        assert 'href="javascript' not in await page(datasette, f"/tags/1?tag={known['pet']}")
        context = (await datasette.client.get(f"{BASE}/tags/1.json?q=A&sort=count")).json()
        assert [row["name"] for row in context["rows"]] == ["animal", "cat", NASTY]
        assert (context["count"], context["chosen"], "script" in context) == (5, None, False)
        images = (await datasette.client.get(f"{BASE}/tags/{known['cat']}/images.json")).json()
        assert (images["query"], len(images["samples"])) == ("Topic=cat", 2)


@pytest.mark.asyncio
async def test_who_may_not_edit_gets_no_form_that_writes(sample):
    async with served(sample) as datasette:
        text = await page(datasette, f"/tags/1?tag={ids(sample)['cat']}", actor=None)
        assert 'method="post"' not in text
        assert "animal" in text


@pytest.mark.asyncio
async def test_addresses_that_cannot_be(sample):
    faults = [
        ("/tags/3", 400, "is of type text and has no tags"),
        ("/tags/99", 404, "no property"),
        ("/tags/1?tag=99", 404, "no tag 99"),
        ("/tags/1?tag=x", 400, "takes whole numbers"),
        ("/tags/1?sort=size", 400, "choose among name, count"),
        ("/tags/1?x=1", 400, "unknown key"),
    ]
    async with served(sample) as datasette:
        for path, status, message in faults:
            assert message in await page(datasette, path, status=status)
        for path in ("/tags/99/images.json", "/tags/99.csv"):
            assert (await datasette.client.get(BASE + path)).status_code == 404
        assert (await datasette.client.get(f"{BASE}/tags/1.csv?x=1")).status_code == 400


@pytest.mark.asyncio
async def test_forms_do_what_they_say_and_lead_back_to_the_page(sample):
    known = ids(sample)
    cat = known["cat"]
    async with served(sample) as datasette:
        made = await send(datasette, "/tags", {"property": "1", "name": "lion", "parent": str(cat)})
        assert made == f"{BASE}/tags/1?tag={ids(sample)['lion']}"
        back = await send(datasette, f"/tags/{cat}", {"name": "feline", "color": "", "description": "d", "uri": ""})
        assert back == f"{BASE}/tags/1?tag={cat}"
        await send(datasette, f"/tags/{cat}/parents", {"add_name": NASTY})
        await send(datasette, f"/tags/{cat}/parents", {"remove": str(known["pet"])})
        assert parents(sample)["feline"] == (NASTY, "animal")
        split = await send(datasette, f"/tags/{cat}/split", {"name": "second", "query": "_mode=images&id=2"})
        assert split == f"{BASE}/tags/1?tag={ids(sample)['second']}"
        merged = await send(datasette, f"/tags/{ids(sample)['second']}/merge", {"into_name": "pet"})
        assert merged == f"{BASE}/tags/1?tag={known['pet']}"
        assert await send(datasette, f"/tags/{cat}/delete", {}) == f"{BASE}/tags/1"
        assert parents(sample) == {NASTY: (), "animal": (), "lion": (), "pet": (NASTY, "animal"), "tom": ()}
        refused = await send(datasette, f"/tags/{known['pet']}/parents", {"add_name": "dog"}, status=404)
        assert "no tag <code>dog</code>" in refused


@pytest.mark.asyncio
async def test_several_tags_are_moved_merged_and_deleted_at_once(sample):
    known = ids(sample)
    async with served(sample) as datasette:
        pair = {"also": [known["pet"]]}
        await post(datasette, f"/tags/{known['animal']}/parents", {**pair, "add": [known[NASTY]]})
        assert (parents(sample)["animal"], parents(sample)["pet"]) == ((NASTY,), (NASTY,))
        circle = await post(datasette, f"/tags/{known['animal']}/parents", {"add": [known["tom"]]}, status=400)
        assert "would put `animal` below itself: `tom` stands below it already" in circle["error"]
        await post(datasette, f"/tags/{known['animal']}/merge", {**pair, "into": known["tom"]})
        assert parents(sample) == {NASTY: (), "cat": (), "tom": (NASTY, "cat")}
        await post(datasette, f"/tags/{known['cat']}/delete", {"also": known["tom"]})
        assert parents(sample) == {NASTY: ()}
        for _ in range(3):
            assert (await post(datasette, "/undo", {}))["conflicts"] == 0
        assert ids(sample) == known


@pytest.mark.asyncio
async def test_cells_of_a_view_are_split_off(sample):
    cat = ids(sample)["cat"]
    async with served(sample) as datasette:
        version = (await datasette.client.get(f"{BASE}/version.json")).json()["version"]
        asked = {"name": "one", "query": "_sort_desc=id&_mode=images", "positions": [[0, 1]], "version": version}
        done = await post(datasette, f"/tags/{cat}/split", asked)
        assert {tag.name: tag.count for tag in tags.listed(sample.conn, TOPIC)}["one"] == 1
        assert done["id"] == ids(sample)["one"]
        gone = await post(datasette, f"/tags/{cat}/split", {**asked, "name": "two", "version": "0.0"}, status=409)
        assert "read the view again" in gone["error"]
        none = await post(datasette, f"/tags/{cat}/split", {"name": "two", "query": "id=3"}, status=400)
        assert "nothing selected has the tag `cat`" in none["error"]
        assert (await post(datasette, f"/tags/{cat}/split", {"name": "tom", "query": ""}, status=409))["ok"] is False


@pytest.mark.asyncio
async def test_vocabularies_go_out_and_come_in_as_files_and_as_json(sample):
    async with served(sample) as datasette:
        for ending, type_ in (("csv", "text/csv"), ("ttl", "text/turtle"), ("jsonld", "application/ld+json")):
            out = await datasette.client.get(f"{BASE}/tags/1.{ending}?language=en")
            assert out.headers["content-type"].startswith(type_)
            assert out.headers["content-disposition"] == f"attachment; filename*=UTF-8''Topic.{ending}"
            done = await post(datasette, "/tags/2/import", {"format": ending, "text": out.text})
            assert (done["created"], done["changed"]) == ((5, 0) if ending == "csv" else (0, 0))
        again = {"file": ("x.csv", out.content if ending == "csv" else b"name,parents\nnew,cat\n")}
        response = await datasette.client.post(f"{BASE}/tags/2/import", files=again, actor=EDITOR)
        assert (response.status_code, response.json()["created"], response.json()["unchanged"]) == (200, 1, 1)
        back = await send(datasette, "/tags/2/import", {}, files={"file": ("x.csv", b"other;;\n")})
        assert back == f"{BASE}/tags/2"
        assert {"new", "other", "cat"} <= ids(sample, KIND).keys()


@pytest.mark.asyncio
async def test_files_that_cannot_be_taken_in(sample):
    before = ids(sample)
    faults = [
        ({"json": {"text": "a"}}, "`format` is missing"),
        ({"json": {"text": "a", "format": "xml"}}, "`format` cannot be `xml`"),
        ({"json": {"text": "a;;b\nb;;a", "format": "csv"}}, "cannot be below itself, but there would be"),
        ({"json": {"text": json.dumps({"@context": "https://x.org"}), "format": "jsonld"}}, "nothing is fetched"),
        ({"files": {"other": ("x.csv", b"a")}}, "`file` is missing"),
        ({"files": {"file": ("x.xml", b"a")}}, "has no known file extension"),
    ]
    async with served(sample) as datasette:
        for request, message in faults:
            response = await datasette.client.post(f"{BASE}/tags/1/import", actor=EDITOR, **request)
            assert (response.status_code, message in response.json()["error"]) == (400, True), response.text
        assert (await datasette.client.post(f"{BASE}/tags/3/import", json={}, actor=EDITOR)).status_code == 400
    assert ids(sample) == before
