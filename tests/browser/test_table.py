"""The table: shown, walked, edited in place, copied and pasted."""

from __future__ import annotations

import pytest

from .annotated import Table, annotated, cards, projects, seen, table, value
from .conftest import INSTANCES
from .test_looks import faults

__all__ = ["annotated", "cards", "projects", "seen", "table"]


def test_what_the_server_refuses_is_said_at_the_field_and_stays_in_it(table, annotated):
    shown = table(annotated)
    shown.cell(1, 4).click()
    shown.press("F2")
    field = shown.page.locator("panoptic-value input")
    field.fill("12 apples")
    shown.press("Enter")
    assert "is no number" in shown.page.locator("panoptic-value .fault").inner_text()
    assert field.input_value() == "12 apples"
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("9007199254740993")
    shown.press("Enter")
    shown.until(1, 4, "9,007,199,254,740,993")
    assert annotated.entries(shown.page)[0]["changed"] == 1


def test_v_shows_the_same_view_as_a_table_and_back(cards, seen):
    shown = cards(seen, "_show=Author&_sort_desc=Likes")
    shown.page.focus(".scroller")
    shown.press("v")
    shown.page.wait_for_selector("panoptic-grid.as-table .row .value")
    assert "_view=table" in shown.query
    assert shown.page.get_attribute(".scroller", "role") == "grid"
    assert shown.page.get_attribute(".scroller", "aria-rowcount") == str(INSTANCES + 1)
    shown.press("v")
    shown.wait()
    assert "_view" not in shown.query
    assert shown.page.locator(".stage .row:not([hidden])").count() == 0
    shown.page.go_back()
    shown.page.wait_for_selector("panoptic-grid.as-table")


def test_without_names_all_properties_are_columns_and_then_what_the_import_found(table, seen):
    shown = table(seen, "_view=table")
    assert shown.headers == [
        "Name", "Topic", "Author", "Likes", "Said at", "Page", "Hue", "Seen", "Kind, long",
        "Folder", "Width", "Height", "Capture date",
    ]  # fmt: skip
    shown.page.wait_for_function(
        '() => document.querySelector(\'.row[aria-rowindex="2"] [aria-colindex="11"]\').innerText'
    )
    assert (shown.text(1, 10), shown.text(1, 11)) == ("collection/birds", "160")


def test_the_keyboard_walks_from_cell_to_cell(table, seen):
    shown = table(seen)
    shown.page.focus(".scroller")
    shown.press("ArrowRight", "ArrowRight", "ArrowDown")
    assert shown.cursor == (2, 3)
    shown.press("Tab", "Tab")
    assert shown.cursor == (3, 2)
    shown.press("Shift+Tab")
    assert shown.cursor == (2, 4)
    shown.press("Home")
    assert shown.cursor == (2, 1)
    shown.press("End", "Control+End")
    assert shown.cursor == (INSTANCES, 4)
    shown.settle()
    assert shown.cell(INSTANCES, 4).is_visible()
    shown.press("Control+Home", "Escape")
    assert shown.cursor == (1, 1)
    shown.press("Space")
    assert shown.page.locator('.row[aria-selected="true"]').count() == 1


def test_typing_starts_editing_enter_saves_and_delete_erases(table, annotated):
    shown = table(annotated)
    shown.cell(2, 3).click()
    shown.page.keyboard.type("Zoé")
    shown.press("Enter")
    shown.until(2, 3, "Zoé")
    assert shown.cursor == (2, 3)
    shown.press("Delete")
    shown.until(2, 3, "")
    assert [entry["tool"] for entry in annotated.entries(shown.page)[:2]] == ["table", "inline"]


def test_ctrl_z_takes_back_where_letters_write(table, annotated):
    shown = table(annotated)
    shown.cell(2, 3).click()
    shown.page.keyboard.type("Zoé")
    shown.press("Enter")
    shown.until(2, 3, "Zoé")
    shown.press("Control+z")
    shown.until(2, 3, "Author 2")
    shown.press("Control+Shift+z")
    shown.until(2, 3, "Zoé")
    shown.press("Control+z")
    shown.until(2, 3, "Author 2")
    shown.press("Control+y")
    shown.until(2, 3, "Zoé")


