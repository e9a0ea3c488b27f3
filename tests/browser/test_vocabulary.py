"""The page of tags: a tree to change by mouse and by keyboard, in a project of two visitors."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datasette_panoptic.domain.changes import SetTagsEach
from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.ingest.vocabulary import import_tags
from datasette_panoptic.store import properties, tags
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect

from .rest import rest
from .serving import Server, serve
from .test_looks import faults

TREE = [
    DescribedTag("Animal", "#37b24d"),
    DescribedTag("Pet"),
    DescribedTag("Cat", parents=("Animal", "Pet")),
    DescribedTag("Kitten", parents=("Cat",)),
    DescribedTag("Dog", parents=("Animal",)),
    DescribedTag("Église", "#1c7ed6"),
    DescribedTag("Sea"),
]
TOPIC, MANY = 1, 2
COUNT = 10_000


@pytest.fixture(scope="module")
def tagged(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vocabulary") / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    for name in ("Topic", "Many"):
        properties.create(conn, name, "multi_tags", "image")
    import_tags(conn, TOPIC, TREE)
    apply(
        conn,
        [SetTagsEach(TOPIC, {1: ("Cat",), 2: ("Cat", "Sea"), 3: ("Kitten",), 4: ("Dog",), 5: ("Sea",)})],
        actor=None,
        tool="annotate",
    )
    many = [DescribedTag(f"T{n:05}", parents=() if n < 100 else (f"T{n % 100:05}",)) for n in range(COUNT)]
    import_tags(conn, MANY, many)
    conn.close()
    return path


@pytest.fixture
def museum(tagged: Path, tmp_path: Path) -> Iterator[tuple[Server, Any]]:
    """A server of this test alone, and a connection to what it serves."""
    path = tmp_path / "museum.db"
    shutil.copy(tagged, path)
    conn = connect(path)
    with serve(path) as server:
        yield server, conn
    conn.close()


class Page:
    """What a person sees of the page of tags."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        page.goto(url)
        page.wait_for_selector("panoptic-vocabulary[data-ready]")

    @property
    def rows(self) -> list[str]:
        """The names in sight, each indented by its level."""
        found: list[str] = self.page.locator("[role=treeitem]").evaluate_all(
            """rows => rows.map((row) => {
                const parts = [...row.querySelector(".name").childNodes];
                const text = parts.find((part) => part.nodeType === Node.TEXT_NODE);
                return " ".repeat(row.ariaLevel - 1) + text.data;
            })"""
        )
        return found

    @property
    def selected(self) -> list[str]:
        found: list[str] = self.page.locator('[role=treeitem][aria-selected="true"] .name').all_inner_texts()
        return found

    def row(self, name: str, nth: int = 0) -> Any:
        return self.page.locator("[role=treeitem]", has=self.page.get_by_text(name, exact=True)).nth(nth)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.page.evaluate("() => new Promise((done) => requestAnimationFrame(done))")

    def said(self, text: str) -> None:
        self.page.locator(".said", has_text=text).wait_for()

    def wait_rows(self, rows: list[str]) -> None:
        for _ in range(60):
            if self.rows == rows:
                return
            self.page.wait_for_timeout(50)
        assert self.rows == rows

    @property
    def title(self) -> str:
        return str(self.page.input_value('.vocabulary-tag input[name="name"]'))


@pytest.fixture
def opened(window: Any, museum: tuple[Server, Any]) -> Callable[..., Page]:
    def opening(address: str = f"{TOPIC}", **options: Any) -> Page:
        server, _ = museum
        return Page(window(**{"owner_of": server, **options}), f"{server.grid('museum')}/tags/{address}")

    return opening


def names(conn: Any, property_id: int = TOPIC) -> dict[str, tuple[str, ...]]:
    return {tag.name: tag.parents for tag in tags.listed(conn, property_id)}


def test_the_tree_is_walked_by_arrows_and_a_tag_stands_below_each_of_its_parents(opened):
    shown = opened()
    assert shown.rows == ["Animal", "Église", "Pet", "Sea"]
    shown.page.focus("[role=tree]")
    shown.press("ArrowRight", "ArrowRight")
    assert shown.rows == ["Animal", " Cat", " Dog", "Église", "Pet", "Sea"]
    assert (shown.title, "tag=3" in shown.page.url) == ("Cat", True)
    shown.press("ArrowRight", "ArrowRight")
    assert shown.title == "Kitten"
    shown.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert shown.rows == ["Animal", "Église", "Pet", "Sea"]
    shown.press("End", "ArrowUp", "ArrowRight")
    assert shown.rows[-3:] == ["Pet", " Cat", "Sea"]
    shown.page.reload()
    shown.page.wait_for_selector("panoptic-vocabulary[data-ready]")
    assert shown.selected == ["Pet"]


