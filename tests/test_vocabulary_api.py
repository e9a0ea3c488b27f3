"""Properties and tags over HTTP."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain.fields import FIELD_TYPES, SYSTEM_FIELDS
from datasette_panoptic.store import history
from tests.serving import EDITOR, NASTY
from tests.test_annotations import BASE, editing, get, post, sample

__all__ = ["sample"]

TOM, CAT = 1, 2


@pytest.mark.asyncio
async def test_fields_are_listed_with_the_operators_of_their_types(sample):
    async with editing(sample) as datasette:
        found = await get(datasette, "/properties.json")
    assert [field["name"] for field in found["fields"] if field["id"] is None] == [
        field.name
        for field in SYSTEM_FIELDS
        if field.name != "annotated_by"  # people are not named to visitors
    ]
    topic = next(field for field in found["fields"] if field["name"] == "Topic")
    assert topic == {
        "id": 2, "name": "Topic", "type": "multi_tags", "scope": "image", "group": None, "position": 1,
        "description": None,
    }  # fmt: skip
    assert set(found["operators"]) == set(FIELD_TYPES)
    assert {"key": "between", "operands": "two"} in found["operators"]["number"]
    assert "all" in [operator["key"] for operator in found["operators"]["multi_tags"]]


@pytest.mark.asyncio
async def test_a_property_is_made_changed_and_deleted_and_each_is_undone(sample):
    async with editing(sample) as datasette:
        made = await post(datasette, "/properties", {"name": " Période ", "type": "text", "description": NASTY})
        assert (made["ok"], made["changed"], made["conflicts"]) == (True, 1, 0)
        path = f"/properties/{made['id']}"
        changed = await post(datasette, path, {"name": "Époque", "position": 0, "group": "Dating", "description": None})
        assert changed["changed"] == 2  # the heading, and the property
        found = {field["id"]: field for field in (await get(datasette, "/properties.json"))["fields"]}[made["id"]]
        assert (found["name"], found["position"], found["group"], found["description"]) == ("Époque", 0, "Dating", None)
        assert (await post(datasette, path, {"name": "Époque"}))["changeset"] is None
        await post(datasette, path + "/delete")
        names = [field["name"] for field in (await get(datasette, "/properties.json"))["fields"]]
        assert "Époque" not in names
        await post(datasette, path + "/delete", status=404)
        for _ in range(3):
            assert (await post(datasette, "/undo"))["conflicts"] == 0
        await post(datasette, "/undo", status=404)
    assert [entry.actor for entry in history.history(sample.conn, property_id=made["id"])] == ["edith"] * 6
    assert sample.conn.execute("select count(*) from property_groups").fetchone() == (0,)


@pytest.mark.asyncio
async def test_properties_that_cannot_be(sample):
    faults = [
        ({}, 400, "`name` is missing"),
        ({"name": "x"}, 400, "`type` is missing"),
        ({"name": "x", "type": "texts"}, 400, "`type` cannot be `texts`"),
        ({"name": "x", "type": "text", "scope": "file"}, 400, "`scope` cannot be `file`"),
        ({"name": " ", "type": "text"}, 400, "a property needs a name"),
        ({"name": "a\0b", "type": "text"}, 400, "`name` takes a text"),
        ({"name": "WIDTH", "type": "text"}, 400, "choose another"),
        ({"name": "author", "type": "text"}, 409, "there is a property `Author` already"),
        ({"name": "x", "type": "text", "id": 3}, 400, "unknown field `id`"),
    ]
    async with editing(sample) as datasette:
        for body, status, message in faults:
            assert message in (await post(datasette, "/properties", body, status=status))["error"]
        assert "`position`" in (await post(datasette, "/properties/1", {"position": "last"}, status=400))["error"]
        assert "already" in (await post(datasette, "/properties/1", {"name": "topic"}, status=409))["error"]


@pytest.mark.asyncio
async def test_tags_are_made_moved_merged_and_deleted(sample):
    async with editing(sample) as datasette:
        made = await post(datasette, "/tags", {"property": 2, "name": "pet", "color": "#ABCDEF", "parent": CAT})
        pet = made["id"]
        assert made["changed"] == 2
        again = await post(datasette, "/tags", {"property": 2, "name": "pet"})
        assert (again["id"], again["changeset"]) == (pet, None)
        moved = await post(datasette, f"/tags/{pet}/parents", {"add": [TOM], "remove": CAT})
        assert moved["changed"] == 2
        await post(datasette, f"/tags/{pet}", {"description": "kept at home", "uri": "urn:x", "color": None})
        found = {tag["name"]: tag for tag in (await get(datasette, "/tags.json?property=2"))["tags"]}
        assert found["pet"] == {
            "id": pet, "name": "pet", "color": None, "description": "kept at home", "uri": "urn:x", "parents": ["tom"],
            "parent_ids": [TOM], "count": 0, "count_below": 0,
        }  # fmt: skip
        assert (found["cat"]["count"], found["cat"]["count_below"], found["tom"]["parent_ids"]) == (1, 1, [CAT])
        merged = await post(datasette, f"/tags/{CAT}/merge", {"into": pet})
        assert merged["changed"] > 1
        found = {tag["name"]: tag["count"] for tag in (await get(datasette, "/tags.json?property=2"))["tags"]}
        assert found == {"pet": 1, "tom": 0}
        await post(datasette, f"/tags/{pet}/delete")
        for _ in range(5):
            assert (await post(datasette, "/undo"))["conflicts"] == 0
        names = [tag["name"] for tag in (await get(datasette, "/tags.json?property=2"))["tags"]]
        assert names == ["cat", "tom"]


@pytest.mark.asyncio
async def test_tags_that_cannot_be(sample):
    faults = [
        ("/tags", {"property": 1, "name": "x"}, 400, "`Author` is of type text and has no tags"),
        ("/tags", {"property": 99, "name": "x"}, 404, "no property `99`"),
        ("/tags", {"property": 2, "name": " "}, 400, "a tag needs a name"),
        ("/tags", {"property": 2, "name": "x", "color": "reddish"}, 400, "colour"),
        ("/tags", {"property": 2, "name": "x", "parent": 99}, 404, "no tag 99"),
        ("/tags/1", {"name": ""}, 400, "a tag needs a name"),
        (f"/tags/{CAT}", {"name": "tom"}, 409, "merge the two"),
        (f"/tags/{CAT}/parents", {"add": [TOM]}, 400, "below itself"),
        ("/tags/1/parents", {"add": ["x"]}, 400, "`add`"),
        (f"/tags/{CAT}/merge", {"into": CAT}, 400, "`into` is the tag itself"),
        ("/tags/1/merge", {"into": 99}, 404, "no tag 99"),
        ("/tags/1/merge", {}, 400, "`into` is missing"),
    ]
    async with editing(sample) as datasette:
        for path, body, status, message in faults:
            assert message in (await post(datasette, path, body, status=status))["error"]
        assert "`property`" in (await get(datasette, "/tags.json", status=400))["error"]
        assert "has no tags" in (await get(datasette, "/tags.json?property=1", status=400))["error"]
        assert len((await get(datasette, "/tags.json?property=2"))["tags"]) == 2
        form = await datasette.client.post(f"{BASE}/tags", data={"property": "2", "name": NASTY}, actor=EDITOR)
        assert (form.status_code, form.json()["changed"]) == (200, 1)


@pytest.mark.asyncio
async def test_a_tag_whose_parent_is_undone_is_still_listed(sample):
    async with editing(sample) as datasette:
        parent = await post(datasette, "/tags", {"property": 2, "name": "animal"})
        await post(datasette, f"/tags/{CAT}/parents", {"add": parent["id"]})
        await post(datasette, "/undo", {"changeset": parent["changeset"]})
        found = {tag["name"]: tag["parents"] for tag in (await get(datasette, "/tags.json?property=2"))["tags"]}
        assert found == {"cat": [], "tom": ["cat"]}
