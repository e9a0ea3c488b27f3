"""The image page: every property of an image, who said it, its instances side by side, its history, and its forms."""

from __future__ import annotations

import re

import pytest

from datasette_panoptic.domain.changes import SetTags, SetValue
from datasette_panoptic.query import renaming
from datasette_panoptic.store import history
from datasette_panoptic.store.changesets import apply
from tests.serving import EDITOR, NASTY
from tests.test_annotations import AUTHOR, BASE, HUE, KIND, SEEN, TOPIC, authors, editing, get, sample
from tests.test_changesets import those

__all__ = ["sample"]


async def page_of(datasette, image_id: int, actor=EDITOR, query: str = "") -> dict:
    response = await datasette.client.get(f"{BASE}/image/{image_id}.json{query}", actor=actor)
    return response.json()


async def form(datasette, path: str, fields: dict[str, str], status: int = 303):
    headers = {"accept": "text/html"}
    response = await datasette.client.post(BASE + path, data=fields, actor=EDITOR, headers=headers)
    assert response.status_code == status, response.text
    return response


def rows(page: dict, key: str) -> dict[str, dict]:
    pane = next(pane for pane in page["panes"] if pane["key"] == key)
    return {row["label"]: row for row in pane["rows"]}


@pytest.mark.asyncio
async def test_editors_see_every_property_in_the_order_of_the_panel_and_others_what_is_set(sample):
    renaming.change(sample.conn, int(HUE), group="Looks")
    async with editing(sample) as datasette:
        editors, others = await page_of(datasette, 1), await page_of(datasette, 1, actor=None)
    assert list(rows(editors, "image")) == ["Topic", "Seen", "Taken", "Page", "Hue"]
    assert list(rows(editors, "instance")) == ["Author", "Likes", "Kind"]
    assert list(rows(others, "instance")) == ["Author", "Likes"]
    assert [rows(editors, "image")[name]["group"] for name in ("Page", "Hue")] == [None, "Looks"]
    assert (rows(editors, "instance")["Kind"]["text"], rows(editors, "instance")["Kind"]["plain"]) == (None, None)
    assert rows(editors, "instance")["Likes"]["plain"] == "1234567890123456789"
    assert [pane["instance"] for pane in editors["panes"]] == [1, 1, None]
    assert [pane["instance"] for pane in others["panes"]] == [None, None, None]
    assert (editors["values_url"], others["values_url"]) == (f"{BASE}/image/1/values", None)


@pytest.mark.asyncio
async def test_each_value_says_who_said_it_last_and_when(sample):
    apply(sample.conn, [SetValue(int(AUTHOR), "Bo")], those(1), actor="anna", tool="cell")
    apply(sample.conn, [SetTags(int(TOPIC), ("tom",))], those(1), actor=None, tool="cell")
    apply(sample.conn, [SetValue(int(SEEN), None)], those(1), actor="bo", tool="cell")
    async with editing(sample) as datasette:
        page = await page_of(datasette, 1)
    assert re.fullmatch(r"anna, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", rows(page, "instance")["Author"]["said"])
    assert rows(page, "image")["Topic"]["said"].startswith("not signed in, ")
    assert rows(page, "image")["Seen"]["said"].startswith("bo, "), "that it is unset was said too"
    assert rows(page, "image")["Hue"]["said"] == ""


@pytest.mark.asyncio
async def test_an_image_with_several_instances_has_a_table_of_them(sample):
    async with editing(sample) as datasette:
        table = (await page_of(datasette, 1))["table"]
        assert (await page_of(datasette, 3))["table"] is None
    assert table["columns"] == ["Author", "Likes", "Kind"]
    assert [row["name"] for row in table["rows"]] == ["a.jpg", "copy of a.jpg"]
    assert [[cell["text"] for cell in row["cells"]] for row in table["rows"]] == [
        ["Anna", "1234567890123456789", None],
        [None, "1.5", None],
    ]


