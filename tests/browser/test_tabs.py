"""Saved views, the SQL of a view, and two views beside each other, by keyboard and by mouse."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from datasette_panoptic.store import saved_views
from datasette_panoptic.store.connection import connect

from .conftest import COPIES, FOLDERS, INSTANCES, Grid
from .serving import Server, serve
from .test_looks import faults

WIDE = "width__gte=200"
WIDE_ONES = 61


@pytest.fixture
def museum(corpus, tmp_path) -> Iterator[Server]:
    """A project of this test's own, with two saved views."""
    path = tmp_path / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    saved_views.create(conn, "Wide ones", WIDE, {"_thumb": "120"}, actor="root")
    saved_views.create(conn, "By format", "_group=format", {}, actor="root")
    conn.close()
    with serve(path) as running:
        yield running


@pytest.fixture
def tabbed(window, museum) -> Callable[..., Grid]:
    """Open the grid, by default as its owner, and wait for the tabs."""

    def opened(query: str = "", *, owner: bool = True, **options) -> Grid:
        shown = Grid(window(owner_of=museum if owner else None, **options), museum.grid("museum"))
        shown.open(query)
        shown.page.wait_for_selector("panoptic-tabs button")
        return shown

    return opened


def names(shown: Grid) -> list[str]:
    return shown.page.locator("panoptic-tabs a.tab .name").all_inner_texts()


def current(shown: Grid) -> str:
    return str(shown.page.locator("panoptic-tabs [aria-current=page]").inner_text()).split("\n")[0].strip()


def tab(shown: Grid, name: str):
    return shown.page.locator("panoptic-tabs a.tab", has_text=name)


def arrive(shown: Grid) -> None:
    shown.wait()
    shown.page.wait_for_selector("panoptic-tabs button")


def folder(shown: Grid, name: str) -> None:
    shown.page.locator(f'panoptic-folders [role=treeitem][title="{name}"]').click()
    shown.settle()


def test_a_view_is_saved_by_keyboard_and_found_again(tabbed):
    shown = tabbed("width__gte=200&_sort_desc=name")
    assert names(shown) == ["Wide ones", "By format"]
    assert current(shown) == "This view"
    shown.press("w")
    field = shown.page.locator("panoptic-tabs input")
    assert field.evaluate("field => field === document.activeElement")
    assert "Width" in field.input_value()
    shown.page.keyboard.type("Largest last")
    shown.press("Enter")
    shown.page.wait_for_selector("text=“Largest last” was saved")
    assert current(shown) == "Largest last"
    before, query = shown.positions, parse_qs(shown.query)
    assert query["_tab"] == ["3"]
    shown.page.reload()
    arrive(shown)
    assert current(shown) == "Largest last"
    shown.press("[")
    shown.settle()
    assert current(shown) == "By format"
    shown.press("]")
    shown.settle()
    assert (shown.positions, parse_qs(shown.query)) == (before, query)


def test_a_view_is_saved_by_mouse_and_changed_and_reverted(tabbed):
    shown = tabbed()
    folder(shown, "birds")
    shown.page.get_by_role("button", name="Save this view as a tab").click()
    shown.page.locator("panoptic-tabs input").fill("Birds")
    shown.page.keyboard.press("Enter")
    shown.page.wait_for_selector("panoptic-tabs a.tab[aria-current]:has-text('Birds')")
    shown.page.wait_for_selector(f"panoptic-tabs a.tab:has-text('Birds') .count:text-is('{FOLDERS['birds']}')")
    assert tab(shown, "Birds").locator(".unseen").count() == 0
    folder(shown, "copies")
    shown.page.wait_for_selector("panoptic-tabs a.tab.changed")
    assert "changed since" in tab(shown, "Birds").inner_text()
    shown.page.get_by_role("button", name="Revert").click()
    shown.settle()
    assert shown.count == f"{FOLDERS['birds']} instances"
    folder(shown, "copies")
    shown.page.get_by_role("button", name="Save", exact=True).click()
    shown.page.wait_for_selector(f"panoptic-tabs a.tab:has-text('Birds') .count:text-is('{COPIES}')")
    assert shown.page.locator("panoptic-tabs a.tab.changed").count() == 0


