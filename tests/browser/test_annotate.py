"""Annotating in the grid, by keyboard alone and by mouse alone: tags, stamps, favourites, undo."""

# ruff: noqa: F811  fixtures are imported under the names that tests ask for
from __future__ import annotations

import pytest

from .annotating import (  # noqa: F401
    ALL,
    LANDSCAPE,
    WIDE,
    bare,
    close_picker,
    counted,
    gallery,
    heading,
    opened,
    picker,
    rows,
    said,
    tab_to,
    tags_of,
    toast,
    told,
)
from .conftest import Grid
from .rest import rest
from .test_looks import faults

#: What is undone with the tag of all of them: the tag, which was made by the same change.
MADE = WIDE + 1


def test_by_keyboard_alone_a_filtered_view_is_tagged_grouped_undone_redone_saved_and_found_again(opened, bare):
    shown = opened(bare, LANDSCAPE)
    tab_to(shown, ".scroller")
    shown.press("Control+a", "t")
    assert f"{WIDE} instances" in picker(shown).inner_text().lower()
    shown.page.keyboard.type("Theme")
    shown.press("Enter")
    shown.page.locator(".tag-picker [role=combobox]").wait_for()
    picker(shown)
    shown.page.keyboard.type("chien")
    shown.press("ArrowRight", "Enter")
    said(shown, f"chien {WIDE} values changed")
    close_picker(shown)
    assert counted(bare, "Theme=chien") == WIDE
    assert f"{WIDE} selected" in shown.page.inner_text("panoptic-selection"), "the order is the same"

    shown.press("g")
    shown.page.wait_for_function("() => document.activeElement.matches('dialog select')")
    shown.page.keyboard.type("Theme")
    tab_to(shown, "dialog .primary")
    shown.press("Enter")
    heading(shown, "chien").wait_for()
    assert heading(shown, "chien").get_attribute("aria-label") == f"chien, {WIDE}"
    shown.press("z")
    toast(shown, f"Undone: {MADE} values")
    heading(shown, "chien").wait_for(state="detached")
    assert counted(bare, "Theme=chien") == 0
    assert tags_of(bare) == []
    shown.press("Shift+Z")
    toast(shown, f"Redone: {MADE} values")
    heading(shown, "chien").wait_for()
    assert counted(bare, "Theme=chien") == WIDE

    shown.press("w")
    shown.page.wait_for_function("() => document.activeElement.matches('panoptic-tabs input')")
    shown.page.keyboard.type("Wide, by theme")
    shown.press("Enter")
    shown.page.wait_for_selector("text=“Wide, by theme” was saved")
    shown.page.reload()
    shown.wait()
    found_again(shown)
    shown.open()
    tab_to(shown, ".scroller")
    shown.press("]")
    found_again(shown)


def found_again(shown: Grid) -> None:
    """The saved view is the tab that is open, with its filter and its groups."""
    shown.page.locator("panoptic-tabs [aria-current=page]", has_text="Wide, by theme").wait_for()
    heading(shown, "chien").wait_for()
    assert heading(shown, "chien").get_attribute("aria-label") == f"chien, {WIDE}"
    assert shown.count == f"{WIDE} instances"


def test_by_mouse_alone_the_same(opened, bare):
    shown = opened(bare, LANDSCAPE)
    page = shown.page
    page.click(".edit-bar .all")
    page.click("[role=menuitem]:has-text('Tag all')")
    picker(shown)
    page.fill(".property-form [name=name]", "Theme")
    page.click(".property-form button")
    page.locator(".tag-picker [role=combobox]").wait_for()
    page.fill(".tag-picker [role=combobox]", "chien")
    page.click(".tag-row.new [data-color='#37b24d']")
    page.click(".tag-row.new .name")
    said(shown, f"chien {WIDE} values changed")
    page.click(".tag-picker header button")
    page.locator(".tag-picker").wait_for(state="detached")
    assert counted(bare, "Theme=chien") == WIDE

    page.click(".panoptic-filters button:has-text('Group')")
    page.locator("dialog[open] select").first.select_option(label="Theme")
    page.click("dialog[open] .primary")
    heading(shown, "chien").wait_for()
    page.click(".edit-bar button[aria-label=Undo]")
    toast(shown, f"Undone: {MADE} values")
    heading(shown, "chien").wait_for(state="detached")
    page.click(".toast button:has-text('Redo')")
    toast(shown, f"Redone: {MADE} values")
    heading(shown, "chien").wait_for()

    page.get_by_role("button", name="Save this view as a tab").click()
    page.locator("panoptic-tabs input").fill("Wide, by theme")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("text=“Wide, by theme” was saved")
    page.reload()
    shown.wait()
    found_again(shown)
    page.click("panoptic-tabs a.tab:has-text('Everything')")
    shown.settle()
    assert shown.count == f"{ALL} instances"
    page.click("panoptic-tabs a.tab:has-text('Wide, by theme')")
    found_again(shown)


