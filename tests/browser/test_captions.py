"""Values below the cards: shown, chosen and edited in place."""

from __future__ import annotations

from .annotated import annotated, cards, projects, seen, value

__all__ = ["annotated", "cards", "projects", "seen"]


def test_values_stand_below_the_cards_as_people_write_them(cards, seen):
    shown = cards(seen, "_show=Topic,Author,Likes,Said at,Page,Hue,Seen")
    shown.page.wait_for_selector('.caption .value[data-name="Topic"]:not([data-type=""])')
    texts = {
        name: value(shown, 2, name).inner_text()
        for name in ("Topic", "Author", "Likes", "Said at", "Page", "Hue", "Seen")
    }
    assert texts == {
        "Topic": "boat", "Author": "Author 2", "Likes": "1,234,567,890,123,456,789", "Said at": "May 1890",
        "Page": "example.org↗", "Hue": "red", "Seen": "☐",
    }  # fmt: skip
    box, said = shown.card(2).bounding_box(), value(shown, 2, "Topic").bounding_box()
    assert said["y"] >= box["y"] + box["height"]
    below = shown.card(9).bounding_box()
    assert below["y"] >= value(shown, 2, "Seen").bounding_box()["y"] + 20


def test_a_value_is_edited_below_its_card_and_tab_goes_on(cards, annotated):
    shown = cards(annotated, "_show=Author")
    value(shown, 1, "Author").click()
    field = shown.page.locator("panoptic-value textarea")
    assert field.input_value() == "Author 1"
    field.fill("Anna")
    shown.press("Tab")
    shown.page.wait_for_function("() => document.querySelector('panoptic-value textarea')?.value === 'Author 2'")
    shown.press("Escape")
    shown.page.wait_for_selector("panoptic-value", state="detached")
    assert value(shown, 1, "Author").inner_text() == "Anna"
    (last, *_) = annotated.entries(shown.page)
    assert (last["tool"], last["changed"]) == ("inline", 1)
    assert shown.active == 2


def test_e_edits_the_cell_with_the_cursor_and_ctrl_enter_all_that_is_selected(cards, annotated):
    shown = cards(annotated, "_show=Likes")
    shown.page.focus(".scroller")
    shown.press("Space", "Shift+ArrowRight", "Shift+ArrowRight", "e")
    shown.page.locator("panoptic-value input").fill("77")
    shown.press("Control+Enter")
    shown.page.wait_for_selector("panoptic-value", state="detached")
    shown.settle()
    assert [value(shown, at, "Likes").inner_text() for at in (1, 2, 3, 4)] == ["77", "77", "77", "4"]
    assert annotated.entries(shown.page)[0]["changed"] == 3


def test_properties_are_chosen_in_the_popover(cards, seen):
    shown = cards(seen, "_show=Author")
    shown.page.click(".shown [popovertarget]")
    shown.page.get_by_role("checkbox", name="Likes").check()
    shown.page.wait_for_selector('.caption .value[data-name="Likes"]:not([data-type=""])')
    assert "_show=Author%2CLikes" in shown.query
    shown.page.get_by_role("checkbox", name="Kind, long").check()
    assert "Kind%7E2C+long" in shown.query
    shown.press("Escape")
