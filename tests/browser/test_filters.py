"""The filter bar alive: the builder of conditions, groups and orders, search, facets. The page never reloads."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from datasette_panoptic.domain.changes import SetTagsEach, SetValues
from datasette_panoptic.domain.fields import SYSTEM_FIELDS
from datasette_panoptic.query.steps import DATE_STEPS
from datasette_panoptic.store import changesets, properties
from datasette_panoptic.store.connection import checkpoint, connect, transaction

from .conftest import INSTANCES, Grid, Open
from .serving import Server, serve
from .test_groups import chips, headings
from .test_looks import faults

KINDS = {"Topic": "multi_tags", "Likes": "number", "Author": "text", "Said": "date", "Seen": "checkbox"}
TOPICS = ("boat", "cat", "dog")


@pytest.fixture(scope="module")
def told(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A project whose instances have a topic in turn, as many likes as their number, an author and a year."""
    path = tmp_path_factory.mktemp("told") / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    made = {name: properties.create(conn, name, type_, "instance") for name, type_ in KINDS.items()}
    ids = [row[0] for row in conn.execute("select id from instances order by id")]
    changesets.apply(
        conn,
        [
            SetTagsEach(made["Topic"], {id_: (TOPICS[id_ % 3],) for id_ in ids if id_ % 10}),
            SetValues(made["Likes"], {id_: id_ for id_ in ids}),
            SetValues(made["Author"], {id_: ("Anna", "Zoé")[id_ % 2] for id_ in ids}),
            SetValues(made["Said"], {id_: str(1950 + id_ % 40) for id_ in ids}),
            SetValues(made["Seen"], {id_: id_ % 2 for id_ in ids}),
        ],
        actor=None,
        tool="stamp",
    )
    with transaction(conn):
        animal = conn.execute("insert into tags (property_id, name) values (?, 'animal')", [made["Topic"]]).lastrowid
        conn.execute("insert into tag_parents select id, ? from tags where name in ('cat', 'dog')", [animal])
    checkpoint(conn)
    conn.close()
    with serve(path) as running:
        yield running


def found(holds: Callable[[int], bool]) -> int:
    return sum(holds(n) for n in range(1, INSTANCES + 1))


def has_topic(n: int, *topics: str) -> bool:
    return bool(n % 10) and TOPICS[n % 3] in topics


@pytest.fixture
def shown(window: Open, told: Server) -> Iterator[Callable[..., Grid]]:
    """Open the grid; in the end the page must still be the one that was opened."""
    pages = []

    def opened(query: str = "", **options: object) -> Grid:
        grid = Grid(window(**options), told.grid("museum"))
        grid.open(query)
        grid.page.wait_for_selector(".asked")
        grid.page.evaluate("window.opened = true")
        pages.append(grid.page)
        return grid

    yield opened
    for page in pages:
        assert page.evaluate("window.opened") is True, "the page was loaded again"


def counted(grid: Grid, count: int) -> None:
    grid.page.wait_for_function(
        "text => document.querySelector('.panoptic-bar .counts').textContent.trim() === text", arg=f"{count} instances"
    )
    grid.wait()


def test_a_condition_by_keyboard(shown):
    grid = shown()
    grid.page.focus(".scroller")
    grid.press("f")
    page = grid.page
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Field"
    grid.press("Tab", "Tab")
    page.keyboard.type("ca")
    page.wait_for_selector(".suggestions li")
    assert page.locator(".suggestions li .name").all_inner_texts()[0] == "cat"
    grid.press("Enter")
    page.keyboard.type("bo")
    page.wait_for_selector(".suggestions li:has-text('boat')")
    grid.press("Enter")
    wanted = found(lambda n: has_topic(n, "cat", "boat"))
    page.wait_for_selector(f".found:has-text('{wanted} instances')")
    grid.press("Enter")
    counted(grid, wanted)
    assert parse_qs(grid.query) == {"Topic__any": ["cat,boat"]}
    assert chips(page) == ["Topic is one of cat, boat"]
    assert page.evaluate("document.activeElement.className") == "scroller"


