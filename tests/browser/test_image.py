"""One image: in the dialog over the grid, and on its own page."""

from __future__ import annotations

import re

import pytest

from .conftest import INSTANCES

TITLE = "#panoptic-image-title"
ZOOMABLE = "panoptic-viewer .deep[data-ready]"


def is_open(shown) -> bool:
    return bool(shown.page.evaluate("document.querySelector('.image-dialog').open"))


def test_a_click_opens_the_image_over_the_grid_at_its_own_address(grid):
    shown = grid("_sort=name&_at=60")
    top = shown.top
    number = shown.positions[8]
    shown.card(number).click()
    shown.page.wait_for_selector(ZOOMABLE)
    assert re.search(r"/image/\d+\?_sort=name&_instance=\d+$", shown.page.url)
    assert re.fullmatch(r"ID \d+\s*1\d\d × 1\d\d\s*\d+\.jpg", shown.page.inner_text(TITLE).replace("\n", " "))
    assert f"{number} of {INSTANCES}" in shown.page.inner_text(".image-dialog nav")
    for pane in ("Image properties", "Instance properties", "Panoptic properties"):
        assert shown.page.locator(f".image-dialog summary:has-text('{pane}')").count() == 1
    assert len(shown.page.inner_text(".image-dialog [data-key=sha1]")) == 40
    shown.page.keyboard.press("Escape")
    shown.settle()
    assert not is_open(shown)
    assert shown.top == top
    assert "_at=60" in shown.query


def test_arrows_walk_in_the_order_of_the_view(grid):
    shown = grid("_sort_desc=name")
    shown.page.focus(".scroller")
    shown.press("o")
    shown.page.wait_for_selector(ZOOMABLE)
    seen = []
    for _ in range(3):
        seen.append(shown.page.inner_text(f"{TITLE} .name"))
        shown.press("ArrowRight")
        shown.page.wait_for_function(f"() => document.querySelector('{TITLE} .name').textContent !== {seen[-1]!r}")
    assert seen == sorted(seen, reverse=True)
    shown.press("ArrowLeft")
    shown.page.wait_for_function(f"() => document.querySelector('{TITLE} .name').textContent === {seen[-1]!r}")
    shown.page.go_back()
    shown.settle()
    assert not is_open(shown), "however far one walked, back leads to the grid"
    assert shown.active == 3


def test_back_and_forward_close_and_open(grid):
    shown = grid()
    shown.card(5).click()
    shown.page.wait_for_selector(ZOOMABLE)
    address = shown.page.url
    shown.page.go_back()
    shown.settle()
    assert not is_open(shown)
    shown.page.go_forward()
    shown.page.wait_for_selector(ZOOMABLE)
    assert is_open(shown)
    assert shown.page.url == address


def test_reloaded_the_dialog_is_a_page_and_back_is_the_grid(grid):
    shown = grid("_sort=name")
    shown.card(5).click()
    shown.page.wait_for_selector(ZOOMABLE)
    title = shown.page.inner_text(TITLE)
    shown.page.reload()
    shown.page.wait_for_selector(f".image-page {ZOOMABLE}")
    assert shown.page.inner_text(TITLE) == title
    shown.page.go_back()
    shown.wait()
    assert shown.query == "_sort=name"


def test_the_page_on_its_own_has_the_same_keys(window, server):
    page = window()
    page.goto(f"{server.grid('museum')}/image/3?_sort=name")
    page.wait_for_selector(ZOOMABLE)
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/image/4?*")
    page.wait_for_selector(ZOOMABLE)
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/image/3?*")
    page.wait_for_selector(ZOOMABLE)
    page.keyboard.press("Escape")
    page.wait_for_url("**/-/panoptic?_sort=name*")


def changed(locator, before: bytes) -> bytes:
    """Return what is seen once it is no longer as before and has come to rest."""
    last = before
    for _ in range(200):
        seen = locator.screenshot()
        if seen == last != before:
            return seen
        last = seen
    raise AssertionError("it looks as before, or never rests")


def test_zoom_by_buttons_and_keys(grid):
    shown = grid()
    shown.card(1).click()
    shown.page.wait_for_selector(ZOOMABLE)
    canvas = shown.page.locator("panoptic-viewer .deep")
    fitted = canvas.screenshot()
    shown.page.click("[aria-label='Zoom in']")
    shown.page.keyboard.press("+")
    zoomed = changed(canvas, fitted)
    shown.page.click("[aria-label='Fit to window']")
    changed(canvas, zoomed)


def test_other_instances_are_listed_and_lead_to_each_other(grid):
    shown = grid("_mode=images")
    shown.page.click('panoptic-folders [title="copies"]')
    shown.settle()
    shown.card(1).click()
    shown.page.wait_for_selector(ZOOMABLE)
    links = shown.page.locator(".image-dialog .instances a")
    assert links.count() == 2
    links.nth(1).click()
    shown.page.wait_for_function(
        "() => document.querySelector('.image-dialog .name').textContent.startsWith('copy of')"
    )


def test_previews_stand_in_where_originals_are_not_served(grid, server):
    anonymous = grid()
    anonymous.card(2).click()
    anonymous.page.wait_for_selector(ZOOMABLE)
    assert "This server does not serve original files" in anonymous.page.inner_text(".image-dialog .original")
    owner = grid(owner_of=server)
    owner.card(2).click()
    owner.page.wait_for_selector(ZOOMABLE)
    assert "/original/" in owner.page.get_attribute(".image-dialog .original a", "href")


@pytest.mark.parametrize("modifier", ["Control", "Shift"])
def test_a_selecting_click_does_not_open(grid, modifier):
    shown = grid()
    shown.card(2).click(modifiers=[modifier])
    assert not is_open(shown)