def test_a_tab_is_renamed_moved_and_deleted_by_keyboard_and_brought_back(tabbed):
    shown = tabbed(f"{WIDE}&_thumb=120&_tab=1")
    assert current(shown) == "Wide ones"
    tab(shown, "Wide ones").focus()
    shown.press("F2")
    shown.page.keyboard.type("Panoramas")
    shown.press("Enter")
    shown.page.wait_for_selector("panoptic-tabs a.tab:has-text('Panoramas')")
    tab(shown, "Panoramas").focus()
    shown.press("Alt+ArrowRight")
    shown.page.wait_for_selector("panoptic-tabs li:nth-child(3) a:has-text('Panoramas')")
    assert names(shown) == ["By format", "Panoramas"]
    assert tab(shown, "Panoramas").evaluate("tab => tab === document.activeElement")
    shown.press("Delete")
    shown.page.wait_for_selector("text=“Panoramas” was deleted")
    assert names(shown) == ["By format"]
    assert current(shown) == "This view"
    shown.page.locator(".toast").get_by_role("button", name="Undo").click()
    shown.page.wait_for_selector("panoptic-tabs a.tab[aria-current]:has-text('Panoramas')")
    assert names(shown) == ["By format", "Panoramas"]


def test_a_tab_is_renamed_copied_moved_and_deleted_by_mouse(tabbed):
    shown = tabbed("_group=format&_tab=2")
    tab(shown, "Wide ones").click()
    shown.settle()
    assert shown.query == f"{WIDE}&_tab=1&_thumb=120"
    tab(shown, "By format").dblclick()
    shown.page.locator("panoptic-tabs input").fill("Formats")
    shown.page.locator("panoptic-bar h1").click()  # leaving the field keeps the name
    shown.page.wait_for_selector("panoptic-tabs a.tab:has-text('Formats')")
    shown.page.get_by_role("button", name="Actions on this view").click()
    shown.page.get_by_role("menuitem", name="Duplicate").click()
    shown.page.wait_for_selector("panoptic-tabs a.tab[aria-current]:has-text('Formats (copy)')")
    tab(shown, "Formats (copy)").drag_to(tab(shown, "Wide ones"))
    shown.page.wait_for_selector("panoptic-tabs li:nth-child(2) a:has-text('Formats (copy)')")
    assert names(shown) == ["Formats (copy)", "Wide ones", "Formats"]
    shown.page.get_by_role("button", name="Actions on this view").click()
    shown.page.get_by_role("menuitem", name="Delete").click()
    shown.page.wait_for_selector("text=“Formats (copy)” was deleted")
    assert names(shown) == ["Wide ones", "Formats"]


def test_a_link_follows_its_view_and_a_stranger_changes_nothing(tabbed, museum):
    shown = tabbed(f"{WIDE}&_thumb=120&_tab=1", owner=False, permissions=["clipboard-read", "clipboard-write"])
    shown.page.get_by_role("button", name="Actions on this view").click()
    assert shown.page.get_by_role("menuitem").all_inner_texts() == ["Copy link"]
    shown.page.get_by_role("menuitem").click()
    shown.page.wait_for_selector("text=The link was copied to the clipboard")
    link = shown.page.evaluate("navigator.clipboard.readText()")
    assert link == f"{museum.grid('museum')}/views/1"
    shown.press("w")
    assert shown.page.locator("panoptic-tabs input").count() == 0
    shown.page.goto(link)
    arrive(shown)
    assert current(shown) == "Wide ones"
    assert parse_qs(shown.query) == {"width__gte": ["200"], "_thumb": ["120"], "_tab": ["1"]}


def test_only_these(tabbed):
    shown = tabbed("_sort_desc=name")
    shown.page.locator(".scroller").focus()
    shown.press("Space", "ArrowRight", "Space")
    wanted = shown.page.locator('.stage .card[aria-selected="true"]').evaluate_all(
        "all => all.map((card) => card.title)"
    )
    shown.page.get_by_role("button", name="Only these").click()
    shown.page.wait_for_url("**_in=1*")
    arrive(shown)
    assert shown.count == "2 instances"
    assert sorted(
        shown.page.locator(".stage .card:not([hidden])").evaluate_all("all => all.map((card) => card.title)")
    ) == sorted(wanted)
    assert "Selection of 2" in shown.page.inner_text(".panoptic-filters")


def test_the_sql_of_a_view_by_keyboard_and_the_way_back(tabbed):
    shown = tabbed("width__gte=200&_sort=name")
    shown.press("q")
    panel = shown.page.get_by_role("dialog", name="SQL of this view")
    panel.get_by_role("link", name="Open in the SQL editor").wait_for()
    assert "instances.id" in panel.inner_text()
    assert "plain sqlite3 does not" in panel.inner_text()
    shown.press("Escape")
    assert panel.count() == 0
    shown.page.get_by_role("button", name="SQL").click()
    panel.get_by_role("link", name="Open in the SQL editor").click()
    shown.page.get_by_role("link", name="panoptic", exact=True).click()
    shown.page.get_by_role("link", name="Back to the SQL").wait_for()
    assert shown.page.locator(".cards .card").count() == WIDE_ONES
    shown.page.get_by_role("link", name="Back to the SQL").click()
    shown.page.wait_for_url("**/-/query?*")


