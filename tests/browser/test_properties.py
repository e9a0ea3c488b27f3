"""The panel of properties beside the grid, and their page without scripts."""

from __future__ import annotations

import pytest

from .conftest import Grid
from .describing import described
from .test_looks import faults

__all__ = ["described"]

PANEL = "panoptic-properties"


@pytest.fixture
def shown(window, described):
    def opened(query: str = "", **options):
        grid = Grid(window(**{"owner_of": described, **options}), described.grid("museum"))
        grid.open(query)
        grid.page.wait_for_selector(f"{PANEL} .line")
        return grid

    return opened


def names(page) -> list[str]:
    """The panel from top to bottom: headings and, below each, its properties."""
    return page.locator(f"{PANEL} > section :is(h3, .line .name)").all_inner_texts()


def row(page, name: str):
    return page.locator(f'{PANEL} li[data-name="{name}"]')


def menu(page, name: str, item: str) -> None:
    row(page, name).hover()
    row(page, name).locator(".more").click()
    page.get_by_role("menuitem", name=item).click()


def panel_is(page, *expected: str) -> None:
    page.wait_for_function(
        """([panel, expected]) => [...document.querySelectorAll(`${panel} > section :is(h3, .line .name)`)]
            .map((e) => e.textContent).join() === expected""",
        arg=[PANEL, ",".join(expected)],
    )


USUAL = ("Topic", "Notes", "Author", "Likes", "Dating", "Period", "Seen")


def test_properties_stand_under_their_headings(shown):
    page = shown().page
    assert names(page) == list(USUAL)
    assert row(page, "Author").locator(".scope").count() == 1
    assert row(page, "Topic").locator(".scope").count() == 0
    page.click(f"{PANEL} .of-system summary")
    assert page.locator(f"{PANEL} .of-system .name").first.inner_text() == "ID"


def test_the_eye_shows_a_property_with_each_image(shown):
    grid = shown()
    row(grid.page, "Author").hover()
    row(grid.page, "Author").locator(".eye").click()
    assert "_show=Author" in grid.query
    assert row(grid.page, "Author").locator(".eye").get_attribute("aria-pressed") == "true"
    row(grid.page, "Author").locator(".eye").click()
    assert "Author" not in grid.query


def test_the_menu_filters_sorts_and_groups(shown):
    grid = shown()
    menu(grid.page, "Likes", "Show only images with a value")
    grid.wait()
    assert grid.count.startswith("10 instances")
    menu(grid.page, "Likes", "Sort by this property")
    grid.wait()
    menu(grid.page, "Author", "Group by this property")
    grid.wait()
    assert grid.query == "Likes__notblank=1&_group=Author&_sort=Likes"


def test_tags_unfold_are_searched_and_filter(shown):
    grid = shown()
    page = grid.page
    row(page, "Topic").locator(".head").click()
    page.wait_for_selector("panoptic-property-tags .tag")
    assert page.locator("panoptic-property-tags .tag .name").all_inner_texts() == ["boat", "sea"]
    page.click("panoptic-property-tags .twist[aria-expanded=false]")
    assert page.locator("panoptic-property-tags .tag .name").all_inner_texts() == ["boat", "sea", "storm"]
    page.locator("panoptic-property-tags .tag", has_text="boat").click()
    grid.wait()
    assert "Topic__any=boat" in grid.query
    assert page.locator("panoptic-property-tags .tag[aria-pressed=true]").all_inner_texts()[0].startswith("boat")
    page.locator("panoptic-property-tags .tag", has_text="boat").click()
    grid.wait()
    assert "Topic" not in grid.query


def test_a_property_is_made_changed_and_deleted_and_deleting_is_undone(shown):
    page = shown().page
    page.click(f"{PANEL} .side-head button")
    page.get_by_role("menuitem", name="New property").click()
    assert faults(page) == ""
    page.keyboard.type("Mood")
    page.click(".ask .choice:has-text('Colour')")
    page.fill(".ask [name=group]", "Looks")
    page.click(".ask .main")
    panel_is(page, *USUAL, "Looks", "Mood")
    menu(page, "Mood", "Rename, describe")
    page.fill(".ask [name=name]", "Topic")
    page.click(".ask .main")
    page.wait_for_selector(".ask .fault:not(:empty)")
    assert "already" in page.inner_text(".ask .fault")
    page.fill(".ask [name=name]", "Feeling")
    page.click(".ask .main")
    panel_is(page, *USUAL, "Looks", "Feeling")
    menu(page, "Author", "Delete")
    assert "This also deletes" in page.inner_text(".ask")
    page.click(".ask .main")
    panel_is(page, *(name for name in USUAL if name != "Author"), "Looks", "Feeling")
    page.locator(".toast:not([hidden]) button", has_text="Undo").click()
    panel_is(page, *USUAL, "Looks", "Feeling")


