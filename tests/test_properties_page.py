"""Properties and their groups over HTTP: the page with its forms, orders, and changes of type with their previews."""

from __future__ import annotations

import pytest

from datasette_panoptic.store import properties, property_groups
from tests.serving import EDITOR
from tests.test_annotations import AUTHOR, BASE, LIKES, SEEN, TOPIC, editing, get, post, sample

__all__ = ["sample"]


async def html(datasette, path: str, actor=EDITOR, status: int = 200) -> str:
    response = await datasette.client.get(BASE + path, actor=actor)
    assert response.status_code == status, response.text
    return response.text


async def form(datasette, path: str, **fields: str) -> str:
    response = await datasette.client.post(BASE + path, data=fields, actor=EDITOR, headers={"accept": "text/html"})
    assert response.status_code == 303, response.text
    return response.headers["location"].removeprefix(BASE)


def panel(sample) -> list[tuple[str | None, list[str]]]:
    return [(h.name, [row["name"] for row in h.properties]) for h in property_groups.headings(sample.conn)]


@pytest.mark.asyncio
async def test_everybody_reads_the_page_and_editors_have_forms(sample):
    async with editing(sample) as datasette:
        editors, others = await html(datasette, "/properties"), await html(datasette, "/properties", actor=None)
    for text in (editors, others):
        assert f'href="{BASE}?_group=Author"' in text
        assert f'href="{BASE}?Author__notblank=1"' in text
        assert f'href="{BASE}?_sort=Author"' in text
        assert f'href="{BASE}/tags/2"' in text
        assert "4 values" in text
        assert f'href="{BASE}?_group=width"' in text
    assert others.count("<form method=") == 0
    assert f'action="{BASE}/properties/1/delete"' in editors
    assert "Delete, with 2 values" in editors


@pytest.mark.asyncio
async def test_the_links_lead_to_views(sample):
    async with editing(sample) as datasette:
        for path in ("?_group=Author", "?Author__notblank=1", "?_sort=Author"):
            await html(datasette, path, actor=None)


@pytest.mark.asyncio
async def test_forms_make_describe_group_move_and_delete(sample):
    async with editing(sample) as datasette:
        made = await form(
            datasette, "/properties", name="Period", type="date", scope="instance", description="When", group="Dating"
        )
        assert made.startswith("/properties#property-")
        property_id = int(made.rpartition("-")[2])
        assert panel(sample)[-1] == ("Dating", ["Period"])
        assert await form(datasette, f"/properties/{property_id}", name="Epoch", description="", group="") == made
        assert properties.get(sample.conn, property_id)["description"] is None
        assert panel(sample)[0][1][-1] == "Epoch"
        group = await form(datasette, "/property-groups", name="Looks")
        group_id = int(group.rpartition("-")[2])
        await form(datasette, f"/property-groups/{group_id}/move", step="up")
        assert [name for name, _ in panel(sample)] == [None, "Looks", "Dating"]
        await form(datasette, f"/properties/{property_id}/move", step="down")
        assert panel(sample)[1] == ("Looks", ["Epoch"])
        await form(datasette, f"/property-groups/{group_id}", name="Look")
        await form(datasette, f"/property-groups/{group_id}/delete", properties="delete")
        assert "Epoch" not in [name for _, inside in panel(sample) for name in inside]
        for _ in range(7):
            assert (await post(datasette, "/undo"))["conflicts"] == 0
    assert [name for name, _ in panel(sample)] == [None]


@pytest.mark.asyncio
async def test_the_order_of_the_panel_is_one_change(sample):
    async with editing(sample) as datasette:
        made = await post(datasette, "/property-groups", {"name": "Looks"})
        assert (await get(datasette, "/properties.json"))["groups"] == [{"id": made["id"], "name": "Looks"}]
        order = [{"group": made["id"], "properties": [3, int(TOPIC)]}, {"group": None, "properties": [8]}]
        done = await post(datasette, "/properties/order", {"order": order})
        assert done["changed"] > 2
        assert panel(sample) == [
            (None, ["Page", "Author", "Likes", "Taken", "Hue", "Kind"]),
            ("Looks", ["Seen", "Topic"]),
        ]
        listed = [field["name"] for field in (await get(datasette, "/properties.json"))["fields"] if field["id"]]
        assert listed == ["Page", "Author", "Likes", "Taken", "Hue", "Kind", "Seen", "Topic"]
        for fault in ({}, {"order": [{"group": 1}]}, {"order": [{"group": "x", "properties": []}]}):
            await post(datasette, "/properties/order", fault, status=400)
        missing = {"order": [{"group": None, "properties": [99]}]}
        assert "no property 99" in (await post(datasette, "/properties/order", missing, status=404))["error"]


@pytest.mark.asyncio
async def test_a_change_of_type_is_looked_at_before_it_is_made(sample):
    async with editing(sample) as datasette:
        seen = await get(datasette, f"/properties/{LIKES}/type.json?type=checkbox")
        assert (seen["converts"], seen["failing"]) == (1, 3)
        assert {failing["value"] for failing in seen["fails"]} == {"1234567890123456789", str(2**53), "1.5"}
        page = await html(datasette, f"/properties?property={LIKES}&type=checkbox")
        assert "3 values do not fit the new type and would be erased" in page
        refused = await post(datasette, f"/properties/{LIKES}/type", {"type": "checkbox"}, status=409)
        assert "`Likes` has values that are no checkbox (3)" in refused["error"]
        assert (await get(datasette, f"/properties/{LIKES}.json"))["values"] == 4
        done = await post(datasette, f"/properties/{LIKES}/type", {"type": "checkbox", "failing": "erase"})
        assert done["id"] > int(LIKES)
        about = await get(datasette, f"/properties/{done['id']}.json")
        assert (about["name"], about["type"], about["values"]) == ("Likes", "checkbox", 1)
        assert about["types"] == ["text", "number", "tag"]
        assert (await post(datasette, "/undo"))["conflicts"] == 0
        assert (await get(datasette, f"/properties/{LIKES}.json"))["values"] == 4
        assert (await form(datasette, f"/properties/{SEEN}/type", type="text")).startswith("/properties#property-")


@pytest.mark.asyncio
async def test_what_cannot_be(sample):
    faults = [
        (f"/properties/{AUTHOR}/type", {"type": "image"}, 400, "`type` cannot be `image`"),
        (f"/properties/{SEEN}/type", {"type": "color"}, 400, "which can become text, number, tag, not color"),
        (f"/properties/{AUTHOR}/type", {"type": "number", "failing": "keep"}, 400, "`failing` cannot be `keep`"),
        ("/properties/99/type", {"type": "text"}, 404, "no property 99"),
        (f"/properties/{AUTHOR}/move", {"step": "left"}, 400, "`step` cannot be `left`"),
        ("/property-groups", {"name": " "}, 400, "a property group needs a name"),
        ("/property-groups/1", {"name": "x"}, 404, "no property group 1"),
        ("/property-groups/1/delete", {"properties": "all"}, 400, "`properties` cannot be `all`"),
        ("/property-groups/1/move", {"step": "up"}, 404, "no property group 1"),
    ]
    async with editing(sample) as datasette:
        for path, body, status, message in faults:
            assert message in (await post(datasette, path, body, status=status))["error"]
        await get(datasette, "/properties/99.json", status=404)
        await get(datasette, "/properties/99/type.json?type=text", status=404)
        await html(datasette, "/properties?wrong=1", status=400)
