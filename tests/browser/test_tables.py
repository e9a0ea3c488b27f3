"""A table of Panoptic's, from a file on the desk to values in the project and back, with scripts and without."""

from __future__ import annotations

import base64
import csv
import io
import shutil

import pytest

from .serving import serve

TABLE = (
    "path;Author[text];Likes[number];Topics[multi_tags]\r\n"
    'birds/00000.jpg;Anna;1234567890123456789;"heron,""rue, place"""\r\n'
    "birds/00001.jpg;False;many;heron\r\n"
    "birds/none.jpg;Nobody;1;\r\n"
)
FILE = {"name": "birds.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}

DROP = """
([name, content]) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(content), (char) => char.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "text/csv" }));
    for (const type of ["dragenter", "dragover", "drop"]) {
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
}
"""


@pytest.fixture
def writable(corpus, tmp_path):
    """A server of this test alone, on a copy."""
    path = tmp_path / "museum.db"
    shutil.copy(corpus, path)
    with serve(path) as running:
        yield running


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(request, window, writable):
    found = window(owner_of=writable, java_script_enabled=request.param)
    found.has_scripts = request.param
    found.goto(f"{writable.grid('museum')}/import-table")
    return found


def test_a_table_with_an_error_is_mended_imported_and_undone(page, writable):
    page.set_input_files("input[name=file]", FILE)
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("table.table-columns")
    assert "CSV, utf-8, separator ;" in page.inner_text(".file")
    assert "1 cell cannot be read" in page.inner_text(".findings")
    assert "row 3, Likes: many is no number" in page.inner_text(".findings")
    assert "1 row matches no image" in page.inner_text(".findings")
    assert page.locator("td.fault").inner_text().startswith("many")
    assert page.get_by_role("button", name="Import 2 rows").is_disabled()

    page.get_by_label("Type of Likes").focus()
    page.get_by_label("Type of Likes").select_option("text")
    if not page.has_scripts:
        page.get_by_role("button", name="Update the preview").click()
    page.wait_for_selector("button[formmethod=post]:enabled")
    assert "cannot be read" not in page.inner_text(".findings")
    assert page.locator("td.fault").count() == 0
    if page.has_scripts:
        assert page.evaluate("document.activeElement.name") == "type.3"
    assert "type.3=text" in page.url

    page.get_by_role("button", name="Import 2 rows").click()
    page.wait_for_selector("text=Undo this import")
    assert "New properties: Author, Likes, Topics" in page.inner_text(".findings")
    assert exported(page, writable)[1:3] == [
        ["1", "collection/birds/00000.jpg", "Anna", "1234567890123456789", 'heron,"rue, place"'],
        ["2", "collection/birds/00001.jpg", "False", "many", "heron"],
    ]

    page.get_by_role("button", name="Undo this import").click()
    page.wait_for_selector("table.history")
    assert exported(page, writable)[0] == ["id", "path"]


def exported(page, server):
    """What the page for exports gives, chosen as it comes."""
    back = page.url
    page.goto(f"{server.grid('museum')}/export-options")
    with page.expect_download() as found:
        page.get_by_role("button", name="Download").click()
    assert found.value.suggested_filename == "museum.csv"
    text = found.value.path().read_text("utf-8")
    page.goto(back)
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def test_a_table_may_be_dropped_onto_the_page(window, writable):
    page = window(owner_of=writable)
    page.goto(f"{writable.grid('museum')}/import-table")
    page.wait_for_load_state("networkidle")
    page.evaluate(DROP, ["dropped.csv", base64.b64encode(TABLE.encode()).decode()])
    page.wait_for_selector("table.table-columns")
    assert "dropped.csv" in page.inner_text(".file")


def test_a_column_is_left_out_with_the_keyboard_alone(window, writable):
    page = window(owner_of=writable)
    page.goto(f"{writable.grid('museum')}/import-table")
    page.set_input_files("input[name=file]", FILE)
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("Use Likes[number]").focus()
    page.keyboard.press("Space")
    page.wait_for_selector("button[formmethod=post]:enabled")
    assert page.evaluate("document.activeElement.value") == "3"
    assert "New properties: Author, Topics" in page.inner_text(".findings")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(window, writable, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = window(owner_of=writable, color_scheme=scheme)
    page.goto(f"{writable.grid('museum')}/import-table")
    found = {"send": violations(Axe(), page)}
    page.set_input_files("input[name=file]", FILE)
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("table.table-columns")
    found["look"] = violations(Axe(), page)
    page.goto(f"{writable.grid('museum')}/export-options?_folder=2")
    found["export"] = violations(Axe(), page)
    assert found == {"send": [], "look": [], "export": []}


def violations(axe, page):
    """What axe finds in our part of the page."""
    result = axe.run(page, context=".panoptic", options={"runOnly": ["wcag2a", "wcag2aa"]})
    return [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in result.response["violations"]]