def test_pictures_of_a_tag_lead_to_the_grid_of_it(opened):
    shown = opened(f"{TOPIC}?tag=3")
    shown.page.wait_for_selector(".samples img")
    assert shown.page.locator(".samples img").count() == 3  # with what is below it
    shown.page.click(".all a")
    shown.page.wait_for_selector("panoptic-app[data-ready]")
    assert "Topic=Cat" in shown.page.url
    assert shown.page.inner_text(".panoptic-bar .counts") == "3 images"


def test_renaming_colouring_and_describing_are_undone_by_a_key(opened, museum):
    shown = opened(f"{TOPIC}?tag=7")
    shown.page.focus("[role=tree]")
    shown.press("Enter")
    shown.page.keyboard.type("Ocean")
    shown.press("Enter")
    shown.said("Done")
    assert shown.rows == ["Animal", "Église", "Ocean", "Pet"]
    shown.page.click('.colors .swatch[aria-label="red"]')
    shown.page.wait_for_selector('.colors .swatch[aria-label="red"][aria-pressed="true"]')
    shown.page.fill(".vocabulary-tag textarea", "much water")
    shown.page.focus("[role=tree]")
    rest(shown.page)
    (tag,) = [tag for tag in tags.listed(museum[1], TOPIC) if tag.name == "Ocean"]
    assert (tag.color, tag.description) == ("#e03131", "much water")
    for _ in range(3):
        shown.press("z")
    shown.wait_rows(["Animal", "Église", "Pet", "Sea"])
    shown.press("Shift+Z")
    shown.wait_rows(["Animal", "Église", "Ocean", "Pet"])
    shown.row("Ocean").dblclick()
    shown.page.keyboard.type("Animal")
    shown.press("Enter")
    shown.said("there is a tag `Animal` already")


def test_a_tag_is_dragged_below_another_with_a_key_besides_and_to_the_top(opened, museum):
    shown, conn = opened(), museum[1]
    shown.row("Sea").drag_to(shown.row("Pet"))
    shown.wait_rows(["Animal", "Église", "Pet", " Cat", " Sea"])
    shown.page.keyboard.down("Control")
    shown.row("Sea").drag_to(shown.row("Église"))
    shown.page.keyboard.up("Control")
    shown.said("Done")
    rest(shown.page)
    assert names(conn)["Sea"] == ("Église", "Pet")
    source = shown.row("Sea").bounding_box()
    shown.page.mouse.move(source["x"] + 60, source["y"] + 10)
    shown.page.mouse.down()
    shown.page.mouse.move(source["x"] + 60, source["y"] + 30, steps=3)
    strip = shown.page.locator(".top-strip")
    strip.wait_for()
    strip.hover()
    strip.hover()
    shown.page.mouse.up()
    shown.page.wait_for_function(
        "() => !document.querySelector('[role=treeitem][aria-level=\"2\"] .name')?.textContent.includes('Sea')"
    )
    assert names(conn)["Sea"] == ()


def test_what_would_be_below_itself_cannot_be_dropped_and_is_not_offered(opened, museum):
    shown = opened()
    before = names(museum[1])
    shown.page.focus("[role=tree]")
    shown.press("ArrowRight")
    shown.row("Animal").drag_to(shown.row("Cat"))
    rest(shown.page)
    assert names(museum[1]) == before
    shown.row("Animal").click()
    shown.press("p")
    assert shown.page.locator("[role=option] .name").all_inner_texts() == ["Église", "Pet", "Sea"]
    shown.page.keyboard.type("egl")
    shown.press("Enter")
    shown.said("Done")
    assert names(museum[1])["Animal"] == ("Église",)
    assert shown.selected == ["Animal"]


def test_several_are_selected_merged_and_deleted(opened, museum):
    shown, conn = opened(), museum[1]
    shown.row("Animal").click()
    shown.row("Sea").click(modifiers=["Shift"])
    assert shown.selected == ["Animal", "Église", "Pet", "Sea"]
    shown.row("Animal").click()
    shown.row("Sea").click(modifiers=["Control"])
    assert shown.selected == ["Animal", "Sea"]
    assert "2 tags selected" in shown.page.inner_text(".vocabulary-tag h2")
    shown.page.focus("[role=tree]")
    shown.press("m")
    shown.page.keyboard.type("pet")
    shown.press("Enter")
    shown.said("Done")
    assert names(conn).keys() == {"Cat", "Dog", "Kitten", "Pet", "Église"}
    assert tags.listed(conn, TOPIC)[4].count == 2  # what had Sea
    shown.page.focus("[role=tree]")
    shown.press("Delete")
    assert "2 images or instances" in shown.page.inner_text("dialog h2")
    shown.page.click("dialog .danger")
    shown.page.wait_for_function("() => !document.querySelector('.tree').textContent.includes('Pet')")
    shown.press("z", "z")
    shown.wait_rows(["Animal", "Église", "Pet", " Cat", "Sea"])  # where the current tag went


