"""What is shown: mode, folders, sort; and the address that says so."""

from __future__ import annotations

from urllib.parse import parse_qs

from .conftest import COPIES, FOLDERS, IMAGES, INSTANCES


def names(shown) -> list[str]:
    cards = shown.page.locator(".stage .card:not([hidden])")
    pairs = cards.evaluate_all("all => all.map((card) => [Number(card.getAttribute('aria-posinset')), card.title])")
    return [title for _, title in sorted(pairs)]


def folder(shown, name: str):
    return shown.page.locator(f'panoptic-folders [role=treeitem][title="{name}"]')


def test_images_mode_stacks_identical_images(grid):
    shown = grid()
    assert not shown.card(1).get_attribute("data-copies")
    shown.page.click('panoptic-bar button:has-text("Images")')
    shown.settle()
    assert shown.count == f"{IMAGES} images"
    assert shown.query == "_mode=images"
    assert shown.page.get_attribute('panoptic-bar button:has-text("Images")', "aria-pressed") == "true"
    folder(shown, "copies").click()
    shown.settle()
    assert shown.count == f"{COPIES} images"
    assert shown.card(1).get_attribute("data-copies") == "2"
    assert "2 instances" in shown.card(1).get_attribute("aria-label")


def test_folders_filter_with_what_is_below_them(grid):
    shown = grid()
    assert folder(shown, "boats").locator(".count").inner_text() == str(FOLDERS["boats"] + FOLDERS["boats/small"])
    folder(shown, "boats").click()
    shown.settle()
    assert shown.count == f"{FOLDERS['boats'] + FOLDERS['boats/small']} instances"
    folder(shown, "birds").click(modifiers=["Control"])
    shown.settle()
    assert shown.count == f"{IMAGES} instances"
    assert len(parse_qs(shown.query)["_folder"]) == 2
    folder(shown, "boats").locator(".tick").click()
    shown.settle()
    assert shown.count == f"{FOLDERS['birds']} instances"
    shown.page.click("panoptic-folders >> text=All folders")
    shown.settle()
    assert shown.count == f"{INSTANCES} instances"


def test_the_tree_by_keyboard(grid):
    shown = grid()
    folder(shown, "collection").focus()
    shown.press("ArrowDown", "ArrowDown")
    focused = shown.page.locator("[role=treeitem]:focus")
    assert focused.get_attribute("title") == "boats"
    assert focused.get_attribute("aria-expanded") == "false"
    shown.press("ArrowRight", "ArrowRight")
    assert shown.page.locator("[role=treeitem]:focus").get_attribute("title") == "small"
    shown.press("Space")
    shown.settle()
    assert shown.count == f"{FOLDERS['boats/small']} instances"
    shown.press("ArrowLeft", "ArrowLeft")
    assert focused.get_attribute("title") == "boats"
    assert focused.get_attribute("aria-expanded") == "false"
    shown.press("Home", "Enter")
    shown.settle()
    assert shown.count == f"{INSTANCES} instances"


def test_sort_direction_and_chance(grid):
    shown = grid()
    assert names(shown)[0] == "00000.jpg"
    shown.page.select_option("panoptic-bar select", "name")
    shown.settle()
    shown.page.click("panoptic-bar .sort button")
    shown.settle()
    assert shown.query == "_sort_desc=name"
    assert names(shown)[0].startswith("copy of")
    shown.page.select_option("panoptic-bar select", "random")
    shown.settle()
    before, seed = names(shown), shown.query
    assert "_sort=random&_seed=" in seed
    shown.page.click("panoptic-bar [aria-label='Shuffle again']")
    shown.settle()
    assert shown.query != seed
    assert names(shown) != before
    shown.page.go_back()
    shown.settle()
    assert names(shown) == before, "the same seed, the same order"


def test_back_forward_reload_and_a_pasted_address_restore_the_page(grid, window):
    shown = grid()
    folder(shown, "boats").click()
    shown.settle()
    shown.page.select_option("panoptic-bar select", "name")
    shown.settle()
    shown.page.mouse.move(700, 500)
    shown.page.mouse.wheel(0, 1111)
    shown.settle()
    query, top, seen = shown.query, shown.top, shown.positions
    assert "_at=" in query
    assert top == 1111

    shown.page.reload()
    shown.wait()
    assert (shown.query, shown.top, shown.positions) == (query, top, seen)

    shown.page.go_back()
    shown.settle()
    assert "_sort" not in shown.query
    assert shown.page.input_value("panoptic-bar select") == "id"
    shown.page.go_back()
    shown.settle()
    assert shown.count == f"{INSTANCES} instances"
    assert folder(shown, "boats").get_attribute("aria-selected") == "false"
    shown.page.go_forward()
    shown.settle()
    shown.page.go_forward()
    shown.settle()
    assert (shown.query, shown.positions, shown.top) == (query, seen, top)

    pasted = type(shown)(window(), shown.url)
    pasted.open(query)
    assert pasted.count == shown.count
    assert abs(pasted.top - top) <= 90, "to half a row: the address names a position"
    assert pasted.page.get_attribute('[role=treeitem][title="boats"]', "aria-selected") == "true"


def test_a_new_view_starts_at_its_top_with_nothing_selected(grid):
    shown = grid("_at=100")
    shown.page.focus(".scroller")
    shown.press("Control+a")
    folder(shown, "birds").click()
    shown.settle()
    assert shown.positions[0] == 1
    assert shown.selected == []


def test_size_and_language_survive_a_change_of_view(grid):
    shown = grid("_thumb=220&_lang=fr")
    shown.page.click('panoptic-bar button:has-text("Images")')
    shown.settle()
    assert parse_qs(shown.query) == {"_mode": ["images"], "_thumb": ["220"], "_lang": ["fr"]}


def test_folders_can_be_opened_in_a_new_tab(grid, window):
    shown = grid("_sort=name")
    href = folder(shown, "birds").get_attribute("href")
    other = type(shown)(window(), shown.url)
    other.open(href.partition("?")[2])
    assert other.count == f"{FOLDERS['birds']} instances"
    assert "_sort=name" in other.query
