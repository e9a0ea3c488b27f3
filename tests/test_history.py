"""The page of the history, and its JSON."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain.changes import SetTags, SetValue
from datasette_panoptic.query import renaming
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.undo import undo
from tests.serving import EDITOR, IMPORTER, NASTY
from tests.test_annotations import BASE, editing, get, sample
from tests.test_changesets import EVERY, those

__all__ = ["sample"]


@pytest.fixture
def told(sample):
    """Three changesets after those that made the sample's properties, the last two undone and done."""
    query = "Author=%3Cscript%3Ealert%281%29%3C%2Fscript%3E"
    first = apply(sample.conn, [SetValue(1, "Bo")], EVERY, actor="edith", tool="stamp", query=query)
    second = apply(sample.conn, [SetTags(2, ("dog",))], those(3), actor=NASTY, tool="cell", query="")
    undo(sample.conn, actor="edith", changeset=first.changeset)
    return sample, first.changeset, second.changeset


@pytest.mark.asyncio
async def test_who_changed_what_when_and_how_is_told_latest_first(told):
    _, first, second = told
    async with editing(told[0]) as datasette:
        entries = (await get(datasette, "/history.json", actor=IMPORTER))["entries"]
        editor = (await datasette.client.get(f"{BASE}/history.json", actor=EDITOR)).json()["entries"]
    assert [entry["id"] for entry in entries] == list(range(first + 2, 0, -1))
    undoing, tagging, stamping, *_ = entries
    assert (stamping["actor"], stamping["tool"], stamping["changed"]) == ("edith", "stamp", 5)
    assert (stamping["properties"], tagging["properties"], entries[-1]["properties"]) == ("Author", "Topic", "Author")
    assert stamping["view"]["label"] == "Author=<script>alert(1)</script>"
    assert stamping["view"]["href"].startswith(f"{BASE}?Author=%3C")
    assert (tagging["view"]["label"], tagging["view"]["href"]) == ("everything", BASE)
    assert (stamping["is_standing"], stamping["state_label"]) == (False, f"undone by {second + 1}")
    assert (undoing["tool_label"], undoing["is_standing"]) == (f"undo of {first}", True)
    assert entries[-1]["actor_label"] == "not signed in"
    assert {entry["undo_url"] for entry in entries} == {entry["redo_url"] for entry in entries} == {None}
    assert [(bool(entry["undo_url"]), bool(entry["redo_url"])) for entry in editor[:3]] == [
        (False, True), (True, False), (False, False),
    ]  # fmt: skip


@pytest.mark.asyncio
async def test_filters_and_pages(told):
    sample, first, second = told
    async with editing(sample) as datasette:

        async def ids(query: str) -> list[int]:
            return [
                entry["id"] for entry in (await get(datasette, f"/history.json?{query}", actor=IMPORTER))["entries"]
            ]

        assert await ids("actor=edith") == [second + 1, first]
        made = [entry.id for entry in properties_history(sample)]
        assert await ids("property=2") == [second, *made]
        assert await ids("image=3&property=&actor=") == [second + 1, second, first]
        assert await ids(f"image=3&before={second}") == [first]
        page = await get(datasette, "/history.json?image=3&limit=2")
        assert page["older"] == f"{BASE}/history.json?image=3&limit=2&before={second}"
        assert page["image"]["href"] == f"{BASE}/image/3"
        last = await get(datasette, page["older"].removeprefix(BASE))
        assert [entry["id"] for entry in last["entries"]] == [first]
        assert (last["older"], last["newest"]) == (None, f"{BASE}/history.json?image=3&limit=2")
        for bad in ("x=1", "limit=0", "limit=201", "property=x", "before=-1", "image=1.5"):
            error = (await get(datasette, f"/history.json?{bad}", status=400))["error"]
            assert f"`{bad.partition('=')[0]}`" in error


def properties_history(sample):
    """The changesets that made or edited the tag property itself."""
    from datasette_panoptic.store import history

    return [entry for entry in history.history(sample.conn, property_id=2) if entry.tool in ("property", "tag")]