def test_a_tag_is_split_by_what_is_also_tagged(opened, museum):
    shown, conn = opened(f"{TOPIC}?tag=3"), museum[1]
    shown.page.focus("[role=tree]")
    shown.press("s")
    shown.page.fill('dialog input[name="name"]', "Sea cat")
    shown.page.fill("dialog [role=combobox]", "sea")
    shown.press("Enter")
    shown.page.wait_for_function("() => document.querySelector('dialog input[name=query]').value === 'Topic=Sea'")
    shown.page.click("dialog .primary")
    shown.said("Done")
    found = {tag.name: (tag.count, tag.parents) for tag in tags.listed(conn, TOPIC)}
    assert (found["Cat"], found["Sea cat"]) == ((1, ("Animal", "Pet")), (1, ("Animal", "Pet")))
    assert shown.title == "Sea cat"


def test_searching_finds_without_accents_and_making_a_tag_shows_it(opened):
    shown = opened()
    shown.page.fill(".vocabulary-find input", "EGLI")
    assert shown.rows == ["Église"]
    shown.page.fill(".vocabulary-find input", "kit")
    assert shown.page.inner_text("[role=treeitem] .path") == "Cat"
    shown.page.fill(".vocabulary-list .vocabulary-new input", "Boat")
    shown.press("Enter")
    shown.wait_rows(["Animal", "Boat", "Église", "Pet", "Sea"])
    assert shown.title == "Boat"
    shown.page.fill(".vocabulary-tag .vocabulary-new input", "Raft")
    shown.press("Enter")
    shown.wait_rows(["Animal", "Boat", " Raft", "Église", "Pet", "Sea"])


def test_what_somebody_else_does_appears(opened, museum):
    shown = opened()
    tags.create(museum[1], TOPIC, "Bird", parent=None, actor="ada")
    shown.wait_rows(["Animal", "Bird", "Église", "Pet", "Sea"])


def test_ten_thousand_tags_cost_as_many_rows_as_fit_the_screen(opened):
    shown = opened(str(MANY))
    shown.page.focus("[role=tree]")
    shown.press("ArrowRight", "End")
    assert shown.title == "T00099"
    assert shown.page.locator("[role=treeitem]").count() < 100
    assert shown.row("T00099").is_visible()
    shown.page.fill(".vocabulary-find input", "0777")
    shown.wait_rows(["T00777", *(f"T0777{n}" for n in range(10))])


def test_who_may_not_edit_sees_the_same_and_no_control(opened, window, museum):
    shown = Page(window(), f"{museum[0].grid('museum')}/tags/{TOPIC}?tag=3")
    assert shown.page.inner_text(".vocabulary-tag h2") == "Cat"
    assert shown.page.locator(".vocabulary-tag button, .vocabulary-new, .steps, [draggable=true]").count() == 0
    shown.page.focus("[role=tree]")
    shown.press("Delete", "m", "z")
    assert shown.page.locator("dialog[open]").count() == 0


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, color_scheme):
    shown = opened(f"{TOPIC}?tag=3", color_scheme=color_scheme)
    shown.page.wait_for_selector(".samples img")
    assert faults(shown.page) == ""
    shown.page.focus("[role=tree]")
    shown.press("p")
    assert faults(shown.page) == ""


def test_a_phone_has_all_of_it_and_axe_finds_nothing(opened):
    shown = opened(f"{TOPIC}?tag=3", width=390, height=844)
    assert shown.page.evaluate("document.documentElement.scrollWidth") == 390
    assert faults(shown.page) == ""


def test_without_scripts_tags_are_changed_by_forms(window, museum):
    server, conn = museum
    page = window(owner_of=server, java_script_enabled=False)
    page.goto(f"{server.grid('museum')}/tags")
    page.click("text=Topic")
    page.click(".vocabulary-list a:text-is('Sea')")
    assert page.locator(".samples img").count() == 2
    page.fill(".facts input[name=name]", "Ocean")
    page.fill(".facts input[name=color]", "#1098ad")
    page.click(".facts button")
    assert page.input_value(".facts input[name=name]") == "Ocean"
    page.fill("input[name=add_name]", "Pet")
    page.click("text=Move")
    assert names(conn)["Ocean"] == ("Pet",)
    page.click('button[aria-label="Remove from Pet"]')
    assert names(conn)["Ocean"] == ()
    page.fill("form[action$='/split'] input[name=name]", "Sea of cats")
    page.fill("input[name=query]", "Topic=Cat")
    page.click("form[action$='/split'] button")
    assert page.inner_text("h2#panoptic-tag-name") == "Sea of cats"
    page.fill("input[name=into_name]", "Ocean")
    page.click("form[action$='/merge'] button")
    assert page.inner_text("h2#panoptic-tag-name") == "Ocean"
    page.click("text=Delete the tag (2 images or instances have it)")
    assert "Ocean" not in names(conn)
    page.fill(".vocabulary-list .vocabulary-new input[name=name]", "Fish")
    page.click(".vocabulary-list .vocabulary-new button")
    assert page.inner_text("h2#panoptic-tag-name") == "Fish"
