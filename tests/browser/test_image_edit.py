"""Annotating one image: in the dialog over the grid and on its page, by keyboard, by mouse and without scripts."""

from __future__ import annotations

import pytest

from .conftest import Grid
from .describing import described
from .test_looks import faults

__all__ = ["described"]

ZOOMABLE = "panoptic-viewer .deep[data-ready]"


def value(page, name: str):
    return page.locator(f'.statements [data-key="{name}"]')


def says(page, name: str, text: str) -> None:
    page.wait_for_function(
        """([name, text]) => document.querySelector(`.statements [data-key="${name}"]`)?.textContent.trim() === text""",
        arg=[name, text],
    )


@pytest.fixture
def page(window, described):
    """The page of the first image, to somebody who may annotate it."""
    page = window(owner_of=described)
    page.goto(f"{described.grid('museum')}/image/1?_sort=name")
    page.wait_for_selector(".statements button.value")
    return page


@pytest.fixture
def dialog(window, described):
    """The grid with the dialog of the first image over it, the second to fourth being selected."""
    grid = Grid(window(owner_of=described), described.grid("museum"))
    grid.open()
    grid.page.wait_for_selector("panoptic-properties .line")
    for position in (2, 3, 4):
        grid.card(position).click(modifiers=["Control"])
    grid.card(1).click()
    grid.page.wait_for_selector(".image-dialog .statements button.value")
    return grid


def test_every_property_is_there_in_the_order_of_the_panel_set_or_not(page):
    names = page.locator(".statements dt").all_inner_texts()
    assert names == ["Topic", "Notes", "Dating", "Period", "Seen", "Author", "Likes"]
    assert value(page, "Notes").inner_text() == "Empty…"
    assert page.locator("[data-key=Topic] .tag").all_inner_texts() == ["boat", "sea"]
    assert value(page, "Author").get_attribute("title").startswith("anna, 20")
    assert value(page, "Notes").get_attribute("title") is None


def test_by_keyboard_from_property_to_property(page):
    before = page.url
    page.keyboard.press("e")
    page.wait_for_selector("panoptic-tag-picker input")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('panoptic-tag-picker')")
    value(page, "Notes").click()
    page.keyboard.type("cut at the left")
    page.keyboard.press("ArrowLeft")
    assert page.url == before, "an arrow in a field moves within the text"
    page.keyboard.press("Tab")
    page.wait_for_selector("panoptic-value .line input[type=text]")
    page.keyboard.type("03/05/1890")
    page.keyboard.press("Tab")
    says(page, "Notes", "cut at the left")
    says(page, "Period", "3 May 1890")
    page.wait_for_selector("panoptic-value [role=radio]")
    page.keyboard.press("Escape")
    assert value(page, "Notes").get_attribute("title").startswith("root, 20")
    page.keyboard.press("z")
    says(page, "Period", "Empty…")
    page.keyboard.press("Shift+Z")
    says(page, "Period", "3 May 1890")


def test_a_value_that_cannot_be_says_why_and_stays_open(page):
    value(page, "Likes").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    page.wait_for_selector("panoptic-value .fault")
    assert "`many` is no number" in page.inner_text("panoptic-value .fault")
    page.keyboard.press("Escape")
    assert value(page, "Likes").inner_text() == "12"


def test_tags_of_the_image_by_one_key(page):
    page.keyboard.press("t")
    page.wait_for_selector("panoptic-tag-picker input")
    page.keyboard.type("storm")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('[data-key=Topic] .tag').length === 3")
    page.keyboard.press("Escape")


def test_what_others_say_appears(page, described, window):
    other = window(owner_of=described)
    other.goto(f"{described.grid('museum')}/image/1")
    other.wait_for_selector(".statements button.value")
    value(other, "Notes").click()
    other.keyboard.type("seen by two")
    other.keyboard.press("Enter")
    says(page, "Notes", "seen by two")


def test_the_history_of_the_image_undoes_one_change(page):
    page.click(".changes summary")
    assert page.locator(".changes li").count() == 2
    page.click(".changes li >> nth=0 >> button")
    says(page, "Likes", "Empty…")
    assert page.locator(".changes li").count() == 3
    assert "/history?image=1" in page.get_attribute(".changes > p a", "href")