def test_tags_are_picked_in_their_cell(table, annotated):
    shown = table(annotated)
    shown.cell(1, 2).click()
    shown.press("Enter")
    shown.page.wait_for_selector(
        "panoptic-tag-picker dialog[open] [role=option], panoptic-tag-picker dialog[open] [data-at]"
    )
    shown.page.keyboard.type("zebra")
    shown.press("Enter", "Escape")
    shown.until(1, 2, "zebra")


def test_three_by_two_cells_are_pasted_as_one_changeset_and_undone_at_once(table, annotated):
    shown = table(annotated)
    shown.cell(2, 3).click()
    shown.clip("paste", 'Anna\t10\n"two\nlines"\t-3.5\n\t12\n')
    shown.until(2, 3, "Anna")
    shown.until(3, 4, "-3.5")
    assert (shown.text(2, 4), shown.text(4, 3), shown.text(4, 4)) == ("10", "", "12")
    assert shown.cell(3, 3).get_attribute("title") == "two\nlines"
    (last, *_) = annotated.entries(shown.page)
    assert (last["tool"], last["changed"]) == ("table", 6)
    shown.page.click(".toast:not([hidden]) >> text=Undo")
    shown.until(2, 3, "Author 2")
    shown.until(4, 4, "4")


def test_a_paste_with_a_bad_cell_names_it_and_writes_nothing(table, annotated):
    shown = table(annotated)
    shown.cell(1, 3).click()
    shown.clip("paste", "Anna\t1\nBob\tmany\n")
    shown.page.wait_for_selector(".toast:not([hidden])")
    assert "row 2, `Likes`: `many` is no number" in shown.page.inner_text(".toast:not([hidden])")
    assert annotated.entries(shown.page)[0]["tool"] == "stamp"


def test_a_range_is_copied_as_a_spreadsheet_has_it_and_filled(table, annotated):
    shown = table(annotated)
    shown.cell(3, 2).click()
    shown.press("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown")
    assert shown.clip("copy") == "boat,cat\tAuthor 3\t3\nboat,cat,zebra\tAuthor 4\t4"
    shown.cell(2, 4).click()
    assert shown.clip("copy") == "1234567890123456789", "digit for digit"
    shown.press("Shift+ArrowDown", "Shift+ArrowDown", "Control+Enter")
    shown.until(4, 4, "1,234,567,890,123,456,789")
    assert annotated.entries(shown.page)[0]["changed"] == 2


def test_dragging_marks_cells(table, seen):
    shown = table(seen)
    start, end = shown.cell(1, 3).bounding_box(), shown.cell(3, 4).bounding_box()
    shown.page.mouse.move(start["x"] + 20, start["y"] + 10)
    shown.page.mouse.down()
    shown.page.mouse.move(end["x"] + 20, end["y"] + 10, steps=4)
    shown.page.mouse.up()
    assert shown.clip("copy").count("\n") == 2
    assert shown.page.locator(".row .ranged").count() == 6
    assert shown.page.locator("panoptic-value").count() == 0


def test_columns_are_resized_and_moved_by_keyboard_and_stay_so(table, seen):
    shown = table(seen)
    header = shown.page.locator(".table-head .head", has_text="Author")
    before = header.bounding_box()["width"]
    header.locator("button").focus()
    shown.press("Alt+ArrowRight", "Alt+ArrowRight")
    assert header.bounding_box()["width"] == before + 32
    assert shown.cell(1, 3).bounding_box()["width"] == before + 32
    shown.press("Shift+Alt+ArrowLeft")
    assert shown.headers == ["Name", "Author", "Topic", "Likes"]
    assert "_show=Author%2CTopic%2CLikes" in shown.query
    assert shown.page.evaluate("document.activeElement.textContent") == "Author"
    shown.page.reload()
    shown.wait()
    assert header.bounding_box()["width"] == before + 32


