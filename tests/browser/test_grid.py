"""The grid: scrolling, keys, selection, size."""

from __future__ import annotations

import re

from .conftest import INSTANCES


def test_shows_the_pictures_and_how_many(grid):
    shown = grid()
    assert shown.count == f"{INSTANCES} instances"
    assert shown.positions[0] == 1
    assert shown.card(1).get_attribute("aria-setsize") == str(INSTANCES)
    assert re.match(r"00000\.jpg, .*1 of", shown.card(1).get_attribute("aria-label"))


def test_home_and_end_reach_the_first_and_the_last(grid):
    shown = grid()
    shown.page.focus(".scroller")
    shown.press("End")
    shown.settle()
    assert shown.positions[-1] == INSTANCES
    assert shown.active == INSTANCES
    shown.press("Home")
    shown.settle()
    assert shown.positions[0] == 1
    assert shown.query == ""


def test_arrows_move_the_cursor_and_keep_it_in_sight(grid):
    shown = grid()
    shown.page.focus(".scroller")
    columns = len({round(shown.card(n).bounding_box()["x"] / 20) for n in range(1, 7)})
    shown.press("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft")
    assert shown.active == 2 + columns
    shown.press(*["ArrowDown"] * 12)
    shown.settle()
    assert shown.active == 2 + 13 * columns
    assert shown.active in shown.positions
    shown.press(*["PageUp"] * 13)
    assert shown.active == 2
    shown.press("PageDown")
    assert shown.active > 2
    assert (shown.active - 2) % columns == 0


def test_the_wheel_moves_exactly_as_far_as_it_turns(grid):
    shown = grid()
    shown.page.mouse.move(700, 500)
    before = shown.card(25).bounding_box()["y"]
    shown.page.mouse.wheel(0, 300)
    shown.settle()
    assert shown.card(25).bounding_box()["y"] == before - 300


def test_space_and_shift_select_ranges(grid):
    shown = grid()
    shown.page.focus(".scroller")
    shown.press("ArrowRight", "Space")
    assert shown.selected == [2]
    shown.press("Shift+ArrowRight", "Shift+ArrowRight")
    assert shown.selected == [2, 3, 4]
    shown.press("Shift+ArrowLeft")
    assert shown.selected == [2, 3]
    assert "2 selected" in shown.page.inner_text("panoptic-selection")
    assert shown.page.inner_text(".unseen[role=status]") == "2 selected"
    shown.press("Shift+End")
    shown.settle()
    assert f"{INSTANCES - 1} selected" in shown.page.inner_text("panoptic-selection")
    shown.press("Escape")
    assert shown.selected == []
    assert shown.page.locator("panoptic-selection .selection-bar").count() == 0


def test_the_circle_ctrl_and_shift_click_select(grid):
    shown = grid()
    shown.card(3).click(position={"x": 12, "y": 12})
    assert shown.selected == [3]
    shown.card(8).click(modifiers=["Control"])
    assert shown.selected == [3, 8]
    shown.card(10).click(modifiers=["Shift"])
    assert shown.selected == [3, 8, 9, 10]
    shown.card(3).click(modifiers=["Control"])
    assert shown.selected == [8, 9, 10]
    assert shown.page.url.endswith("/-/panoptic"), "nothing was opened"


def test_everything_is_selected_without_being_loaded(grid):
    shown = grid()
    shown.page.focus(".scroller")
    shown.press("Control+a")
    assert f"{INSTANCES} selected" in shown.page.inner_text("panoptic-selection")
    shown.press("End")
    shown.settle()
    assert INSTANCES in shown.selected
    shown.page.click("panoptic-selection [aria-label='Clear the selection']")
    assert shown.selected == []


def test_size_by_slider_keys_and_wheel(grid):
    shown = grid()
    before = shown.card(1).bounding_box()["width"]
    shown.page.locator("panoptic-bar input[type=range]").fill("240")
    shown.settle()
    assert shown.card(1).bounding_box()["width"] >= 240 > before
    assert "_thumb=240" in shown.query
    shown.page.focus(".scroller")
    shown.press("-", "-")
    shown.settle()
    smaller = shown.card(1).bounding_box()["width"]
    assert smaller < 240
    shown.page.mouse.move(700, 500)
    shown.page.keyboard.down("Control")
    shown.page.mouse.wheel(0, 100)
    shown.page.keyboard.up("Control")
    shown.settle()
    assert int(re.search(r"_thumb=(\d+)", shown.query)[1]) < smaller


def test_a_new_size_keeps_the_first_position(grid):
    shown = grid("_at=120")
    first = shown.positions[0]
    shown.page.locator("panoptic-bar input[type=range]").fill("100")
    shown.settle()
    assert first in shown.positions[: len(shown.positions) // 3]
    shown.page.locator("panoptic-bar input[type=range]").fill("300")
    shown.settle()
    shown.page.locator("panoptic-bar input[type=range]").fill("160")
    shown.settle()
    assert shown.positions[0] == first, "there and back again"


def test_ctrl_over_a_card_peeks_at_full_size(grid):
    shown = grid()
    shown.card(9).hover()
    assert shown.page.locator(".peek").is_hidden()
    shown.page.keyboard.down("Control")
    shown.page.wait_for_selector(".peek:not([hidden])")
    width = shown.page.locator(".peek img").bounding_box()["width"]
    assert width in (160, 120, 200, 140)  # the painted pictures' own sizes: one to one
    shown.page.keyboard.up("Control")
    assert shown.page.locator(".peek").is_hidden()


def test_question_mark_shows_the_keys(grid):
    shown = grid()
    shown.page.focus(".scroller")
    shown.press("?")
    assert shown.page.locator("dialog.help").is_visible()
    assert "Select, deselect" in shown.page.inner_text("dialog.help")
    shown.press("Escape")
    assert shown.page.locator("dialog.help").is_hidden()