def test_paint_gives_a_value_to_the_selection(dialog):
    page = dialog.page
    value(page, "Notes").click()
    page.keyboard.type("by the quay")
    page.keyboard.press("Enter")
    says(page, "Notes", "by the quay")
    page.locator(".statements div:has(> dd > [data-key=Notes]) .paint").click()
    page.wait_for_selector(".toast:not([hidden])")
    assert "3 values changed" in page.inner_text(".image-dialog .toast")
    page.keyboard.press("ArrowRight")
    says(page, "Notes", "by the quay")
    page.click(".image-dialog .toast button >> nth=0")
    says(page, "Notes", "Empty…")


def test_without_a_selection_paint_says_what_to_do(window, described):
    grid = Grid(window(owner_of=described), described.grid("museum"))
    grid.open()
    grid.page.wait_for_selector("panoptic-properties .line")
    grid.card(1).click()
    bucket = grid.page.locator(".statements .paint >> nth=0")
    bucket.wait_for()
    assert bucket.get_attribute("aria-disabled") == "true"
    bucket.click(force=True)
    assert "first select them in the grid" in grid.page.inner_text(".image-dialog .toast")


def test_values_are_chosen_and_copied_onto_the_selection(dialog):
    page = dialog.page
    value(page, "Notes").click()
    page.keyboard.type("by the quay")
    page.keyboard.press("Enter")
    says(page, "Notes", "by the quay")
    page.click(".copy button")
    page.wait_for_selector(".copy-values[open]")
    assert faults(page) == ""
    ticked = page.locator(".copy-values input:checked")
    assert ticked.count() == 2, "what is said of the image, and nothing of the instance"
    page.click(".copy-values label:has-text('Likes')")
    page.click(".copy-values .main")
    page.wait_for_selector(".toast:not([hidden])")
    assert "3 values changed" in page.inner_text(".image-dialog .toast")


def test_an_edit_that_takes_the_image_out_of_the_view_leaves_the_way_on(window, described):
    page = window(owner_of=described)
    page.goto(f"{described.grid('museum')}/image/3?Author=Anna")
    page.wait_for_selector(".statements button.value")
    value(page, "Author").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Bo")
    page.keyboard.press("Enter")
    says(page, "Author", "Bo")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/image/4?*")


def test_all_instances_in_a_table(window, described):
    page = window(owner_of=described)
    page.goto(described.grid("museum") + "?copies__gt=1&_mode=images")
    page.wait_for_selector("panoptic-app[data-ready] .stage .card:not([hidden])")
    page.locator(".stage .card:not([hidden])").first.click()
    page.wait_for_selector(".table-of-instances")
    page.click(".table-of-instances summary")
    rows = page.locator(".table-of-instances tbody tr")
    assert rows.count() == 2
    rows.nth(1).locator("[data-key=Author]").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("Bo")
    page.keyboard.press("Enter")
    page.wait_for_function(
        """() => [...document.querySelectorAll('.table-of-instances [data-key=Author]')]
            .map((e) => e.textContent.trim()).join() === 'Anna,Bo'"""
    )


def test_without_scripts_forms_write_and_come_back(window, described):
    page = window(owner_of=described, java_script_enabled=False)
    page.goto(f"{described.grid('museum')}/image/1?_sort=name")
    row = page.locator("dd[data-key=Notes]")
    row.locator("summary").click()
    row.locator("textarea").fill("on paper")
    row.get_by_role("button", name="Save").click()
    assert page.url.endswith("/image/1?_sort=name")
    assert "on paper" in page.locator("dd[data-key=Notes]").inner_text()
    page.locator(".changes summary").click()
    page.locator(".changes li").first.get_by_role("button").click()
    assert page.url.endswith("/image/1")
    assert "Empty…" in page.locator("dd[data-key=Notes]").inner_text()


def test_a_visitor_reads_and_has_nothing_to_press(window, described):
    page = window()
    page.goto(f"{described.grid('museum')}/image/1")
    page.wait_for_selector(".statements span.value")
    assert page.locator(".statements button").count() == 0
    assert page.locator("[data-key=Notes]").count() == 0
    page.keyboard.press("e")
    page.keyboard.press("t")
    assert page.locator("panoptic-value, panoptic-tag-picker").count() == 0


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing(window, described, color_scheme):
    page = window(owner_of=described, color_scheme=color_scheme)
    page.goto(f"{described.grid('museum')}/image/1")
    page.wait_for_selector(".statements button.value")
    page.wait_for_selector(ZOOMABLE)
    page.click(".changes summary")
    assert faults(page) == ""
    value(page, "Seen").click()
    assert faults(page) == ""