def test_two_views_beside_each_other_and_a_divider_to_move(tabbed, museum):
    shown = tabbed()
    shown.page.get_by_role("button", name="Split view").click()
    shown.page.get_by_role("menuitem", name="Wide ones").click()
    shown.page.wait_for_selector("panoptic-split[data-live]")
    right = shown.page.frame_locator("iframe[name=right]")
    left = shown.page.frame_locator("iframe[name=left]")
    right.locator("panoptic-tabs [aria-current]:has-text('Wide ones')").wait_for()
    left.locator(f"panoptic-bar .counts:has-text('{INSTANCES} instances')").wait_for()
    assert not left.locator("header.hd").is_visible()
    divider = shown.page.get_by_role("separator")
    divider.focus()
    shown.press("ArrowRight", "ArrowRight")
    assert divider.get_attribute("aria-valuenow") == "54"
    box = divider.bounding_box()
    shown.page.mouse.move(box["x"] + 4, box["y"] + 300)
    shown.page.mouse.down()
    shown.page.mouse.move(420, box["y"] + 300)
    shown.page.mouse.up()
    assert divider.get_attribute("aria-valuenow") == "30"
    left.locator("panoptic-tabs a.tab:has-text('By format')").click()
    shown.page.wait_for_function("() => parent.document.title.startsWith('By format |')")
    asked = parse_qs(urlsplit(shown.page.url).query)
    assert (asked["share"], parse_qs(asked["left"][0])["_tab"], parse_qs(asked["right"][0])["_tab"]) == (
        ["30"],
        ["2"],
        ["1"],
    )
    shown.page.get_by_role("link", name="Swap").click()
    shown.page.wait_for_function("() => parent.document.title.endsWith('| By format')")


def test_what_is_said_on_the_left_shows_on_the_right(tabbed, museum):
    shown = tabbed()
    shown.page.goto(f"{museum.grid('museum')}/split?left=1&right=1")
    left, right = (shown.page.frame_locator(f"iframe[name={side}]") for side in ("left", "right"))
    for side in (left, right):
        side.locator("panoptic-tabs .name:has-text('Wide ones')").wait_for()
        side.locator(".stage .card").first.wait_for()
    left.locator("panoptic-tabs a.tab:has-text('Wide ones')").dblclick()
    left.locator("panoptic-tabs input").fill("Renamed on the left")
    left.locator("panoptic-tabs input").press("Enter")
    right.locator("panoptic-tabs a.tab:has-text('Renamed on the left')").wait_for(timeout=4_000)


def test_split_without_scripts_is_two_frames(window, museum):
    page = window(java_script_enabled=False)
    page.goto(f"{museum.grid('museum')}/split?left=1&right=_group%3Dformat")
    for side, label in (("left", "Wide ones"), ("right", "format")):
        assert page.frame_locator(f"iframe[name={side}]").locator(".cards .card").count() > 0
        assert label in page.get_attribute(f"iframe[name={side}]", "title")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing(tabbed, museum, color_scheme):
    shown = tabbed("width__gte=200&_sort=name&_tab=1", color_scheme=color_scheme)
    assert faults(shown.page) == ""
    shown.press("q")
    shown.page.get_by_role("link", name="Open in the SQL editor").wait_for()
    assert faults(shown.page) == ""
    for path in ("sql?name__contains=a&_sort=name", "split?left=1&right=2"):
        shown.page.goto(f"{museum.grid('museum')}/{path}")
        shown.page.wait_for_selector(".sql-view, panoptic-split[data-live]")
        assert faults(shown.page) == ""


def test_a_phone_has_its_tabs_in_one_line_and_a_split_in_two(tabbed, museum):
    shown = tabbed("_group=format&_tab=2", width=390, height=844, has_touch=True, is_mobile=True, locale="fr-FR")
    bar = shown.page.locator("panoptic-tabs").bounding_box()
    assert bar["height"] < 60
    rights = "[...document.querySelector('panoptic-tabs').children].map((part) => part.getBoundingClientRect().right)"
    assert max(shown.page.evaluate(rights)) <= 390
    assert faults(shown.page) == ""
    shown.page.get_by_role("button", name="Actions sur cette vue").tap()
    assert shown.page.get_by_role("menuitem", name="Supprimer").is_visible()
    shown.page.goto(f"{museum.grid('museum')}/split?left=1&right=2")
    boxes = [shown.page.locator(f"iframe[name={side}]").bounding_box() for side in ("left", "right")]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
