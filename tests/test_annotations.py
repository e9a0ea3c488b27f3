"""Annotating over HTTP: selections, undo and redo, values, the version that pages ask for."""

from __future__ import annotations

import json

import pytest

from datasette_panoptic.domain.changes import SetValue
from datasette_panoptic.query import orders
from datasette_panoptic.store import history, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import checkpoint
from tests.rows import Property, describe
from tests.serving import EDITOR, GRANTS, OWNER, fill_sample, serving
from tests.test_changesets import EVERY

BASE = "/project/-/panoptic"
PROPERTIES = [
    Property("Author", "text", "instance", {0: "Anna", 1: ""}),
    Property("Topic", "multi_tags", "image", {0: frozenset({"cat"})}, {"tom": frozenset({"cat"})}),
    Property("Seen", "checkbox", "image", {0: 1, 1: 0}),
    Property("Likes", "number", "instance", {0: 1234567890123456789, 1: 2**53, 2: 0, 3: 1.5}),
    Property("Taken", "date", "image", {0: "1890"}),
    Property("Hue", "color", "image", {0: "#ff0000"}),
    Property("Kind", "tag", "instance", {}),
    Property("Page", "url", "image", {0: "javascript:alert(1)"}),
]
AUTHOR, TOPIC, SEEN, LIKES, TAKEN, HUE, KIND, PAGE = map(str, range(1, 9))


@pytest.fixture
def sample(project):
    fill_sample(project.conn)
    describe(project.conn, PROPERTIES)
    tags.change(project.conn, tags.named(project.conn, 2, "cat"), color="#00ff00")
    return project


def editing(sample):
    return serving(sample.path, config={"permissions": GRANTS})


async def post(datasette, path: str, body: object = None, actor=EDITOR, status: int = 200):
    response = await datasette.client.post(BASE + path, json=body, actor=actor)
    assert response.status_code == status, response.text
    return response.json()


async def get(datasette, path: str, status: int = 200, actor=None):
    response = await datasette.client.get(BASE + path, actor=actor)
    assert response.status_code == status, response.text
    return response.json()


def authors(sample) -> dict[int, str]:
    rows = sample.conn.execute("select instance_id, Author from instance_values where Author is not null")
    return dict(rows.fetchall())


def say(act: str, name: str, text: str | None = None) -> dict[str, str]:
    return {"act": act, "name": name} | ({} if text is None else {"text": text})


@pytest.mark.asyncio
async def test_all_that_a_query_finds_is_annotated_as_one_changeset_of_the_visitor(sample):
    async with editing(sample) as datasette:
        before = (await get(datasette, "/version.json"))["version"]
        done = await post(
            datasette,
            "/annotate",
            {"query": "?width__gt=550", "sayings": [say("set", "author", "Bo"), say("add", "Topic", "tom, new")]},
        )
        assert (done["ok"], done["changed"], done["conflicts"]) == (True, 4 + 4 + 1, 0)
        assert done["version"] == (await get(datasette, "/version.json"))["version"] != before
        again = await post(datasette, "/annotate", {"query": "width__gt=550", "sayings": [say("set", "Author", "Bo")]})
        assert (again["changeset"], again["changed"], again["version"]) == (None, 0, done["version"])
    assert authors(sample) == {1: "Bo", 2: "Bo", 4: "Bo", 5: "Bo"}
    (entry, *_) = history.history(sample.conn)
    assert (entry.id, entry.actor, entry.tool, entry.query) == (done["changeset"], "edith", "stamp", "width__gt=550")


@pytest.mark.asyncio
async def test_a_tag_that_is_made_and_added_is_one_change_and_has_the_colour_that_comes_along(sample):
    before = colors(sample)
    async with editing(sample) as datasette:
        saying = say("add", "Topic", "tom, new") | {"color": "#1C7ED6"}
        await post(datasette, "/annotate", {"query": "", "sayings": [saying]})
        assert colors(sample) == before | {"new": "#1c7ed6"}
        await post(datasette, "/undo", {})
        assert colors(sample) == before


def colors(sample) -> dict[str, str | None]:
    return dict(sample.conn.execute("select name, color from tags where deleted_at is null"))


