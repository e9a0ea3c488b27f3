"""The filter bar alive: the builder of conditions, groups and orders, search, facets. The page never reloads."""

# ruff: noqa: F811  fixtures are imported under the names that tests ask for
from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from datasette_panoptic.domain.fields import SYSTEM_FIELDS
from datasette_panoptic.query.steps import DATE_STEPS

from .conftest import INSTANCES
from .filtering import (  # noqa: F401
    KINDS,
    TOPICS,
    counted,
    found,
    has_topic,
    shown,
    told,
)
from .rest import rest
from .test_groups import chips, headings
from .test_looks import faults


def test_a_condition_by_keyboard(shown):
    grid = shown()
    grid.page.focus(".scroller")
    grid.press("f")
    page = grid.page
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Field"
    grid.press("Tab", "Tab")
    page.keyboard.type("ca")
    page.wait_for_selector(".suggestions li")
    assert page.locator(".suggestions li .name").all_inner_texts()[0] == "cat"
    grid.press("Enter")
    page.keyboard.type("bo")
    page.wait_for_selector(".suggestions li:has-text('boat')")
    grid.press("Enter")
    wanted = found(lambda n: has_topic(n, "cat", "boat"))
    page.wait_for_selector(f".found:has-text('{wanted} instances')")
    grid.press("Enter")
    counted(grid, wanted)
    assert parse_qs(grid.query) == {"Topic__any": ["cat,boat"]}
    assert chips(page) == ["Topic is one of cat, boat"]
    assert page.evaluate("document.activeElement.className") == "scroller"


def test_nested_groups_by_mouse(shown):
    grid = shown("Topic=cat")
    page = grid.page
    page.click("button:has-text('Filter')")
    page.get_by_label("Field").last.select_option("Likes")
    page.get_by_label("Condition", exact=True).last.select_option("lte")
    page.get_by_label("Value").last.fill("100")
    page.click("dialog .builder-root > .adders button:has-text('Group of conditions')")
    page.get_by_label("How to combine the conditions").last.select_option("not")
    page.get_by_label("Field").last.select_option("Seen")
    page.get_by_label("Value").last.select_option("true")
    wanted = found(lambda n: has_topic(n, "cat") and n <= 100 and not n % 2)
    page.wait_for_selector(f".found:has-text('{wanted} instances')")
    page.click("dialog .primary")
    counted(grid, wanted)
    assert parse_qs(grid.query) == {"Topic": ["cat"], "Likes__lte": ["100"], "_where": ["not(Seen=true)"]}
    assert chips(page) == ["Topic is cat", "Likes is at most 100", "not (Seen is yes)"]
    page.go_back()
    counted(grid, found(lambda n: has_topic(n, "cat")))
    assert chips(page) == ["Topic is cat"]


def test_the_whole_may_be_any_of_its_parts(shown):
    grid = shown("_where=any(Likes__lt=5;Likes__gt=220)")
    counted(grid, found(lambda n: n < 5 or n > 220))
    page = grid.page
    page.click(".chip .edit")
    assert page.get_by_label("How to combine the conditions").input_value() == "any"
    assert page.evaluate("document.activeElement.value") == "5"
    page.keyboard.type("0")
    page.click("dialog .primary")
    counted(grid, found(lambda n: n < 50 or n > 220))
    assert grid.query == "_where=any%28Likes__lt%3D50%3BLikes__gt%3D220%29"


def test_what_is_wrong_is_said_at_the_condition(shown):
    grid = shown("Likes__gt=5&Topic=cat")
    page = grid.page
    page.click(".chip .edit:has-text('Likes')")
    page.keyboard.press("Control+A")
    page.keyboard.type("many")
    page.wait_for_selector(".condition:has([aria-invalid=true]) + .problem:has-text('`many` is no number')")
    page.click("dialog .primary")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.click("dialog .primary")
    assert page.locator(".problem:visible").inner_text() == "Enter a value, or remove this condition"
    page.keyboard.press("Escape")
    assert parse_qs(grid.query) == {"Likes__gt": ["5"], "Topic": ["cat"]}


def test_between_dates_and_values_of_a_text(shown):
    grid = shown("Said__between=1960,1969&Author__any=Anna")
    wanted = found(lambda n: 10 <= n % 40 < 20 and not n % 2)
    counted(grid, wanted)
    page = grid.page
    page.click(".chip .edit:has-text('Said')")
    page.get_by_label("To", exact=True).fill("1979")
    page.get_by_role("combobox", name="Value").focus()
    page.wait_for_selector(".suggestions li:has-text('Zoé')")
    page.click(".suggestions li:has-text('Zoé')")
    page.click("dialog .primary")
    counted(grid, found(lambda n: 10 <= n % 40 < 30))
    assert chips(page) == ["Said is between 1960 and 1979", "Author is one of Anna, Zoé"]


def test_chips_are_removed_and_the_empty_view_offers_to_remove_all(shown):
    grid = shown("Topic=cat&Likes__gt=9999&_group=Topic")
    page = grid.page
    assert "Nothing here matches the filters." in page.inner_text("panoptic-grid .empty")
    page.click("text=Remove the filters")
    counted(grid, INSTANCES)
    assert grid.query == "_group=Topic"
    page.click('[aria-label="Remove: grouped by Topic"]')
    grid.wait()
    assert (grid.query, headings(grid)) == ("", [])
    page.fill("[name=_search]", "nothing is called so")
    page.keyboard.press("Enter")
    counted(grid, 0)
    assert page.inner_text("panoptic-grid .empty") == "Nothing here matches the filters. Remove the filters"