@pytest.mark.asyncio
async def test_the_page_escapes_what_people_wrote_and_speaks_french(told):
    sample, _, second = told
    renaming.change(sample.conn, 1, name=NASTY)
    async with editing(sample) as datasette:
        html = (await datasette.client.get(f"{BASE}/history?_lang=fr", actor=EDITOR)).text
        found = await datasette.client.get(f"{BASE}/history", params={"actor": NASTY}, actor=EDITOR)
    for hostile in ("<script>alert", "<img src=x"):
        assert hostile not in html
        assert hostile not in found.text
    assert "Historique" in html
    assert f'aria-label="Annuler {second}"' in html
    assert 'lang="fr"' in html
    assert f'data-changeset="{second}"' in found.text


@pytest.mark.asyncio
async def test_a_button_undoes_and_another_one_redoes_without_a_script(told):
    sample, first, second = told
    browser = {"accept": "text/html,application/xhtml+xml", "sec-fetch-site": "same-origin"}
    async with editing(sample) as datasette:

        async def press(path: str, changeset: int):
            return await datasette.client.post(
                f"{BASE}{path}", data={"changeset": str(changeset)}, headers=browser, actor=EDITOR
            )

        undone = await press("/undo", second)
        assert (undone.status_code, undone.headers["location"]) == (303, f"{BASE}/history")
        again = await press("/undo", second)
        assert (again.status_code, "already undone" in again.text) == (409, True)
        assert (await press("/redo", second + 1)).status_code == 303
        authors = sample.conn.execute("select distinct Author from instance_values where instance_id > 2").fetchall()
        assert authors == [("Bo",)]
        foreign = await datasette.client.post(
            f"{BASE}/undo", data={"changeset": str(first)}, headers=browser | {"sec-fetch-site": "cross-site"},
            actor=EDITOR,
        )  # fmt: skip
        assert foreign.status_code == 403


@pytest.mark.asyncio
async def test_the_page_says_what_an_undo_left_alone(sample):
    everywhere = apply(sample.conn, [SetValue(1, "Cy")], EVERY, actor="edith", tool="stamp").changeset
    apply(sample.conn, [SetValue(1, "Di")], those(3), actor="root", tool="cell")
    async with editing(sample) as datasette:
        undone = await datasette.client.post(
            f"{BASE}/undo", data={"changeset": str(everywhere)}, actor=EDITOR,
            headers={"accept": "text/html", "sec-fetch-site": "same-origin"},
        )  # fmt: skip
        page = await datasette.client.get(
            undone.headers["location"], actor=EDITOR, cookies={"ds_messages": undone.cookies["ds_messages"]}
        )
    assert "Undone: 4 values · 1 not undone because somebody has changed it since" in page.text


@pytest.mark.asyncio
async def test_an_image_is_asked_for_in_the_form(told):
    async with editing(told[0]) as datasette:
        plain = (await datasette.client.get(f"{BASE}/history")).text
        asked = (await datasette.client.get(f"{BASE}/history?image=3")).text
    assert 'name="image" inputmode="numeric" pattern="[0-9]*" size="8" value=""' in plain
    assert 'size="8" value="3"' in asked


@pytest.mark.asyncio
async def test_the_page_is_linked_where_there_is_something_to_see_or_do(project):
    link = f'href="{BASE}/history"'
    async with editing(project) as datasette:
        assert link not in (await datasette.client.get(BASE)).text
        assert link in (await datasette.client.get(BASE, actor=EDITOR)).text
        assert "Nothing has been changed yet." in (await datasette.client.get(f"{BASE}/history")).text
        properties.create(project.conn, "Note", "text", "image")
        assert link in (await datasette.client.get(BASE)).text


def test_an_undone_redo_leaves_the_undo_standing(sample):
    from datasette_panoptic.store.undo import redo

    first = apply(sample.conn, [SetValue(1, "Bo")], EVERY, actor="a", tool="stamp").changeset
    second = undo(sample.conn, actor="a").changeset
    third = redo(sample.conn, actor="a").changeset
    fourth = undo(sample.conn, actor="a", changeset=third).changeset
    marks = dict(sample.conn.execute("select id, undone_by from _panoptic_changesets where id >= ?", [first]))
    assert marks == {first: second, second: None, third: fourth, fourth: None}