def test_columns_are_resized_and_moved_by_dragging(table, seen):
    shown = table(seen)
    header = shown.page.locator(".table-head .head", has_text="Author")
    box = header.bounding_box()
    shown.page.mouse.move(box["x"] + box["width"], box["y"] + 18)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"] + box["width"] + 50, box["y"] + 18, steps=3)
    shown.page.mouse.up()
    assert header.bounding_box()["width"] == box["width"] + 50
    shown.page.mouse.move(box["x"] + 30, box["y"] + 18)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"] - 230, box["y"] + 18, steps=5)
    shown.page.mouse.up()
    assert shown.headers == ["Name", "Author", "Topic", "Likes"]
    assert "_sort" not in shown.query


def test_a_click_on_a_header_sorts_and_with_shift_adds(table, seen):
    shown = table(seen)
    likes = shown.page.locator(".table-head .head", has_text="Likes")
    likes.locator("button").click()
    shown.settle()
    assert (shown.query.count("_sort=Likes"), likes.get_attribute("aria-sort")) == (1, "ascending")
    likes.locator("button").click()
    shown.settle()
    assert "_sort_desc=Likes" in shown.query
    shown.until(1, 3, "Author 2")
    shown.page.locator(".table-head .head", has_text="Author").locator("button").click(modifiers=["Shift"])
    shown.settle()
    assert "_sort_desc=Likes&_sort=Author" in shown.query


def test_groups_in_the_table_fold_and_stay_in_order(table, seen):
    shown = table(seen, "_view=table&_show=Author,Likes&_group=Topic")
    assert shown.page.get_attribute(".scroller", "role") == "treegrid"
    heading = shown.page.locator(".stage .group", has_text="boat")
    assert heading.get_attribute("role") == "row"
    first = shown.cell(1, 2).inner_text()
    heading.locator(".name").click()
    assert heading.get_attribute("aria-expanded") == "false"
    assert shown.cell(1, 2).count() == 0
    shown.press("ArrowRight", "ArrowDown", "ArrowRight")
    assert shown.cursor == (1, 2)
    assert shown.text(1, 2) == first


def test_identical_images_stacked_show_what_is_said_of_images_alone(table, seen):
    shown = table(seen, "_view=table")
    shown.page.click('panoptic-bar button:has-text("Images")')
    shown.page.wait_for_function("() => document.querySelectorAll('.table-head .head').length === 4")
    assert shown.headers == ["Name", "Width", "Height", "Capture date"]


def test_visitors_see_values_and_cannot_change_them(window, annotated):
    shown = Table(window(), annotated.url)
    shown.open("_view=table&_show=Author")
    shown.cell(1, 2).click()
    shown.press("F2", "x")
    assert shown.page.locator("panoptic-value").count() == 0
    assert shown.cell(1, 2).get_attribute("aria-readonly") == "true"


def test_without_scripts_the_address_means_the_same_table(window, annotated):
    page = window(java_script_enabled=False)
    page.goto(annotated.url + "?_view=table&_show=Author,Likes,folder&_sort_desc=Likes")
    assert page.locator(".cell-table thead th").all_inner_texts() == ["Name", "Author", "Likes", "Folder"]
    assert page.locator(".cell-table tbody tr").first.locator("td").all_inner_texts() == [
        "Author 2", "1234567890123456789", "collection/birds",
    ]  # fmt: skip
    page.click("a[rel=next]")
    assert "_view=table" in page.url
    assert "_at=100" in page.url


@pytest.mark.parametrize(("width", "color_scheme"), [(1400, "light"), (390, "dark")])
def test_axe_finds_nothing_in_the_table_or_below_the_cards(table, seen, cards, color_scheme, width):
    shown = table(seen, "_view=table&_group=Topic", color_scheme=color_scheme, width=width)
    assert shown.page.evaluate("document.documentElement.scrollWidth") == width
    assert faults(shown.page) == ""
    shown.cell(1, 3).click()
    shown.press("F2")
    assert faults(shown.page) == ""
    shown = cards(seen, "_show=Topic,Author,Hue,Seen", color_scheme=color_scheme, width=width)
    value(shown, 1, "Hue").click()
    assert faults(shown.page) == ""