@pytest.mark.asyncio
async def test_positions_are_places_in_the_order_that_the_visitor_saw(sample):
    async with editing(sample) as datasette:
        query = "_sort_desc=bytes"  # 3, then image 2 (2, 5), then image 1 (1, 4)
        seen = (await get(datasette, "/version.json"))["version"]
        await datasette.client.get(f"{BASE}/view?{query}", actor=EDITOR)
        # Somebody else changes the project meanwhile: the ranges still mean the cells that were on the screen.
        apply(sample.conn, [SetValue(1, "Cleo")], EVERY, actor="cleo", tool="stamp")
        body = {"query": query, "positions": [[0, 1], [2, 3]], "version": seen, "sayings": [say("set", "Author", "Bo")]}
        done = await post(datasette, "/annotate", body | {"tool": "cell"})
        assert done["changed"] == 2
        assert authors(sample) == {1: "Cleo", 2: "Cleo", 3: "Bo", 4: "Cleo", 5: "Bo"}
        stale = await post(datasette, "/annotate", body | {"version": "0.0"}, status=409)
        assert "changed since version `0.0`" in stale["error"]
        far = await post(datasette, "/annotate", body | {"positions": [[4, 6]]}, status=400)
        assert "`positions` go from 0 to 5" in far["error"]


@pytest.mark.asyncio
async def test_positions_of_images_stand_for_their_instances_and_a_cell_in_two_groups_counts_once(sample):
    async with editing(sample) as datasette:
        seen = (await get(datasette, "/version.json"))["version"]
        body = {
            "query": "_mode=images",
            "positions": [[1, 2]],
            "version": seen,
            "sayings": [say("set", "Author", "Bo")],
        }
        assert (await post(datasette, "/annotate", body))["changed"] == 2
        assert authors(sample) == {1: "Anna", 2: "Bo", 5: "Bo"}
        await post(datasette, "/annotate", {"query": "sha1__notblank=1", "sayings": [say("add", "Topic", "a,b")]})
        seen = (await get(datasette, "/version.json"))["version"]
        body = {
            "query": "_group=Topic",
            "positions": [[0, 10]],
            "version": seen,
            "sayings": [say("set", "Author", "C")],
        }
        assert (await post(datasette, "/annotate", body))["changed"] == 5


FAULTS = {
    "no body": (None, "`query` is missing"),
    "a list": ([], "must be a JSON object"),
    "no query": ({"sayings": [say("erase", "Author")]}, "`query` is missing"),
    "a query that is no text": ({"query": 1, "sayings": []}, "`query` takes a text"),
    "an unknown field": ({"ids": [1]}, "unknown field `ids`"),
    "an unknown key in the query": ({"query": "_x=1", "sayings": [say("erase", "Author")]}, "unknown key `_x`"),
    "an unknown property in the query": ({"query": "nope=1", "sayings": [say("erase", "Author")]}, "`nope`"),
    "nothing to say": ({"query": ""}, "`sayings`"),
    "too much to say": ({"query": "", "sayings": [say("erase", "Author")] * 101}, "`sayings`"),
    "no object": ({"query": "", "sayings": ["x"]}, "each of `sayings`"),
    "more than a saying has": ({"query": "", "sayings": [{"act": "set", "x": 1}]}, "each of `sayings`"),
    "an unknown act": ({"query": "", "sayings": [say("put", "Author", "x")]}, "`act` cannot be `put`"),
    "no text": ({"query": "", "sayings": [say("set", "Author")]}, "`text` is missing"),
    "a number": ({"query": "", "sayings": [{"act": "set", "name": "Likes", "text": 1}]}, "`text` takes a text"),
    "half a character": ({"query": "", "sayings": [say("set", "Author", "\ud800")]}, "contains half a character"),
    "an unknown property": ({"query": "", "sayings": [say("set", "Nope", "x")]}, "no property `Nope`"),
    "a field of the system": ({"query": "", "sayings": [say("set", "width", "1")]}, "`width` is a system field"),
    "tags into a text": ({"query": "", "sayings": [say("add", "Author", "x")]}, "takes a value, not tags"),
    "two tags where one fits": ({"query": "", "sayings": [say("set", "Kind", "a,b")]}, "`Kind` holds one tag"),
    "no number": ({"query": "", "sayings": [say("set", "Likes", "many")]}, "`Likes`"),
    "no date": ({"query": "", "sayings": [say("set", "Taken", "ca. 1890")]}, "`Taken`"),
    "no colour": ({"query": "", "sayings": [say("set", "Hue", "rot")]}, "colour"),
    "positions without a version": (
        {"query": "", "positions": [[0, 1]], "sayings": [say("erase", "Author")]},
        "`version` is missing",
    ),
    "no ranges": ({"query": "", "positions": [], "version": "1.0", "sayings": [say("erase", "Author")]}, "`positions`"),
    "ranges of texts": (
        {"query": "", "positions": [["0", "1"]], "version": "1.0", "sayings": [say("erase", "Author")]},
        "`positions`",
    ),
    "a tool of the server's": ({"query": "", "tool": "undo", "sayings": [say("erase", "Author")]}, "`tool`"),
    "a tool that is markup": ({"query": "", "tool": "<b>", "sayings": [say("erase", "Author")]}, "`tool`"),
}


