"""Groups, the filter bar and its forms: on a project whose pictures have been described."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from datasette_panoptic.domain.changes import SetTagsEach, SetValues
from datasette_panoptic.store import changesets, properties
from datasette_panoptic.store.connection import checkpoint, connect

from .conftest import INSTANCES, Grid, Open
from .serving import Server, serve
from .test_looks import faults

TOPICS = ("boat", "cat", "zebra")
#: Instances without a topic: the last ones.
UNTOLD = 34
TOLD = INSTANCES - UNTOLD


@pytest.fixture(scope="module")
def described(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A project whose instances have a topic in turn, and as many likes as their number."""
    path = tmp_path_factory.mktemp("described") / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    topic = properties.create(conn, "Topic", "multi_tags", "instance")
    likes = properties.create(conn, "Likes", "number", "instance")
    ids = [row[0] for row in conn.execute("select id from instances order by id")]
    told = {id_: (TOPICS[n % 3],) for n, id_ in enumerate(ids[:TOLD])}
    liked = dict(zip(ids, ids, strict=True))
    changesets.apply(conn, [SetTagsEach(topic, told), SetValues(likes, liked)], actor=None, tool="stamp")
    checkpoint(conn)
    conn.close()
    with serve(path) as running:
        yield running


@pytest.fixture
def grouped(window: Open, described: Server) -> Callable[..., Grid]:
    def opened(query: str, **options: object) -> Grid:
        shown = Grid(window(**options), described.grid("museum"))
        shown.open(query)
        return shown

    return opened


def headings(shown: Grid) -> list[str]:
    """What the headings in the document say, from the top down."""
    found = shown.page.locator(".stage .group:not([hidden])").evaluate_all(
        "all => all.map((one) => [one.getBoundingClientRect().top, one.getAttribute('aria-label')])"
    )
    return [label for _, label in sorted(found)]


def chips(page) -> list[str]:
    found: list[str] = page.locator(".panoptic-filters").evaluate(
        "bar => [...bar.querySelectorAll('.chips .chip span')].map((chip) => chip.textContent)"
    )
    return found


def test_headings_stand_in_order_with_their_counts(grouped):
    shown = grouped("_group=Topic&_thumb=60")
    each = TOLD // 3
    assert headings(shown)[:2] == [f"boat, {each}", f"cat, {each}"]
    shown.page.click("text=Collapse all")
    shown.page.wait_for_selector(".stage .card:not([hidden])", state="hidden")
    assert headings(shown) == [*(f"{topic}, {each}" for topic in TOPICS), f"without a value, {UNTOLD}"]
    assert shown.page.locator(".stage .card:not([hidden])").count() == 0
    assert shown.page.inner_text(".group-strip .total") == "4 groups"
    shown.page.click("text=Expand all")
    shown.settle()
    assert shown.positions[0] == 1