def test_nested_groups_by_mouse(shown):
    grid = shown("Topic=cat")
    page = grid.page
    page.click("button:has-text('Filter')")
    page.get_by_label("Field").last.select_option("Likes")
    page.get_by_label("Condition", exact=True).last.select_option("lte")
    page.get_by_label("Value").last.fill("100")
    page.click("dialog .builder-root > .adders button:has-text('Group of conditions')")
    page.get_by_label("How the conditions go together").last.select_option("not")
    page.get_by_label("Field").last.select_option("Seen")
    page.get_by_label("Value").last.select_option("true")
    wanted = found(lambda n: has_topic(n, "cat") and n <= 100 and not n % 2)
    page.wait_for_selector(f".found:has-text('{wanted} instances')")
    page.click("dialog .primary")
    counted(grid, wanted)
    assert parse_qs(grid.query) == {"Topic": ["cat"], "Likes__lte": ["100"], "_where": ["not(Seen=true)"]}
    assert chips(page) == ["Topic is cat", "Likes is at most 100", "not (Seen is yes)"]
    page.go_back()
    counted(grid, found(lambda n: has_topic(n, "cat")))
    assert chips(page) == ["Topic is cat"]


def test_the_whole_may_be_any_of_its_parts(shown):
    grid = shown("_where=any(Likes__lt=5;Likes__gt=220)")
    counted(grid, found(lambda n: n < 5 or n > 220))
    page = grid.page
    page.click(".chip .edit")
    assert page.get_by_label("How the conditions go together").input_value() == "any"
    assert page.evaluate("document.activeElement.value") == "5"
    page.keyboard.type("0")
    page.click("dialog .primary")
    counted(grid, found(lambda n: n < 50 or n > 220))
    assert grid.query == "_where=any%28Likes__lt%3D50%3BLikes__gt%3D220%29"


def test_what_is_wrong_is_said_at_the_condition(shown):
    grid = shown("Likes__gt=5&Topic=cat")
    page = grid.page
    page.click(".chip .edit:has-text('Likes')")
    page.keyboard.press("Control+A")
    page.keyboard.type("many")
    page.wait_for_selector(".condition:has([aria-invalid=true]) + .problem:has-text('`many` is no number')")
    page.click("dialog .primary")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.click("dialog .primary")
    assert page.locator(".problem:visible").inner_text() == "Give a value, or remove this condition"
    page.keyboard.press("Escape")
    assert parse_qs(grid.query) == {"Likes__gt": ["5"], "Topic": ["cat"]}


def test_between_dates_and_values_of_a_text(shown):
    grid = shown("Said__between=1960,1969&Author__any=Anna")
    wanted = found(lambda n: 10 <= n % 40 < 20 and not n % 2)
    counted(grid, wanted)
    page = grid.page
    page.click(".chip .edit:has-text('Said')")
    page.get_by_label("To", exact=True).fill("1979")
    page.get_by_role("combobox", name="Value").focus()
    page.wait_for_selector(".suggestions li:has-text('Zoé')")
    page.click(".suggestions li:has-text('Zoé')")
    page.click("dialog .primary")
    counted(grid, found(lambda n: 10 <= n % 40 < 30))
    assert chips(page) == ["Said is between 1960 and 1979", "Author is one of Anna, Zoé"]


def test_chips_are_removed_and_the_empty_view_offers_to_remove_all(shown):
    grid = shown("Topic=cat&Likes__gt=9999&_group=Topic")
    page = grid.page
    assert "Nothing here matches the filters." in page.inner_text("panoptic-grid .empty")
    page.click("text=Remove the filters")
    counted(grid, INSTANCES)
    assert grid.query == "_group=Topic"
    page.click('[aria-label="Remove: grouped by Topic"]')
    grid.wait()
    assert (grid.query, headings(grid)) == ("", [])
    page.fill("[name=_search]", "nothing is called so")
    page.keyboard.press("Enter")
    counted(grid, 0)
    assert page.inner_text("panoptic-grid .empty") == "Nothing here matches the filters. Remove the filters"


def test_groups_by_dialog(shown):
    grid = shown("Likes__lte=90")
    page = grid.page
    page.focus(".scroller")
    grid.press("g")
    page.get_by_label("Group by").select_option("Said")
    page.get_by_label("Step").select_option("decade")
    page.click("dialog[open] button:has-text('Then by')")
    page.get_by_label("Group by").last.select_option("Topic")
    page.get_by_label("Order of the groups").last.select_option("size")
    page.click("dialog[open] .primary")
    page.wait_for_selector(".stage .group")
    grid.wait()
    assert parse_qs(grid.query)["_group"] == ["Said:decade", "Topic::!size"]
    assert headings(grid)[0].startswith("1950s, ")
    page.click(".chip.group .edit >> nth=0")
    page.click("[role=group][aria-label='Level 2'] [aria-label='Move up']")
    page.get_by_label("Group by").last.select_option("Likes")
    page.get_by_label("Bins").select_option("e0_10_100")
    page.get_by_label("Edges").fill("30, 10")
    page.click("dialog[open] .primary")
    page.wait_for_selector("dialog[open] [role=alert]:has-text('edges ascend')")
    page.get_by_label("Edges").fill("10, 30")
    page.click("dialog[open] .primary")
    page.wait_for_selector(".chip:has-text('grouped by Likes, from 10, 30')")
    assert parse_qs(grid.query)["_group"] == ["Topic::!size", "Likes:e10_30"]