@pytest.mark.asyncio
async def test_what_cannot_be_is_refused_by_name_and_changes_nothing(sample):
    before = orders.version(sample.conn)
    async with editing(sample) as datasette:
        for name, (body, message) in FAULTS.items():
            content = None if body is None else json.dumps(body)
            response = await datasette.client.post(f"{BASE}/annotate", content=content, actor=EDITOR)
            assert (response.status_code, message in response.json()["error"]) == (400, True), (name, response.text)
        broken = await datasette.client.post(f"{BASE}/annotate", content="{", actor=EDITOR)
        assert (broken.status_code, "no JSON" in broken.json()["error"]) == (400, True)
        deep = await datasette.client.post(f"{BASE}/annotate", content="[" * 100_000, actor=EDITOR)
        assert deep.status_code == 400
        large = await datasette.client.post(f"{BASE}/annotate", content='"' + "x" * 3_000_000 + '"', actor=EDITOR)
        assert large.status_code == 413
    assert orders.version(sample.conn) == before


@pytest.mark.asyncio
async def test_undo_and_redo_are_each_actors_own_and_any_changeset_can_be_named(sample):
    async with editing(sample) as datasette:
        await post(datasette, "/undo", status=404)
        first = await post(datasette, "/annotate", {"query": "", "sayings": [say("set", "Author", "Bo")]})
        await post(datasette, "/annotate", {"query": "id=2", "sayings": [say("set", "Author", "R")]}, actor=OWNER)
        undone = await post(datasette, "/undo")
        assert (undone["changed"], undone["conflicts"]) == (4, 1)
        assert authors(sample) == {1: "Anna", 2: "R"}
        redone = await post(datasette, "/redo", {})
        assert (redone["changed"], redone["conflicts"]) == (4, 0)
        assert (await post(datasette, "/undo", {"changeset": first["changeset"]}, actor=OWNER))["changed"] == 4
        again = await post(datasette, "/undo", {"changeset": first["changeset"]}, status=409)
        assert "already undone" in again["error"]
        await post(datasette, "/undo", {"changeset": 999}, status=404)
        refused = await post(datasette, "/redo", {"changeset": first["changeset"] + 1}, status=400)
        assert "is not an undo" in refused["error"]
        for bad in ("x", -1, 1.5, True, [1]):
            assert "`changeset`" in (await post(datasette, "/undo", {"changeset": bad}, status=400))["error"]


@pytest.mark.asyncio
async def test_where_nothing_of_a_named_changeset_stands_nothing_is_undone(sample):
    async with editing(sample) as datasette:
        first = await post(datasette, "/annotate", {"query": "id=1", "sayings": [say("set", "Author", "Bo")]})
        await post(datasette, "/annotate", {"query": "id=1", "sayings": [say("set", "Author", "R")]}, actor=OWNER)
        before = orders.version(sample.conn)
        refused = await post(datasette, "/undo", {"changeset": first["changeset"]}, status=409)
        assert "changed again since" in refused["error"]
        assert orders.version(sample.conn) == before
        # One's own last change is passed over, so that the next undo reaches what came before.
        own = await post(datasette, "/undo")
        assert (own["changed"], own["conflicts"]) == (0, 1)
    assert authors(sample)[1] == "R"