@pytest.mark.asyncio
async def test_the_last_changes_of_the_image_are_on_its_page_with_undo_for_editors(sample):
    for n in range(12):
        apply(sample.conn, [SetValue(int(AUTHOR), f"Bo {n}")], those(4), actor="anna", tool="cell")
    apply(sample.conn, [SetValue(int(AUTHOR), "other")], those(3), actor="anna", tool="cell")
    latest = [entry.id for entry in history.history(sample.conn, image_id=1, limit=10)]
    async with editing(sample) as datasette:
        editors, others = await page_of(datasette, 1), await page_of(datasette, 1, actor=None)
        assert [entry["id"] for entry in editors["changes"]] == latest
        assert all(entry["undo_url"] for entry in editors["changes"])
        assert not any(entry["undo_url"] for entry in others["changes"])
        html = (await datasette.client.get(f"{BASE}/image/1", actor=EDITOR)).text
        assert html.count("data-changeset=") == 10
        assert f"{BASE}/history?image=1" in html
        gone = await form(datasette, "/undo", {"changeset": str(latest[0]), "image": "1"})
        assert gone.headers["location"] == f"{BASE}/image/1"
    assert authors(sample)[4] == "Bo 10"


FORMS = {
    "a text": (AUTHOR, "Bo\r\nand Cleo", {1: "Bo\nand Cleo"}),
    "a blank text": (AUTHOR, "  ", {}),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("case", FORMS)
async def test_a_form_writes_a_value_of_one_instance_and_comes_back_to_the_view(sample, case):
    property_id, text, expected = FORMS[case]
    sample.conn.execute("delete from instance_values")
    apply(sample.conn, [SetValue(int(AUTHOR), "Anna")], those(1), actor="anna", tool="cell")
    async with editing(sample) as datasette:
        html = (await datasette.client.get(f"{BASE}/image/1?_sort=name&width__gt=1", actor=EDITOR)).text
        path = f"{BASE}/image/1/values?_sort=name&amp;width__gt=1"
        assert f'action="{path}"' in html
        fields = {"property": property_id, "instance": "1", "text": text}
        back = await form(datasette, "/image/1/values?_sort=name&width__gt=1", fields)
        assert back.headers["location"] == f"{BASE}/image/1?_sort=name&width__gt=1"
    assert authors(sample) == expected
    (entry, *_) = history.history(sample.conn)
    assert (entry.actor, entry.tool, entry.query) == ("edith", "cell", "id=1")


@pytest.mark.asyncio
async def test_forms_write_tags_and_what_describes_the_image_for_all_its_instances(sample):
    async with editing(sample) as datasette:
        await form(datasette, "/image/1/values", {"property": TOPIC, "instance": "4", "text": 'tom, "rue, place"'})
        await form(datasette, "/image/1/values", {"property": KIND, "instance": "4", "text": "new"})
        page = await page_of(datasette, 1)
        assert [tag["name"] for tag in rows(page, "image")["Topic"]["tags"]] == ["rue, place", "tom"]
        assert rows(page, "image")["Topic"]["text"] == '"rue, place",tom'
        assert rows(page, "instance")["Kind"]["tags"] == []
        other = await page_of(datasette, 1, query="?_instance=4")
        assert [tag["name"] for tag in rows(other, "instance")["Kind"]["tags"]] == ["new"]


@pytest.mark.asyncio
async def test_forms_that_cannot_be(sample):
    faults = [
        ({"property": "99", "instance": "1", "text": "x"}, 404, "no property 99"),
        ({"property": AUTHOR, "instance": "3", "text": "x"}, 400, "`instance`: 3 is not an instance of image 1"),
        ({"property": SEEN, "instance": "1", "text": "maybe"}, 400, "`Seen`: a checkbox is true or false"),
        ({"property": AUTHOR, "text": "x"}, 400, "`instance` is missing"),
    ]
    before = authors(sample)
    async with editing(sample) as datasette:
        for fields, status, message in faults:
            response = await datasette.client.post(f"{BASE}/image/1/values", json=fields, actor=EDITOR)
            assert response.status_code == status
            assert message in response.json()["error"]
    assert authors(sample) == before


@pytest.mark.asyncio
async def test_values_with_markup_are_text(sample):
    apply(sample.conn, [SetValue(int(AUTHOR), NASTY)], those(1), actor=NASTY, tool="cell")
    async with editing(sample) as datasette:
        html = (await datasette.client.get(f"{BASE}/image/1", actor=EDITOR)).text
        await get(datasette, "/image/1.json")
    assert "<script>alert(1)" not in html
    assert "<img src=x" not in html