def test_the_picker_finds_without_accents_knows_what_all_have_and_takes_it_back(opened, told):
    shown = opened(told)
    shown.page.focus(".scroller")
    shown.press("Space", "ArrowRight", "Space", "t")
    found = picker(shown)
    found.locator("select").select_option(label="Place")
    picker(shown)
    shown.page.keyboard.type("EVRY")
    assert rows(shown) == ["France \u203a Évry, Essonne", "Create “EVRY”"]
    shown.press("Enter")
    said(shown, "✓ Évry, Essonne 2 values changed")
    assert found.locator(".tag-chip").all_inner_texts() == ["Évry, Essonne\n×"]
    shown.press("Backspace", "Backspace")  # what was typed is selected; then there is nothing left but the chip
    said(shown, "− Évry, Essonne 2 values changed")
    assert found.locator(".tag-chip").count() == 0
    found.locator("select").select_option(label="Topic")
    picker(shown)
    shown.page.locator(".tag-row[aria-checked=mixed]").first.wait_for()
    assert shown.page.locator(".tag-row[aria-checked=mixed]").count() == 2, "one is a boat, the other a cat"


def test_what_was_used_last_is_offered_first(opened, told):
    shown = opened(told)
    shown.page.focus(".scroller")
    shown.press("t")
    picker(shown).locator("select").select_option(label="Place")
    picker(shown)
    shown.page.keyboard.type("fra")
    shown.press("Enter")
    said(shown, "France")
    close_picker(shown)
    shown.press("ArrowRight", "t")
    assert picker(shown).locator("select option:checked").inner_text() == "Place"


def test_a_selection_beyond_what_is_asked_for_offers_both_ways(opened, told):
    shown = opened(told)
    shown.page.focus(".scroller")
    shown.press("Control+a", "t")
    picker(shown)
    shown.page.keyboard.type("boat")
    assert shown.page.locator(".tag-row[aria-checked]").count() == 0
    shown.press("Shift+Enter")
    said(shown, "− boat 100 values changed")
    assert counted(told, "Topic=boat") == 0


def test_digits_add_their_tags_and_with_shift_remove_them(opened, told):
    shown = opened(told)
    shown.page.focus(".scroller")
    shown.press("1")
    toast(shown, "No tag is bound to 1")
    shown.press("t")
    picker(shown)
    shown.page.keyboard.type("cat")
    shown.press("Alt+1")
    said(shown, "1 now adds “cat”")
    close_picker(shown)
    before = counted(told, "Topic=cat")
    shown.press("1")
    toast(shown, "✓ cat · 1 value changed")
    assert counted(told, "Topic=cat") == before + 1
    shown.press("Shift+Digit1")
    toast(shown, "− cat · 1 value changed")
    assert counted(told, "Topic=cat") == before
    shown.page.reload()
    shown.wait()
    shown.page.focus(".scroller")
    shown.press("Space")
    shown.page.click(".favourites button:has-text('cat')")
    toast(shown, "✓ cat")
    assert counted(told, "Topic=cat") == before + 1


def test_the_stamp_says_several_things_at_once_and_is_one_changeset(opened, told):
    shown = opened(told)
    page = shown.page
    page.focus(".scroller")
    shown.press("Space", "Shift+ArrowRight", "s")
    page.wait_for_function("() => document.activeElement.matches('.stamp-row select')")
    page.fill("[aria-label='Likes: value']", "twelve")
    page.fill("[aria-label='Date: value']", "1890")
    page.fill("[aria-label='Topic: value']", 'zebra, "rue, place"')
    page.click(".stamp .main")
    page.locator(".stamp .fault", has_text="`Likes`").wait_for()
    assert page.locator(".stamp-row.wrong legend").inner_text() == "Likes"
    assert page.input_value("[aria-label='Date: value']") == "1890", "nothing typed is lost"
    page.fill("[aria-label='Likes: value']", "12")
    shown.press("Enter")
    toast(shown, "10 values changed")  # two numbers, two dates, twice two tags, and two tags are new
    assert counted(told, "Likes=12&Date=1890&Topic__all=zebra") == 2
    page.click(".toast button:has-text('Undo')")
    toast(shown, "Undone: 10 values")
    assert counted(told, "Likes=12") == 0