@pytest.mark.asyncio
async def test_values_keep_what_they_are(sample):
    async with editing(sample) as datasette:
        cells = (await get(datasette, "/values.json?ids=2,1,99,3,4"))["cells"]
        images = (await get(datasette, "/values.json?ids=1,2&of=images"))["cells"]
        many = ",".join("1" * 201)
        faults = {"": "`ids`", "?ids=x": "`ids`", f"?ids={many}": "`ids`", "?ids=1&of=x": "`of`", "?x=1": "`x`"}
        for bad, message in faults.items():
            assert message in (await get(datasette, f"/values.json{bad}", status=400))["error"]
    assert [(cell["id"], cell["image_id"]) for cell in cells] == [(2, 2), (1, 1), (3, 3), (4, 1)]
    of_image = {
        TOPIC: [{"id": 2, "name": "cat", "color": "#00ff00"}], SEEN: True, TAKEN: "1890", HUE: "#ff0000",
        PAGE: "javascript:alert(1)",
    }  # fmt: skip
    assert cells[1]["values"] == {AUTHOR: "Anna", LIKES: "1234567890123456789", **of_image}
    assert cells[0]["values"] == {AUTHOR: "", LIKES: 2**53, SEEN: False}
    assert cells[2]["values"] == {LIKES: 0}
    assert [cell["values"] for cell in images] == [of_image, {SEEN: False}]


@pytest.mark.asyncio
async def test_the_image_page_says_what_is_said_of_image_and_instance(sample):
    async with editing(sample) as datasette:
        page = await get(datasette, "/image/1.json?_lang=fr")
        html = (await datasette.client.get(f"{BASE}/image/1")).text
    image, instance, _ = page["panes"]
    rows = {row["key"]: row for row in image["rows"]}
    assert {name: row["value"] for name, row in rows.items()} == {
        "Topic": "cat", "Seen": "oui", "Taken": "1890", "Hue": "#ff0000", "Page": "javascript:alert(1)",
    }  # fmt: skip
    assert rows["Topic"]["tags"] == [{"id": 2, "name": "cat", "color": "#00ff00"}]
    assert (rows["Hue"]["color"], rows["Page"]["href"], rows["Topic"]["property_id"]) == ("#ff0000", None, 2)
    assert [(row["key"], row["value"]) for row in instance["rows"]] == [
        ("Author", "Anna"),
        ("Likes", "1234567890123456789"),
    ]
    assert page["history"] == {
        "label": "Historique de cette image", "href": f"{BASE}/history?image=1", "is_current": False,
    }  # fmt: skip
    assert f'href="{BASE}/history?image=1"' in html
    assert "solid #00ff00" in html


@pytest.mark.asyncio
async def test_a_colour_that_is_none_reaches_no_style(sample):
    sample.conn.execute("update tags set color = 'red;x:y' where id = 1")
    async with editing(sample) as datasette:
        assert "red;x:y" not in (await datasette.client.get(f"{BASE}/image/1")).text


@pytest.mark.asyncio
async def test_a_write_that_fails_on_the_way_leaves_nothing_behind(sample, monkeypatch):
    """The transaction is Datasette's, the store's is a part of it: both end together."""
    before = orders.version(sample.conn)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the power is out")

    async with editing(sample) as datasette:
        with monkeypatch.context() as patch:
            patch.setattr("datasette_panoptic.store.changesets.end", fail)
            body = {"query": "", "sayings": [say("set", "Author", "lost"), say("add", "Topic", "lost")]}
            assert (await datasette.client.post(f"{BASE}/annotate", json=body, actor=EDITOR)).status_code == 500
        assert orders.version(sample.conn) == before
        assert sample.conn.execute("select count(*) from tags where name = 'lost'").fetchone() == (0,)
        await post(datasette, "/annotate", {"query": "", "sayings": [say("set", "Author", "kept")]})
    assert set(authors(sample).values()) == {"kept"}


@pytest.mark.asyncio
@pytest.mark.parametrize("immutable", [True, False])
async def test_a_page_is_told_whether_it_has_to_ask_again(sample, immutable):
    checkpoint(sample.conn)
    async with serving(sample.path, immutable=immutable) as datasette:
        assert (await get(datasette, "/version.json"))["is_final"] is immutable