def test_a_change_of_type_shows_what_it_would_do(shown):
    page = shown().page
    menu(page, "Author", "Change type")
    page.select_option(".ask [name=type]", "number")
    page.wait_for_selector(".ask .preview .warning")
    assert "“Anna”" not in page.inner_text(".ask .preview")
    assert "Anna" in page.inner_text(".ask .preview li")
    page.select_option(".ask [name=type]", "tag")
    page.wait_for_function(
        "() => document.querySelector('.ask .preview').textContent.includes('1 tag will be created')"
    )
    page.click(".ask .main")
    page.wait_for_selector(f'{PANEL} li[data-name="Author"] .head[aria-expanded]')
    panel_is(page, *USUAL)
    page.locator(".toast:not([hidden]) button", has_text="Undo").click()
    page.wait_for_selector(f'{PANEL} li[data-name="Author"] span.head')


def test_rows_and_headings_move_by_keyboard_and_by_dragging(shown):
    page = shown().page
    row(page, "Author").locator(".head").focus()
    page.keyboard.press("Alt+ArrowUp")
    panel_is(page, "Topic", "Author", "Notes", "Likes", "Dating", "Period", "Seen")
    page.wait_for_function("() => document.activeElement.closest('li')?.dataset.name === 'Author'")
    page.keyboard.press("Alt+ArrowDown")
    panel_is(page, *USUAL)
    row(page, "Seen").drag_to(row(page, "Notes"))
    panel_is(page, "Topic", "Seen", "Notes", "Author", "Likes", "Dating", "Period")


def test_a_group_is_deleted_with_or_without_its_properties(shown):
    page = shown().page
    page.hover(f"{PANEL} header h3")
    page.click(f"{PANEL} section header .more")
    page.get_by_role("menuitem", name="Delete").click()
    page.click(".ask .choice:has-text('Delete its properties too')")
    page.click(".ask .main")
    panel_is(page, "Topic", "Notes", "Author", "Likes")
    page.locator(".toast:not([hidden]) button", has_text="Undo").click()
    panel_is(page, *USUAL)


def test_a_visitor_looks_and_changes_nothing(shown):
    page = shown(owner_of=None).page
    assert page.locator(f"{PANEL} .side-head button").count() == 0
    assert page.locator(f"{PANEL} [draggable=true]").count() == 0
    row(page, "Author").hover()
    row(page, "Author").locator(".more").click()
    assert page.get_by_role("menuitem").all_inner_texts() == [
        "Show only images with a value",
        "Sort by this property",
        "Group by this property",
    ]


def test_without_scripts_the_page_has_forms(window, described):
    page = window(owner_of=described, java_script_enabled=False)
    page.goto(described.grid("museum"))
    page.get_by_role("navigation", name="Properties").get_by_role("link", name="Author").click()
    assert page.url.endswith("?_group=Author")
    page.get_by_role("link", name="All properties").click()
    form = page.locator(".new form").first
    form.get_by_label("Name").fill("Mood")
    form.get_by_label("Colour").check()
    form.get_by_role("button").click()
    made = page.locator("li", has_text="Mood").first
    assert "Colour" in made.inner_text()
    made.locator("summary").click()
    made.get_by_role("button", name="Delete").click()
    assert page.url.endswith("/history")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing(shown, window, described, color_scheme):
    page = shown(color_scheme=color_scheme).page
    row(page, "Topic").locator(".head").click()
    page.wait_for_selector("panoptic-property-tags .tag")
    assert faults(page) == ""
    page.goto(f"{described.grid('museum')}/properties?property=3&type=number")
    page.locator(".properties summary").first.click()
    assert faults(page) == ""
