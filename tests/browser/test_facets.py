"""Facets beside the grid: chosen, searched, and asked for by a click; alive, and without scripts."""

# ruff: noqa: F811  fixtures are imported under the names that tests ask for
from __future__ import annotations

from urllib.parse import parse_qs

from .filtering import (  # noqa: F401
    KINDS,
    TOPICS,
    counted,
    found,
    has_topic,
    shown,
    told,
)


def values(page, field: str) -> dict[str, str]:
    rows = page.locator(f".facet[data-field='{field}'] .value").evaluate_all(
        "all => all.map((one) => [one.querySelector('.name').textContent, one.querySelector('.count').textContent])"
    )
    return dict(rows)


def test_facets_are_chosen_and_their_values_ask_and_leave_out(shown):
    grid = shown("Author=Anna")
    page = grid.page
    page.select_option(".facets .adder", "Topic")
    page.wait_for_selector(".facet[data-field=Topic] .value")
    page.select_option(".facets .adder", "Author")
    page.wait_for_selector(".facet[data-field=Author] .value")
    anna = {topic: found(lambda n, t=topic: not n % 2 and has_topic(n, t)) for topic in TOPICS}
    assert values(page, "Topic") == {
        "animal": str(anna["cat"] + anna["dog"]), "cat": str(anna["cat"]), "dog": str(anna["dog"]),
        "boat": str(anna["boat"]), "without a value": str(found(lambda n: not n % 10)),
    }  # fmt: skip
    assert set(values(page, "Author")) == {"Anna", "Zoé"}, "the field's own condition does not narrow it"
    page.click(".facet[data-field=Topic] .take:has-text('cat')")
    counted(grid, anna["cat"])
    page.click(".facet[data-field=Topic] .take:has-text('boat')")
    counted(grid, anna["cat"] + anna["boat"])
    page.click(".facet[data-field=Topic] .take:has-text('dog')", modifiers=["Alt"])
    page.click(".facet[data-field=Topic] .take:has-text('boat')")
    counted(grid, anna["cat"])
    assert parse_qs(grid.query) == {
        "Author": ["Anna"], "Topic__any": ["cat"], "Topic__none": ["dog"], "_facets": ["Topic,Author"],
    }  # fmt: skip
    page.click(".facet[data-field=Topic] .take:has-text('without')")
    counted(grid, found(lambda n: not n % 10))
    page.click("[aria-label='Remove the facet Topic']")
    page.wait_for_selector(".facet[data-field=Topic]", state="detached")
    assert parse_qs(grid.query)["_facets"] == ["Author"]


def test_a_time_line_leads_to_its_years(shown):
    grid = shown("_facets=Said&Topic=cat")
    page = grid.page
    bars = page.locator(".facet .chart a")
    bars.first.wait_for()
    assert bars.first.get_attribute("aria-label").startswith("1951: ")
    assert page.locator(".facet .chart a[tabindex='0']").count() == 1
    bars.first.focus()
    grid.press("ArrowRight", "Enter")
    page.wait_for_selector(".chip:has-text('Said is within')")
    assert page.locator(".facet .chart a.on").count() == 1
    page.locator(".facet .chart a.on").click()
    page.wait_for_selector(".chip:has-text('Said is within')", state="detached")
    counted(grid, found(lambda n: has_topic(n, "cat")))


def test_more_values_are_found_by_their_text(shown):
    grid = shown("_facets=name")
    page = grid.page
    page.click(".facet .more")
    page.wait_for_function("() => document.querySelectorAll('.facet .value').length === 50")
    page.fill(".facet .finder", "00012")
    page.wait_for_function("() => document.querySelectorAll('.facet .value').length === 1")
    page.click(".facet .take")
    page.wait_for_selector(".chip:has-text('File name is one of 00012.jpg')")
    page.click(".facet .more")
    page.wait_for_function("() => document.querySelectorAll('.facet .value').length >= 12")


def test_without_scripts_facets_search_and_sorts_are_links_and_forms(window, told):
    page = window(java_script_enabled=False)
    page.goto(told.grid("museum") + "?_facets=Topic&_group=Author")
    page.click(".facet .take:has-text('cat')")
    wanted = found(lambda n: has_topic(n, "cat"))
    assert f"{wanted} instances" in page.inner_text(".panoptic-bar .counts")
    page.select_option("[name=_add_facet]", "Said")
    page.click(".facets form button")
    page.click(".chart a >> nth=0")
    assert "Said__within=1951" in page.url
    page.click(".chart a.on")
    page.click(".facet .leave[aria-label='exclude: dog']")
    page.fill("[type=search]", "zoe")
    page.click(".search button")
    assert parse_qs(page.url.partition("?")[2]) == {
        "_search": ["zoe"], "Topic__any": ["cat"], "Topic__none": ["dog"], "_group": ["Author"],
        "_facets": ["Topic,Said"],
    }  # fmt: skip
    assert f"{found(lambda n: has_topic(n, 'cat') and n % 2)} instances" in page.inner_text(".panoptic-bar .counts")
    page.select_option("[name=_sort]", "Likes")
    page.select_option("[name=_order]", "desc")
    page.click(".controls button")
    asked = parse_qs(page.url.partition("?")[2])
    assert (asked["_sort_desc"], asked["_search"], asked["_facets"]) == (["Likes"], ["zoe"], ["Topic,Said"])
    page.goto(told.grid("museum") + "?_sort=Author&_sort_desc=Likes")
    page.select_option("[name=_order]", "desc")
    page.click(".controls button")
    assert page.url.endswith("?_sort_desc=Author&_sort_desc=Likes")
