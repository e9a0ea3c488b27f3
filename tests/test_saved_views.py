"""Saved views: their laws in the store, what follows a renamed property, and the addresses that open them."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.query import ANYWHERE, Combined, Condition, Grouping, Query, Sort
from datasette_panoptic.errors import NotThere, PanopticError
from datasette_panoptic.query import text
from datasette_panoptic.query.renaming import change as change_property
from datasette_panoptic.query.renaming import change_tag, merge_tags, renamed, renamed_layout
from datasette_panoptic.store import history, properties, saved_views, tags
from datasette_panoptic.store.undo import redo, undo
from tests.rows import empty
from tests.serving import EDITOR, NASTY, OWNER, serving
from tests.test_annotations import BASE, editing, get, post, sample

__all__ = ["sample"]

NAMES = ("Trash", "Été", "By author", NASTY)


def project_with(*names: str):
    conn = empty()
    for name in names:
        saved_views.create(conn, name, f"name={len(name)}", {"_thumb": "200"}, actor="ada")
    return conn


def names(conn) -> list[str]:
    return [view.name for view in saved_views.listed(conn)]


def test_a_view_is_kept_as_it_was_given_as_the_last_tab():
    conn = project_with(*NAMES)
    view_id, done = saved_views.create(conn, "  Last ", "width__gt=5&_group=name", {"_show": "a~2Cb,c"}, actor="bob")
    view = saved_views.find(conn, view_id)
    assert (view.name, view.query, view.layout) == ("Last", "width__gt=5&_group=name", {"_show": "a~2Cb,c"})
    assert (view.actor, done.changed, names(conn)) == ("bob", 1, [*NAMES, "Last"])
    conn.close()


@given(position=st.integers(0, 9), place=st.integers(0, len(NAMES) - 1))
def test_moving_puts_one_view_elsewhere_and_keeps_the_others_in_order(position, place):
    conn = project_with(*NAMES)
    before = saved_views.listed(conn)
    done = saved_views.move(conn, before[place].id, position, actor=None)
    after = [view.id for view in saved_views.listed(conn)]
    others = [view.id for view in before if view.id != before[place].id]
    assert [view_id for view_id in after if view_id != before[place].id] == others
    assert after.index(before[place].id) == min(position, len(NAMES) - 1)
    if done.changeset:
        undo(conn, actor=None)
    assert saved_views.listed(conn) == before
    conn.close()


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_a_duplicate_asks_the_same_and_stands_beside(place):
    conn = project_with(*NAMES)
    before = saved_views.listed(conn)
    copy_id, _ = saved_views.duplicate(conn, before[place].id, "Copy", actor="bob")
    copy = saved_views.find(conn, copy_id)
    assert (copy.query, copy.layout) == (before[place].query, before[place].layout)
    assert names(conn) == [*NAMES[: place + 1], "Copy", *NAMES[place + 1 :]]
    undo(conn, actor="bob")
    assert saved_views.listed(conn) == before
    conn.close()


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_deleting_and_undoing_is_nothing(place):
    conn = project_with(*NAMES)
    before = saved_views.listed(conn)
    saved_views.delete(conn, before[place].id, actor="ada")
    assert names(conn) == [*NAMES[:place], *NAMES[place + 1 :]]
    undo(conn, actor="ada")
    assert saved_views.listed(conn) == before
    redo(conn, actor="ada")
    assert len(saved_views.listed(conn)) == len(before) - 1
    conn.close()


def test_the_id_of_a_deleted_view_is_never_another_one_s():
    conn = project_with("a", "b")
    (_, last) = saved_views.listed(conn)
    saved_views.delete(conn, last.id, actor="ada")
    new_id, _ = saved_views.create(conn, "c", "", {}, actor="ada")
    assert new_id > last.id
    with pytest.raises(NotThere, match=f"no saved view {last.id}"):
        saved_views.find(conn, last.id)
    conn.close()


def test_a_change_that_changes_nothing_is_no_changeset():
    conn = project_with("a")
    (view,) = saved_views.listed(conn)
    assert (
        saved_views.change(conn, view.id, name="a", query=view.query, layout=view.layout, actor=None).changeset is None
    )
    assert saved_views.move(conn, view.id, 0, actor=None).changeset is None
    conn.close()


@pytest.mark.parametrize("name", ["", "  ", "x" * 201])
def test_a_view_needs_a_name(name):
    conn = project_with("a")
    (view,) = saved_views.listed(conn)
    with pytest.raises(PanopticError, match=r"needs a name|at most 200 characters"):
        saved_views.create(conn, name, "", {}, actor=None)
    with pytest.raises(PanopticError, match=r"needs a name|at most 200 characters"):
        saved_views.change(conn, view.id, name=name, actor=None)
    with pytest.raises(PanopticError, match="too long"):
        saved_views.change(conn, view.id, query="x" * 9000, actor=None)
    assert saved_views.listed(conn) == [view]
    conn.close()


QUERY = Query(
    where=(
        Condition("topic", "exact", ("Topic",)),
        Combined("not", (Condition("Topic", "isblank"), Condition("width", "gt", ("5",)))),
        Condition(ANYWHERE, "contains", ("Topic",)),
    ),
    groups=(Grouping("TOPIC"), Grouping("width", "100")),
    sorts=(Sort("Topic", descending=True), Sort("random")),
)


def test_a_field_is_renamed_wherever_a_query_names_it_and_nowhere_else():
    assert renamed(QUERY, "Topic", "Sujet, etc.") == Query(
        where=(
            Condition("Sujet, etc.", "exact", ("Topic",)),
            Combined("not", (Condition("Sujet, etc.", "isblank"), Condition("width", "gt", ("5",)))),
            Condition(ANYWHERE, "contains", ("Topic",)),
        ),
        groups=(Grouping("Sujet, etc."), Grouping("width", "100")),
        sorts=(Sort("Sujet, etc.", descending=True), Sort("random")),
    )
    assert renamed(QUERY, "Other", "Topic") == QUERY
    layout = {"_show": "Topic,width", "_facets": "width,topic", "_view": "Topic"}
    assert renamed_layout(layout, "Topic", "a,b") == {
        "_show": "a~2Cb,width",
        "_facets": "width,a~2Cb",
        "_view": "Topic",
    }


def test_views_follow_a_renamed_property_and_its_undoing():
    conn = empty()
    property_id = properties.create(conn, "Topic", "text", "image")
    saved_views.create(conn, "all of it", text.to_string(QUERY), {"_show": "Topic"}, actor=None)
    saved_views.create(conn, "nothing of it", "width__gt=5&width__lt=9", {}, actor=None)
    conn.execute("insert into saved_views (name, query, position) values ('unreadable', '_x=Topic', 9)")
    before = saved_views.listed(conn)
    done = change_property(conn, property_id, name="Sujet", actor="ada")
    first, *others = saved_views.listed(conn)
    assert text.parse_string(first.query) == renamed(QUERY, "Topic", "Sujet")
    assert first.layout == {"_show": "Sujet"}
    assert (others, done.changed) == (before[1:], 2)
    undo(conn, actor="ada")
    assert saved_views.listed(conn) == before
    conn.close()


@pytest.mark.asyncio
async def test_a_view_is_saved_with_the_layout_of_its_page_and_opens_as_it_was(sample):
    async with editing(sample) as datasette:
        address = "Topic=cat&_group=Author&_sort_desc=name&_thumb=200&_show=Author&_view=table&_at=3&_lang=fr&_tab=9"
        made = await post(datasette, "/views", {"name": "Cats", "query": f"?{address}"})
        (view,) = (await get(datasette, "/views.json", actor=EDITOR))["views"]
        opened = await datasette.client.get(f"{BASE}/views/{made['id']}", follow_redirects=False)
    assert (made["changed"], view["count"], view["fault"], view["actor"]) == (1, 2, "", "edith")
    assert view["query"] == "Topic=cat&_group=Author&_sort_desc=name"
    assert view["layout"] == {"_thumb": "200", "_show": "Author", "_view": "table"}
    assert opened.status_code == 302
    assert opened.headers["location"] == view["href"]
    assert parse_qs(urlsplit(view["href"]).query) == {
        "Topic": ["cat"], "_group": ["Author"], "_sort_desc": ["name"], "_thumb": ["200"], "_show": ["Author"],
        "_view": ["table"], "_tab": [str(made["id"])],
    }  # fmt: skip


@pytest.mark.asyncio
async def test_views_are_changed_copied_moved_and_deleted_and_each_is_undone(sample):
    async with editing(sample) as datasette:
        first = (await post(datasette, "/views", {"name": "Cats", "query": "Topic=cat"}))["id"]
        second = (await post(datasette, "/views", {"name": NASTY, "query": ""}))["id"]
        before = (await get(datasette, "/views.json"))["views"]
        await post(datasette, f"/views/{first}", {"name": "Dogs", "query": "Topic=dog&_thumb=90"})
        copy = (await post(datasette, f"/views/{first}/duplicate"))["id"]
        await post(datasette, f"/views/{second}/move", {"position": 0})
        await post(datasette, f"/views/{first}/delete")
        found = [(view["id"], view["name"], view["query"]) for view in (await get(datasette, "/views.json"))["views"]]
        assert found == [(second, NASTY, ""), (copy, "Dogs (copy)", "Topic=dog")]
        for _ in range(4):
            assert (await post(datasette, "/undo"))["conflicts"] == 0
        assert (await get(datasette, "/views.json"))["views"] == before
        page = (await datasette.client.get(f"{BASE}?_tab={second}")).text
        changes = (await get(datasette, "/history.json"))["entries"]
    assert page.count('class="tab"') == 3
    assert "<script>alert" not in page
    assert {entry["tool_label"] for entry in changes[4:8]} == {"saved view"}
    assert [entry["properties"] for entry in changes[4:8]] == [
        "Dogs", f"Dogs, {NASTY}, Dogs (copy)", f"{NASTY}, Dogs (copy)", "Dogs",
    ]  # fmt: skip
    assert [entry.tool for entry in history.history(sample.conn)[:5]] == ["undo"] * 4 + ["view"]


@pytest.mark.asyncio
async def test_views_that_cannot_be(sample):
    faults = [
        ("/views", {"query": ""}, 400, "`name` is missing"),
        ("/views", {"name": "x"}, 400, "`query` is missing"),
        ("/views", {"name": " ", "query": ""}, 400, "needs a name"),
        ("/views", {"name": "x", "query": "Nothing=1"}, 400, "no property `Nothing`"),
        ("/views", {"name": "x", "query": "_sort=Nothing"}, 400, "no property `Nothing`"),
        ("/views", {"name": "x", "query": "_in=99"}, 404, "no selection 99"),
        ("/views/99", {"name": "x"}, 404, "no saved view 99"),
        ("/views/99/duplicate", {}, 404, "no saved view 99"),
        ("/views/99/move", {"position": 0}, 404, "no saved view 99"),
        ("/views/99/move", {}, 400, "`position` is missing"),
        ("/views/99/delete", {}, 404, "no saved view 99"),
    ]
    async with editing(sample) as datasette:
        for path, body, status, message in faults:
            assert message in (await post(datasette, path, body, status=status))["error"]
        assert (await datasette.client.get(f"{BASE}/views/99")).status_code == 404
        assert (await get(datasette, "/views.json"))["views"] == []


@pytest.mark.asyncio
async def test_a_view_that_no_longer_suits_the_project_says_what_is_missing_and_offers_the_rest(sample):
    async with editing(sample) as datasette:
        query = "Author=Anna&width__gt=5&_group=Author&_sort=name&_thumb=200"
        view_id = (await post(datasette, "/views", {"name": "Old <b>", "query": query}))["id"]
        await post(datasette, "/properties/1/delete")
        (view,) = (await get(datasette, "/views.json"))["views"]
        page = await datasette.client.get(f"{BASE}/views/{view_id}")
    assert (view["count"], view["href"]) == (None, f"{BASE}/views/{view_id}")
    assert "no property `Author`" in view["fault"]
    assert page.status_code == 200
    for said in ("no property <code>Author</code>", "<code>Author=Anna</code>", "<code>_group=Author</code>"):
        assert said in page.text
    assert "Old <b>" not in page.text
    assert f'href="{BASE}?width__gt=5&amp;_sort=name&amp;_thumb=200"' in page.text


@pytest.mark.asyncio
async def test_a_name_is_proposed_in_the_words_of_the_filter_bar(sample):
    async with editing(sample) as datasette:
        assert (await get(datasette, "/views.json?Topic=cat&_group=Author&_sort=name"))["name"] == (
            "Topic is cat, grouped by Author"
        )
        assert (await get(datasette, "/views.json?_sort=name&_tab=1"))["name"] == ""


@pytest.mark.asyncio
async def test_without_javascript_the_tabs_are_links_and_a_form_saves(sample):
    async with serving(sample.path) as datasette:
        form = {"name": "From a form", "query": "Topic=cat"}
        html = {"accept": "text/html"}
        made = await datasette.client.post(
            f"{BASE}/views", data=form, headers=html, actor=OWNER, follow_redirects=False
        )
        assert (made.status_code, made.headers["location"]) == (303, f"{BASE}/views/1")
        page = (await datasette.client.get(f"{BASE}?Topic=cat&_tab=1", actor=OWNER)).text
        seen = (await datasette.client.get(f"{BASE}?Topic=cat&_tab=1")).text
    link = f'<a class="tab" href="{BASE}/views/1" aria-current="page">From a form</a>'
    assert link in page
    assert link in seen
    assert f'action="{BASE}/views"' in page
    assert f'action="{BASE}/views"' not in seen


def test_views_follow_renamed_and_merged_tags_and_their_undoing():
    conn = empty()
    topic = properties.create(conn, "Topic", "multi_tags", "image")
    cat, tom, dog = (tags.create(conn, topic, name) for name in ("cat", "tom", "dog"))
    asked = "topic=TOM&Topic__any=cat,tom,\u00a0Dog&_where=not(Topic__all=tom;name=tom)&name__contains=tom"
    saved_views.create(conn, "tom", asked, {}, actor=None)
    saved_views.create(conn, "no tag", "name=tom", {}, actor=None)
    before = saved_views.listed(conn)

    def found() -> str:
        return unquote_plus(saved_views.listed(conn)[0].query)

    assert change_tag(conn, tom, name="Tom, a cat", actor="ada").changed == 2
    assert found() == (
        "topic=Tom, a cat&Topic__any=cat,Tom~2C a cat,\u00a0Dog"
        "&_where=not(Topic__all=Tom~2C a cat;name=tom)&name__contains=tom"
    )
    merged = merge_tags(conn, [tom, dog], cat, actor="ada")
    assert found() == "topic=cat&Topic__any=cat&_where=not(Topic__all=cat;name=tom)&name__contains=tom"
    assert merged.changeset is not None
    assert change_tag(conn, cat, color="#ff0000", actor="ada").changed == 1
    for _ in range(3):
        undo(conn, actor="ada")
    assert saved_views.listed(conn) == before
    conn.close()