def test_sorting_by_several_fields(shown):
    grid = shown("_thumb=100")
    page = grid.page
    page.select_option("panoptic-bar .sort select", "Author")
    grid.wait()
    page.click("[aria-label='Sort by several fields']")
    page.click("dialog[open] button:has-text('Then by')")
    page.get_by_label("Sort by", exact=True).last.select_option("Likes")
    page.locator("dialog[open] .direction").last.click()
    page.click("dialog[open] .primary")
    grid.settle()
    assert grid.query == "_sort=Author&_sort_desc=Likes&_thumb=100"
    assert page.inner_text("[aria-label='Sort by several fields']") == "+1"
    page.click("panoptic-bar [aria-label^='Ascending']")
    grid.settle()
    assert grid.query == "_sort_desc=Author&_sort_desc=Likes&_thumb=100"


def test_the_dialogs_offer_every_field_and_every_step(shown):
    page = shown().page
    values = "options => options.map((option) => option.value)"
    page.click("[aria-label='Sort by several fields']")
    offered = page.get_by_label("Sort by", exact=True).last.locator("option").evaluate_all(values)
    assert set(offered) == {field.name for field in SYSTEM_FIELDS} | {*KINDS, "random"}
    page.keyboard.press("Escape")
    page.focus(".scroller")
    page.keyboard.press("g")
    page.locator("dialog[open] select").first.select_option("Said")
    steps = page.locator("dialog[open] select").nth(1).locator("option").evaluate_all(values)
    assert set(steps) == {"", *DATE_STEPS}


def test_the_view_follows_the_search(shown):
    grid = shown("Likes__lte=60")
    page = grid.page
    page.focus(".scroller")
    grid.press("x")
    page.keyboard.type("zo")
    counted(grid, found(lambda n: n <= 60 and n % 2))
    page.keyboard.type("e -dog")
    counted(grid, found(lambda n: n <= 60 and n % 2 and not has_topic(n, "dog")))
    assert parse_qs(grid.query) == {"_search": ["zoe -dog"], "Likes__lte": ["60"]}
    page.go_back()
    counted(grid, 60)
    assert page.input_value("[type=search]") == ""
    page.go_forward()
    counted(grid, found(lambda n: n <= 60 and n % 2 and not has_topic(n, "dog")))
    assert page.input_value("[type=search]") == "zoe -dog"
    page.focus("[type=search]")
    grid.press("Escape")
    counted(grid, 60)
    grid.press("Escape")
    assert page.evaluate("document.activeElement.className") == "scroller"


def values(page, field: str) -> dict[str, str]:
    rows = page.locator(f".facet[data-field='{field}'] .value").evaluate_all(
        "all => all.map((one) => [one.querySelector('.name').textContent, one.querySelector('.count').textContent])"
    )
    return dict(rows)


def test_facets_are_chosen_and_their_values_ask_and_leave_out(shown):
    grid = shown("Author=Anna")
    page = grid.page
    page.select_option(".facets .adder", "Topic")
    page.wait_for_selector(".facet[data-field=Topic] .value")
    page.select_option(".facets .adder", "Author")
    page.wait_for_selector(".facet[data-field=Author] .value")
    anna = {topic: found(lambda n, t=topic: not n % 2 and has_topic(n, t)) for topic in TOPICS}
    assert values(page, "Topic") == {
        "animal": str(anna["cat"] + anna["dog"]), "cat": str(anna["cat"]), "dog": str(anna["dog"]),
        "boat": str(anna["boat"]), "without a value": str(found(lambda n: not n % 10)),
    }  # fmt: skip
    assert set(values(page, "Author")) == {"Anna", "Zoé"}, "the field's own condition does not narrow it"
    page.click(".facet[data-field=Topic] .take:has-text('cat')")
    counted(grid, anna["cat"])
    page.click(".facet[data-field=Topic] .take:has-text('boat')")
    counted(grid, anna["cat"] + anna["boat"])
    page.click(".facet[data-field=Topic] .take:has-text('dog')", modifiers=["Alt"])
    page.click(".facet[data-field=Topic] .take:has-text('boat')")
    counted(grid, anna["cat"])
    assert parse_qs(grid.query) == {
        "Author": ["Anna"], "Topic__any": ["cat"], "Topic__none": ["dog"], "_facets": ["Topic,Author"],
    }  # fmt: skip
    page.click(".facet[data-field=Topic] .take:has-text('without')")
    counted(grid, found(lambda n: not n % 10))
    page.click("[aria-label='Remove the facet Topic']")
    page.wait_for_selector(".facet[data-field=Topic]", state="detached")
    assert parse_qs(grid.query)["_facets"] == ["Author"]