def test_the_stamp_takes_tags_from_the_picker_and_erases(opened, told):
    shown = opened(told)
    page = shown.page
    page.focus(".scroller")
    shown.press("s")
    page.locator(".stamp-row:has-text('Topic') button").click()
    picker(shown)
    page.keyboard.type("cat")
    shown.press("Enter")
    said(shown, "cat")
    close_picker(shown)
    assert page.input_value("[aria-label='Topic: value']") == "cat"
    assert page.input_value("[aria-label='Topic: action']") == "add"
    page.select_option("[aria-label='Topic: action']", "erase")
    page.click(".stamp .main")
    toast(shown, "1 value changed")
    assert counted(told, "Topic__any=boat,cat") == 199


def test_a_group_is_tagged_by_its_button_its_menu_and_the_keys(opened, told):
    shown = opened(told, "_group=Topic")
    boats = heading(shown, "boat")
    boats.hover()
    boats.locator(".tag-group").click()
    assert "100 instances" in picker(shown).inner_text().lower()
    shown.page.keyboard.type("ship")
    shown.press("Enter")
    said(shown, "ship 100 values changed")
    close_picker(shown)
    assert counted(told, "Topic=ship") == 100
    boats.locator(".group-menu").click()
    shown.page.click("[role=menuitem]:has-text('Select the group')")
    assert "100 selected" in shown.page.inner_text("panoptic-selection")
    shown.press("Escape")
    shown.page.focus(".scroller")
    shown.press("Home", "ArrowUp", "s")
    assert "100 instances" in shown.page.inner_text(".stamp h2").lower()


def test_where_nobody_may_write_there_are_no_tools_and_no_keys(opened, told):
    shown = opened(told, "_group=Topic", owner=False)
    page = shown.page
    page.focus(".scroller")
    shown.press("ArrowDown", "Space", "t", "s", "z", "1")
    rest(page)
    assert page.locator("dialog[open], .edit-bar, .tag-group, .toast:not([hidden])").count() == 0
    said = "[...document.querySelectorAll('.selection-tools button')].map((button) => button.textContent)"
    assert page.evaluate(said) == ["SimilarM"]
    shown.press("?")
    assert "Undo" not in page.inner_text("dialog.help")


def test_the_help_lists_every_key(opened, told):
    shown = opened(told)
    shown.press("?")
    listed = shown.page.locator("dialog.help dt").all_inner_texts()
    assert {"T", "S", "Z"} <= {keys.strip() for keys in listed}


def test_nothing_to_undo_is_said(opened, bare):
    shown = opened(bare)
    shown.press("z")
    toast(shown, "There is nothing to undo")


@pytest.mark.parametrize(("width", "color_scheme"), [(1400, "light"), (390, "dark")])
def test_axe_finds_nothing_in_the_tools(opened, told, color_scheme, width):
    shown = opened(told, "_group=Topic", color_scheme=color_scheme, width=width, has_touch=width < 600)
    page = shown.page
    page.focus(".scroller")
    shown.press("ArrowDown", "Space", "t")
    picker(shown)
    page.keyboard.type("ca")
    assert faults(page) == ""
    shown.press("Alt+2")
    close_picker(shown)
    shown.press("2")
    toast(shown, "cat")
    page.locator(".group-menu").first.click()
    assert faults(page) == ""
    assert page.evaluate("document.documentElement.scrollWidth") == width
    shown.press("Escape")
    page.focus(".scroller")
    shown.press("s")
    page.locator(".stamp-row").first.wait_for()
    assert faults(page) == ""


def test_in_french(opened, told):
    shown = opened(told, "_lang=fr")
    shown.page.focus(".scroller")
    shown.press("Space", "t")
    picker(shown)
    shown.page.keyboard.type("chat")
    assert rows(shown) == ["Créer « chat »"]
    shown.press("Enter")
    said(shown, "chat 1 valeur modifiée")
