"""How it looks and to whom: small screens, the dark, French, assistive technology."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import INSTANCES

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


def faults(page) -> str:
    # Datasette's jump menu has a property `matches` that hides the method of all elements, which axe calls.
    page.evaluate("document.querySelector('navigation-search')?.remove()")
    found = Axe().run(page, options=RULES)
    return found.generate_report() if found.violations_count else ""


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_grid(grid, server, color_scheme):
    shown = grid("_mode=images", owner_of=server, color_scheme=color_scheme)
    shown.card(3).click(modifiers=["Control"])
    shown.page.click("details.add summary")
    assert faults(shown.page) == ""


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_on_an_image(grid, color_scheme):
    shown = grid(color_scheme=color_scheme)
    shown.card(3).click()
    shown.page.wait_for_selector("panoptic-viewer .deep[data-ready]")
    assert faults(shown.page) == ""
    shown.page.reload()
    shown.page.wait_for_selector("panoptic-viewer .deep[data-ready]")
    assert faults(shown.page) == ""


def test_axe_finds_nothing_in_the_help_and_on_small_screens(grid):
    shown = grid(width=390, height=844)
    assert faults(shown.page) == ""
    shown.page.focus(".scroller")
    shown.press("?")
    assert faults(shown.page) == ""


def test_the_dark_is_dark_and_the_light_is_light(grid):
    def lightness(shown) -> int:
        color = shown.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return int(color.removeprefix("rgb(").partition(",")[0])

    assert lightness(grid(color_scheme="dark")) < 40
    assert lightness(grid(color_scheme="light")) > 230


def test_french_from_the_browser_and_from_the_address(grid):
    for shown in (grid(locale="fr-FR"), grid("_lang=fr")):
        assert shown.page.inner_text("panoptic-folders h2").lower() == "dossiers"
        assert shown.page.get_attribute("panoptic-bar .help-button", "aria-label") == "Raccourcis clavier"
        shown.page.focus(".scroller")
        shown.press("Space")
        assert "1 sélectionnée" in shown.page.inner_text("panoptic-selection")


def test_a_phone_has_two_columns_a_drawer_and_nothing_beyond_its_edge(grid):
    shown = grid(width=390, height=844, has_touch=True, is_mobile=True)
    assert shown.page.evaluate("document.documentElement.scrollWidth") == 390
    assert len({round(shown.card(n).bounding_box()["x"] / 190) for n in range(1, 5)}) == 2
    side = shown.page.locator(".panoptic-side")
    assert not side.is_visible()
    shown.page.tap(".folders-button")
    assert side.is_visible()
    shown.page.tap('[role=treeitem][title="birds"]')
    shown.settle()
    assert not side.is_visible()
    assert shown.count == "60 instances"
    shown.card(1).tap(position={"x": 15, "y": 15})
    assert shown.selected == [1]
    shown.card(2).tap()
    shown.page.wait_for_selector("panoptic-viewer .deep[data-ready]")
    assert shown.page.evaluate("document.documentElement.scrollWidth") == 390


def test_without_scripts_there_are_pictures_and_pages(window, server):
    page = window(java_script_enabled=False)
    page.goto(server.grid("museum"))
    assert f"{INSTANCES} instances" in page.inner_text(".counts")
    assert page.locator(".cards .card img").count() == 100
    page.click("a[rel=next]")
    assert "_at=100" in page.url
    page.locator(".cards .card").first.click()
    assert page.locator(".image-page .wall img").is_visible()


def test_the_script_takes_over_where_the_server_began(grid):
    shown = grid("_at=100")
    assert 101 in shown.positions
    assert "_at=" in shown.query
