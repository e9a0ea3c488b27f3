"""The page of copies without JavaScript, from the search to the tags, and what assistive technology makes of it."""

from __future__ import annotations

import shutil

import pytest

from datasette_panoptic.store.connection import connect

from .conftest import COPIES
from .serving import serve
from .test_looks import faults


@pytest.fixture
def museum(corpus, tmp_path):
    """The corpus with two images that have the hash of a third."""
    path = tmp_path / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    conn.execute("update images set perceptual_hash = '0123456789abcdef' where id in (1, 2, 3)")
    conn.close()
    with serve(path) as running:
        yield running


def test_copies_are_found_shown_and_tagged_without_javascript(museum, window):
    page = window(owner_of=museum, java_script_enabled=False)
    address = museum.grid("museum") + "/duplicates"
    page.goto(address)
    assert page.locator(".duplicates-exact tbody tr").count() == COPIES
    page.get_by_label("Maximum number of different bits, of 64").fill("0")
    page.get_by_role("button", name="Find copies").click()
    found = page.locator(".duplicates-runs > ul > li")
    found.wait_for(timeout=60_000)  # the page comes anew while the search runs
    assert found.get_by_role("link", name="Duplicates, hashes ≤ 0 bits apart").is_visible()
    assert found.locator(".copies li").count() == 3
    assert found.locator(".copies .best").count() == 1
    seen = window(owner_of=museum, width=390, color_scheme="dark")
    seen.goto(address)
    assert faults(seen) == ""
    assert seen.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Tag the others").click()
    page.wait_for_url("**/history")
    assert page.locator("tr[data-changeset]").first.inner_text().count("Copies tagged") == 1
    page.goto(f"{museum.grid('museum')}?_mode=images&Quality=spare+copy")
    assert page.locator(".cards .card").count() == 2