def test_groups_by_dialog(shown):
    grid = shown("Likes__lte=90")
    page = grid.page
    page.focus(".scroller")
    grid.press("g")
    page.get_by_label("Group by").select_option("Said")
    page.get_by_label("Step").select_option("decade")
    page.click("dialog[open] button:has-text('Then by')")
    page.get_by_label("Group by").last.select_option("Topic")
    page.get_by_label("Order of the groups").last.select_option("size")
    page.click("dialog[open] .primary")
    page.wait_for_selector(".stage .group")
    grid.wait()
    assert parse_qs(grid.query)["_group"] == ["Said:decade", "Topic::!size"]
    assert headings(grid)[0].startswith("1950s, ")
    page.click(".chip.group .edit >> nth=0")
    page.click("[role=group][aria-label='Level 2'] [aria-label='Move up']")
    page.get_by_label("Group by").last.select_option("Likes")
    page.get_by_label("Bins").select_option("e0_10_100")
    page.get_by_label("Edges").fill("30, 10")
    page.click("dialog[open] .primary")
    page.wait_for_selector("dialog[open] [role=alert]:has-text('edges ascend')")
    page.get_by_label("Edges").fill("10, 30")
    page.click("dialog[open] .primary")
    page.wait_for_selector(".chip:has-text('grouped by Likes, with edges 10, 30')")
    assert parse_qs(grid.query)["_group"] == ["Topic::!size", "Likes:e10_30"]


def test_sorting_by_several_fields(shown):
    grid = shown("_thumb=100")
    page = grid.page
    page.select_option("panoptic-bar .sort select", "Author")
    grid.wait()
    page.click("[aria-label='Sort by several fields']")
    page.click("dialog[open] button:has-text('Then by')")
    page.get_by_label("Sort by", exact=True).last.select_option("Likes")
    page.locator("dialog[open] .direction").last.click()
    page.click("dialog[open] .primary")
    grid.settle()
    assert grid.query == "_sort=Author&_sort_desc=Likes&_thumb=100"
    assert page.inner_text("[aria-label='Sort by several fields']") == "+1"
    page.click("panoptic-bar [aria-label^='Ascending']")
    grid.settle()
    assert grid.query == "_sort_desc=Author&_sort_desc=Likes&_thumb=100"


def test_the_dialogs_offer_every_field_and_every_step(shown):
    page = shown().page
    values = "options => options.map((option) => option.value)"
    page.click("[aria-label='Sort by several fields']")
    offered = page.get_by_label("Sort by", exact=True).last.locator("option").evaluate_all(values)
    seen = {field.name for field in SYSTEM_FIELDS} - {"annotated_by"}  # people are not named to visitors
    assert set(offered) == seen | {*KINDS, "random"}
    page.keyboard.press("Escape")
    page.focus(".scroller")
    page.keyboard.press("g")
    page.locator("dialog[open] select").first.select_option("Said")
    steps = page.locator("dialog[open] select").nth(1).locator("option").evaluate_all(values)
    assert set(steps) == {"", *DATE_STEPS}


def test_the_view_follows_the_search(shown):
    grid = shown("Likes__lte=60")
    page = grid.page
    page.focus(".scroller")
    grid.press("x")
    page.keyboard.type("zo")
    counted(grid, found(lambda n: n <= 60 and n % 2))
    page.keyboard.type("e -dog")
    counted(grid, found(lambda n: n <= 60 and n % 2 and not has_topic(n, "dog")))
    assert parse_qs(grid.query) == {"_search": ["zoe -dog"], "Likes__lte": ["60"]}
    page.go_back()
    counted(grid, 60)
    assert page.input_value("[type=search]") == ""
    page.go_forward()
    counted(grid, found(lambda n: n <= 60 and n % 2 and not has_topic(n, "dog")))
    assert page.input_value("[type=search]") == "zoe -dog"
    page.focus("[type=search]")
    grid.press("Escape")
    counted(grid, 60)
    grid.press("Escape")
    assert page.evaluate("document.activeElement.className") == "scroller"


@pytest.mark.parametrize(("width", "color_scheme"), [(1400, "light"), (390, "dark")])
def test_axe_finds_nothing(shown, color_scheme, width):
    grid = shown(
        "Topic=cat&_where=any(Likes__gt=5;Seen=true)&_facets=Topic,Said,Seen", color_scheme=color_scheme, width=width
    )
    page = grid.page
    page.wait_for_selector(".facet .chart a", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if width < 500:
        page.click(".folders-button")
    assert faults(page) == ""
    page.keyboard.press("Escape")
    page.focus(".scroller")
    for key in ("f", "g"):
        grid.press(key)
        page.wait_for_selector("dialog.builder[open]")
        rest(page)
        assert faults(page) == ""
        page.keyboard.press("Escape")


def test_in_french(shown):
    grid = shown("Topic=cat&_group=Likes:q4&_facets=Said", locale="fr-FR")
    page = grid.page
    assert chips(page) == ["Topic est cat", "groupé par Likes, 4 parts égales"]
    page.focus(".scroller")
    grid.press("f")
    assert page.inner_text("dialog[open] .primary") == "Appliquer"
    grid.press("Escape")
    page.wait_for_selector(".facet .chart[aria-label='Said, par année']")
