"""The demo as it comes, from an image to what is like it, to clusters, to tags, to suggestions, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from datasette_panoptic.cli import panoptic
from datasette_panoptic.store.connection import connect

from .conftest import Grid
from .serving import Server, serve
from .test_clusters import filled, headings, menu

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("learning") / "demo.db"
    made = CliRunner().invoke(panoptic, ["demo", str(path), "--no-serve"])
    assert made.exit_code == 0, made.output
    with serve(path) as running:
        yield running


def test_the_demo_has_vectors_and_clusters(demo: Server, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = next(tmp_path_factory.getbasetemp().glob("learning*/demo.db"))
    conn = connect(Path(path))
    images, vectors, runs = conn.execute(
        "select (select count(*) from images), (select count(*) from _panoptic_embeddings), "
        "(select count(*) from clusterings)"
    ).fetchone()
    conn.close()
    assert (vectors, runs) == (images, 1)


def test_from_an_image_to_tags_and_suggestions_and_back(demo: Server, window: Any) -> None:
    page = window(owner_of=demo)
    page.goto(f"{demo.grid('demo')}/image/5")
    page.wait_for_selector("panoptic-image .similar-row")
    page.click("panoptic-image .ways a")
    shown = Grid(page, demo.grid("demo"))
    shown.wait()
    before = shown.count
    low = page.locator(".similar-bar input[type=range]").first
    low.evaluate("(input) => { input.value = '90'; input.dispatchEvent(new Event('input')); }")
    page.wait_for_function(
        "() => document.querySelector('.similar-bar .found')?.textContent.trim().startsWith('(0.9 ')"
    )
    low.evaluate("(input) => input.dispatchEvent(new Event('change'))")
    shown.settle()
    assert 0 < int(shown.count.split()[0]) < int(before.split()[0])

    shown.open("_group=folder&_mode=images")
    group = headings(shown, 1)[0]
    menu(shown, "Create clusters")
    filled(shown, 3)
    assert headings(shown, 1)[0].split(",")[0] == group.split(",")[0]
    assert 1 < len(headings(shown, 2)) <= 3
    of_group = page.locator(".stage .group[aria-level='2']:not([hidden])").first
    of_group.hover()
    of_group.locator(".group-menu").click()
    page.get_by_role("menuitem", name="Create clusters").click()
    filled(shown, 2)
    assert len(headings(shown, 3)) >= 2
    cluster = page.locator(".stage .group[aria-level='2']:not([hidden])").first
    cluster.hover()
    cluster.locator(".group-menu").click()
    page.get_by_role("menuitem", name="Save as tags").click()
    property_ = page.locator("dialog[open] [name=property]")
    property_.fill("Kind")
    property_.press("Enter")
    page.get_by_role("status").filter(has_text="Saved as tags of “Kind”").wait_for()

    shown.open("_group=Kind")
    menu(shown, "Image suggestions")
    panel = page.get_by_role("region", name="Image suggestions")
    panel.get_by_role("option").first.wait_for()
    for key, counts in (("y", "1 accepted · 0 refused"), ("n", "1 accepted · 1 refused")):
        page.keyboard.press(key)
        panel.get_by_text(re.compile(counts)).wait_for()
    for counts in ("1 accepted · 0 refused", "0 accepted · 0 refused"):
        page.keyboard.press("z")
        panel.get_by_text(re.compile(counts)).wait_for()
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")