def test_a_time_line_leads_to_its_years(shown):
    grid = shown("_facets=Said&Topic=cat")
    page = grid.page
    bars = page.locator(".facet .chart a")
    bars.first.wait_for()
    assert bars.first.get_attribute("aria-label").startswith("1951: ")
    assert page.locator(".facet .chart a[tabindex='0']").count() == 1
    bars.first.focus()
    grid.press("ArrowRight", "Enter")
    page.wait_for_selector(".chip:has-text('Said is within')")
    assert page.locator(".facet .chart a.on").count() == 1
    page.locator(".facet .chart a.on").click()
    page.wait_for_selector(".chip:has-text('Said is within')", state="detached")
    counted(grid, found(lambda n: has_topic(n, "cat")))


def test_more_values_are_found_by_their_text(shown):
    grid = shown("_facets=name")
    page = grid.page
    page.click(".facet .more")
    page.wait_for_function("document.querySelectorAll('.facet .value').length === 50")
    page.fill(".facet .finder", "00012")
    page.wait_for_function("document.querySelectorAll('.facet .value').length === 1")
    page.click(".facet .take")
    page.wait_for_selector(".chip:has-text('File name is one of 00012.jpg')")
    page.click(".facet .more")
    page.wait_for_function("document.querySelectorAll('.facet .value').length >= 12")


@pytest.mark.parametrize(("width", "color_scheme"), [(1400, "light"), (390, "dark")])
def test_axe_finds_nothing(shown, color_scheme, width):
    grid = shown(
        "Topic=cat&_where=any(Likes__gt=5;Seen=true)&_facets=Topic,Said,Seen", color_scheme=color_scheme, width=width
    )
    page = grid.page
    page.wait_for_selector(".facet .chart a", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    if width < 500:
        page.click(".folders-button")
    assert faults(page) == ""
    page.keyboard.press("Escape")
    page.focus(".scroller")
    for key in ("f", "g"):
        grid.press(key)
        page.wait_for_selector("dialog.builder[open]")
        page.wait_for_timeout(400)
        assert faults(page) == ""
        page.keyboard.press("Escape")


def test_in_french(shown):
    grid = shown("Topic=cat&_group=Likes:q4&_facets=Said", locale="fr-FR")
    page = grid.page
    assert chips(page) == ["Topic est cat", "groupé par Likes, 4 parts égales"]
    page.focus(".scroller")
    grid.press("f")
    assert page.inner_text("dialog[open] .primary") == "Appliquer"
    grid.press("Escape")
    page.wait_for_selector(".facet .chart[aria-label='Said, par année']")


def test_without_scripts_facets_search_and_sorts_are_links_and_forms(window, told):
    page = window(java_script_enabled=False)
    page.goto(told.grid("museum") + "?_facets=Topic&_group=Author")
    page.click(".facet .take:has-text('cat')")
    wanted = found(lambda n: has_topic(n, "cat"))
    assert f"{wanted} instances" in page.inner_text(".panoptic-bar .counts")
    page.select_option("[name=_add_facet]", "Said")
    page.click(".facets form button")
    page.click(".chart a >> nth=0")
    assert "Said__within=1951" in page.url
    page.click(".chart a.on")
    page.click(".facet .leave[aria-label='leave out: dog']")
    page.fill("[type=search]", "zoe")
    page.click(".search button")
    assert parse_qs(page.url.partition("?")[2]) == {
        "_search": ["zoe"], "Topic__any": ["cat"], "Topic__none": ["dog"], "_group": ["Author"],
        "_facets": ["Topic,Said"],
    }  # fmt: skip
    assert f"{found(lambda n: has_topic(n, 'cat') and n % 2)} instances" in page.inner_text(".panoptic-bar .counts")
    page.select_option("[name=_sort]", "Likes")
    page.select_option("[name=_order]", "desc")
    page.click(".controls button")
    asked = parse_qs(page.url.partition("?")[2])
    assert (asked["_sort_desc"], asked["_search"], asked["_facets"]) == (["Likes"], ["zoe"], ["Topic,Said"])
    page.goto(told.grid("museum") + "?_sort=Author&_sort_desc=Likes")
    page.select_option("[name=_order]", "desc")
    page.click(".controls button")
    assert page.url.endswith("?_sort_desc=Author&_sort_desc=Likes")
