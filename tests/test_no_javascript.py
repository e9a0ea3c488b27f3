"""The pages in a browser that runs no scripts: everything to see is there, and links and forms do their work."""

from __future__ import annotations

import os
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.rows import Folder, Instance, Picture, fill
from tests.serving import running

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: `apt-get install chromium`)"),
]

COUNT = 250


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    from datasette_panoptic.store.connection import connect

    path = tmp_path_factory.mktemp("plain") / "project.db"
    conn = connect(path, create=True)
    folders = [Folder("Posters"), Folder("1968", 0), Folder("Portraits")]
    pictures = [Picture(600 + n, 400 + 2 * n, 1000 + n) for n in range(COUNT)]
    instances = [Instance(n, n % 3, f"{n:03}.jpg") for n in range(COUNT)]
    fill(conn, folders, pictures, [*instances, Instance(0, 1, "copy.jpg")])
    conn.execute(
        "insert into _panoptic_rejects (folder_id, name, reason, at) values (2, 'x.jpg', 'cut `short`', '2026-01-01')"
    )
    conn.close()
    with running(path, "-s", "permissions.panoptic-import", "true") as server:
        yield f"{server}/project/-/panoptic"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1300, "height": 900}, locale="en-US")
    yield context.new_page()
    context.close()


def names(page) -> list[str]:
    page.wait_for_load_state("domcontentloaded")
    return [card.get_attribute("title") for card in page.locator(".cards img").all()]


def query(page) -> dict[str, list[str]]:
    page.wait_for_load_state("domcontentloaded")
    return parse_qs(urlsplit(page.url).query)


def test_paging_to_the_end_and_back(page, address):
    page.goto(address)
    assert names(page) == [f"{n:03}.jpg" for n in range(100)]
    assert page.locator(".cards img").first.evaluate("image => image.naturalWidth") == 1
    page.get_by_role("link", name="Next").click()
    assert names(page)[0] == "100.jpg"
    page.get_by_role("link", name="Last").click()
    assert names(page)[-1] == "copy.jpg"
    assert page.get_by_role("link", name="Next").count() == 0
    page.get_by_role("link", name="Previous").click()
    assert query(page) == {"_at": ["100"]}
    page.get_by_role("link", name="First").click()
    assert names(page)[0] == "000.jpg"


def test_the_form_changes_what_is_shown_and_the_address_stays_short(page, address):
    page.goto(f"{address}?_folder=3")
    page.get_by_label("Show").select_option("images")
    page.get_by_label("Sort by").select_option("height")
    page.get_by_label("Direction").select_option("desc")
    page.get_by_role("button", name="Apply").click()
    assert query(page) == {"_mode": ["images"], "_folder": ["3"], "_sort_desc": ["height"]}
    assert names(page)[0] == "248.jpg"
    page.get_by_label("Sort by").select_option("id")
    page.get_by_label("Direction").select_option("asc")
    page.get_by_label("Show").select_option("instances")
    page.get_by_role("button", name="Apply").click()
    assert query(page) == {"_folder": ["3"]}
    page.get_by_label("Sort by").select_option("random")
    page.get_by_role("button", name="Apply").click()
    assert query(page).keys() == {"_folder", "_sort", "_seed"}
    shuffled = names(page)
    page.reload()
    assert names(page) == shuffled


def test_folders_filter_together_and_one_by_one(page, address):
    page.goto(address)
    tree = page.get_by_role("navigation", name="Folders")
    assert "Posters 168" in " ".join(tree.inner_text().split())
    tree.get_by_role("link", name="1968").click()
    assert query(page) == {"_folder": ["2"]}
    assert names(page)[0] == "001.jpg"
    tree.get_by_role("link", name="Portraits").click()
    assert query(page) == {"_folder": ["2", "3"]}
    tree.get_by_role("link", name="1968").click()
    assert query(page) == {"_folder": ["3"]}
    tree.get_by_role("link", name="All folders").click()
    assert query(page) == {}


def test_an_image_and_its_neighbours_and_the_way_back(page, address):
    page.goto(f"{address}?_folder=2&_sort_desc=name")
    assert names(page)[0] == "copy.jpg"
    page.locator(".cards a").nth(1).click()
    assert page.locator("h1").inner_text().endswith("247.jpg")
    page.get_by_role("link", name="Next").click()
    assert page.locator(".place").inner_text() == "3 of 84"
    page.get_by_role("link", name="Previous").click()
    page.get_by_role("link", name="Previous").click()
    assert page.get_by_role("link", name="Previous").count() == 0
    assert "copy.jpg" in page.locator("h1").inner_text()
    assert page.get_by_text("Panoptic properties").count() == 1
    page.get_by_role("link", name="000.jpg").click()
    assert "000.jpg" in page.locator("h1").inner_text()
    page.go_back()
    page.get_by_role("link", name="Back to the grid").click()
    assert query(page) == {"_folder": ["2"], "_sort_desc": ["name"]}


def test_what_was_left_out_says_why(page, address):
    page.goto(address)
    page.get_by_role("link", name="Rejected files").click()
    row = page.get_by_role("row").nth(1).inner_text().split("\t")
    assert row[:3] == ["Posters/1968", "x.jpg", "cut short"]


def test_french(page, address):
    page.goto(address)
    page.get_by_role("link", name="Français").click()
    assert page.get_by_role("button", name="Appliquer").count() == 1
    page.goto(f"{address}/rejects")  # the choice goes along
    assert "1 fichier n\N{RIGHT SINGLE QUOTATION MARK}a pas pu être importé." in page.content()
    page.get_by_role("link", name="English").click()
    page.get_by_text("1 file could not be imported.").wait_for()


def test_properties_are_filled_from_file_names(page, tmp_path):
    from datasette_panoptic.store.connection import connect

    path = tmp_path / "film.db"
    conn = connect(path, create=True)
    stills = [Instance(n, 0, f"M_00h_0{n}m_30s.jpg") for n in range(3)]
    fill(conn, [Folder("Stills")], [Picture(bytes=n + 1) for n in range(4)], [*stills, Instance(3, 0, "poster.jpg")])
    conn.close()
    with running(path, "-s", "permissions.panoptic-edit", "true") as server:
        page.goto(f"{server}/film/-/panoptic/properties")
        page.click("text=Fill from file names")
        page.fill("[name=pattern]", "{film}_{h}h_{m}m_{s}s")
        page.click("text=Preview")
        assert page.inner_text(".facts").split("\n") == ["3 file names match.", "1 file name does not match."]
        assert "00:02:30" in page.inner_text(".table-sample")
        page.click("text=Fill 6 values")
        assert page.url.endswith("/history")
        assert "from file names" in page.inner_text("main, .panoptic")
        page.goto(f"{server}/film/-/panoptic?_sort_desc=Time code&_view=table")
        assert "M_00h_02m_30s.jpg" in page.locator(".cell-table tbody tr").first.inner_text()