def test_rows_never_span_groups(grouped):
    shown = grouped("_group=Topic&_thumb=100")
    first = shown.card(TOLD // 3 + 1)
    shown.page.focus(".scroller")
    for _ in range(20):
        shown.press("ArrowDown")
        if first.count():
            break
    row = first.bounding_box()["y"] + 100
    assert shown.card(TOLD // 3).bounding_box()["y"] < row - 100 - 40
    assert first.evaluate("card => card.offsetLeft") < 90, "at the left edge"


def test_a_click_and_the_keys_fold_and_unfold(grouped):
    shown = grouped("_group=Topic")
    heading = shown.page.locator(".stage .group", has_text="boat")
    heading.locator(".name").click()
    assert heading.get_attribute("aria-expanded") == "false"
    assert shown.card(1).count() == 0
    shown.press("Enter")
    assert heading.get_attribute("aria-expanded") == "true"
    shown.wait()
    shown.press("ArrowDown", "ArrowRight")
    assert shown.active == 2
    shown.press("ArrowUp", "ArrowLeft")
    assert heading.get_attribute("aria-expanded") == "false"
    shown.press("ArrowDown")
    active = shown.page.get_attribute(".scroller", "aria-activedescendant")
    assert shown.page.get_attribute(f"#{active}", "aria-label").startswith("cat")
    shown.press("ArrowUp", "ArrowRight")
    assert heading.get_attribute("aria-expanded") == "true"


def test_end_reaches_the_last_cell_and_the_strip_says_where_it_is(grouped):
    shown = grouped("_group=Topic&_group=folder")
    shown.page.focus(".scroller")
    shown.press("End")
    shown.settle()
    assert shown.active == INSTANCES
    assert shown.positions[-1] == INSTANCES
    strip = shown.page.inner_text(".group-strip .current")
    assert strip.startswith("without a value \u203a ")
    at = shown.query
    shown.page.reload()
    shown.settle()
    assert (shown.query, shown.positions[-1]) == (at, INSTANCES)
    shown.page.focus(".scroller")
    shown.press("Home")
    shown.settle()
    assert (shown.active, shown.top) == (1, 0)
    shown.press("Space", "Shift+End")
    assert f"{INSTANCES} selected" in shown.page.inner_text("panoptic-selection")


def test_folding_the_group_above_keeps_its_heading_in_sight(grouped):
    shown = grouped("_group=Topic")
    shown.page.mouse.move(700, 500)
    shown.page.mouse.wheel(0, 900)
    shown.settle()
    shown.page.click(".group-strip .current")
    shown.settle()
    heading = shown.page.locator(".stage .group", has_text="boat")
    box, scroller = heading.bounding_box(), shown.page.locator(".scroller").bounding_box()
    assert abs(box["y"] - scroller["y"]) <= 1
    assert heading.get_attribute("aria-expanded") == "false"


def test_conditions_and_groups_are_chips_that_can_be_removed(grouped):
    shown = grouped("Topic=cat&Likes__gt=50&_group=folder&_sort_desc=name&_thumb=120")
    assert chips(shown.page) == ["Topic is cat", "Likes is above 50", "grouped by Folder"]
    shown.page.click('panoptic-bar button:has-text("Images")')
    shown.settle()
    shown.page.click('[aria-label="Remove: Likes is above 50"]')
    shown.wait()
    assert chips(shown.page) == ["Topic is cat", "grouped by Folder"]
    assert parse_qs(shown.query) == {
        "Topic": ["cat"], "_group": ["folder"], "_sort_desc": ["name"], "_thumb": ["120"], "_mode": ["images"],
    }  # fmt: skip
    shown.page.click('[aria-label="Remove: grouped by Folder"]')
    shown.wait()
    assert shown.page.locator(".stage .group:not([hidden])").count() == 0
    assert shown.page.locator(".scroller").get_attribute("role") == "listbox"


def test_every_key_stays_when_the_view_changes(grouped):
    shown = grouped("Topic=cat&_where=any(Likes__gt=100;Likes__lt=50)&_group=Topic")
    kept = {"Topic": ["cat"], "_where": ["any(Likes__gt=100;Likes__lt=50)"], "_group": ["Topic"]}
    shown.page.select_option("panoptic-bar select", "name")
    shown.settle()
    assert parse_qs(shown.query) == kept | {"_sort": ["name"]}
    shown.page.click('panoptic-folders [role=treeitem][title="boats"]')
    shown.settle()
    assert parse_qs(shown.query).items() >= (kept | {"_sort": ["name"]}).items()
    assert "_folder" in shown.query


def test_an_empty_result_offers_to_remove_the_filters(grouped):
    shown = grouped("Topic=dog&_group=Topic")
    assert "Nothing here matches the filters." in shown.page.inner_text("panoptic-grid .empty")
    shown.page.click("text=Remove the filters")
    shown.wait()
    assert shown.query == "_group=Topic"


def test_without_scripts_the_forms_and_links_do_the_same(window, described):
    page = window(java_script_enabled=False)
    page.goto(described.grid("museum") + "?_sort=name")
    page.click("details.adder summary")
    page.select_option("[name=_add_field]", "Likes")
    page.select_option("[name=_add_operator]", "lte")
    page.fill("[name=_add_value]", "30")
    page.click("text=Add filter")
    assert "30 instances" in page.inner_text(".counts")
    page.click("details.adder summary")
    page.select_option("[name=_add_group]", "Likes")
    page.fill("[name=_add_step]", "10")
    page.click('.adder button:has-text("Group")')
    assert chips(page) == ["Likes is at most 30", "grouped by Likes, 10"]
    page.click(".panoptic-bar button")
    assert parse_qs(page.url.partition("?")[2]) == {"Likes__lte": ["30"], "_group": ["Likes:10"], "_sort": ["name"]}
    page.click('nav.tree a:has-text("birds")')
    assert "Likes__lte=30" in page.url
    page.click('[aria-label="Remove: Likes is at most 30"]')
    assert "60 instances" in page.inner_text(".counts")


def test_in_french(grouped):
    shown = grouped("Likes__gt=10&_group=Likes:100&_lang=fr")
    assert chips(shown.page) == ["Likes dépasse 10", "groupé par Likes, 100"]
    assert headings(shown)[0].startswith("0 \u2013 99, ")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_axe_finds_nothing_in_a_grouped_view(grouped, color_scheme, width):
    shown = grouped("Topic=cat&_group=Topic&_group=folder", color_scheme=color_scheme, width=width)
    shown.settle()
    assert shown.page.evaluate("document.documentElement.scrollWidth") == width
    assert faults(shown.page) == ""
