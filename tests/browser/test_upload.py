"""Adding images from the page, as the project's owner."""

from __future__ import annotations

import base64
import io
import shutil

import pytest

from tests.corpus import picture

from .conftest import INSTANCES, Grid
from .serving import serve

DROP = """
([names, contents]) => {
    const transfer = new DataTransfer();
    names.forEach((name, at) => {
        const bytes = Uint8Array.from(atob(contents[at]), (char) => char.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
    });
    for (const type of ["dragenter", "dragover"]) {
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
    window.__veiled = !document.querySelector(".drop-veil").hidden;
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}
"""


def jpeg(number: int) -> bytes:
    stream = io.BytesIO()
    picture(number).save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def writable(corpus, tmp_path):
    """A server of this test alone, on a copy."""
    path = tmp_path / "museum.db"
    shutil.copy(corpus, path)
    with serve(path) as running:
        yield running


@pytest.fixture
def owned(window, writable) -> Grid:
    shown = Grid(window(owner_of=writable), writable.grid("museum"))
    shown.open()
    shown.page.wait_for_selector(".drop-veil", state="attached")
    return shown


def test_files_dropped_on_the_page_are_imported_and_shown(owned):
    names = [f"new {n}.jpg" for n in range(3)]
    owned.page.evaluate(DROP, [names, [base64.b64encode(jpeg(9000 + n)).decode() for n in range(3)]])
    assert owned.page.evaluate("window.__veiled")
    assert owned.page.locator(".drop-veil").is_hidden()
    owned.page.wait_for_function(
        f"() => document.querySelector('panoptic-bar .counts').textContent === '{INSTANCES + 3} instances'"
    )
    owned.page.locator(".panoptic-job", has_text="3 added").wait_for()
    assert owned.page.locator('[role=treeitem][title="Uploads"] .count').inner_text() == "3"


def test_files_chosen_are_sent_at_once_and_a_bad_one_is_told(owned):
    owned.page.click("details.add summary")
    owned.page.set_input_files(
        "panoptic-import input[type=file]",
        [
            {"name": "good.jpg", "mimeType": "image/jpeg", "buffer": jpeg(9100)},
            {"name": "bad.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"},
        ],
    )
    owned.page.wait_for_function("() => document.querySelector('.panoptic-job')?.textContent.includes('1 added')")
    assert "1 rejected" in owned.page.inner_text(".panoptic-job")


def test_the_first_upload_into_an_empty_project_shows_its_pictures(window, tmp_path):
    from datasette_panoptic.store.connection import connect

    connect(tmp_path / "empty.db", create=True).close()
    with serve(tmp_path / "empty.db") as server:
        shown = Grid(window(owner_of=server), server.grid("empty"))
        shown.open()
        assert "This project has no images yet" in shown.page.inner_text("panoptic-grid > .empty")
        shown.page.wait_for_selector(".drop-veil", state="attached")
        shown.page.evaluate(DROP, [["first.jpg"], [base64.b64encode(jpeg(9200)).decode()]])
        shown.page.wait_for_selector('.stage .card[title="first.jpg"]')


def test_visitors_see_no_way_to_add(grid):
    shown = grid()
    assert shown.page.locator("panoptic-import").count() == 0
