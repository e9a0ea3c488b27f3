"""Clusters in the grid: of the view, within a cluster, renamed, saved as tags, and all of that taken back."""

from __future__ import annotations

import re
import shutil

import pytest

from datasette_panoptic.store.connection import checkpoint, connect
from tests.clustered import bunches, embed

from .conftest import IMAGES, Grid
from .serving import serve


@pytest.fixture
def museum(corpus, tmp_path):
    """The corpus with vectors in three bunches, each of which has two halves."""
    path = tmp_path / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    vectors = bunches(IMAGES, 3)
    vectors[::2, 5] += 0.6
    embed(conn, vectors)
    checkpoint(conn)
    conn.close()
    with serve(path) as running:
        yield running


def headings(shown, level):
    """What the headings of a level say that are in sight: name, cells, coherence."""
    labels = shown.page.locator(f".stage .group[aria-level='{level}']:not([hidden])").evaluate_all(
        "all => all.sort((a, b) => a.offsetTop - b.offsetTop).map((each) => each.getAttribute('aria-label'))"
    )
    return [re.sub(r"\d+ %", "… %", label) for label in labels]


def filled(shown, clusters):
    """Fill in the form of clusters by keyboard, and wait for what comes of it."""
    field = shown.page.locator("dialog[open] [name='param:n_clusters']")
    field.fill(str(clusters))
    field.press("Enter")
    shown.page.get_by_role("status").filter(has_text=f"{clusters} clusters").wait_for(timeout=60_000)
    shown.wait()


def menu(shown, item):
    """Choose from the menu of the first cluster's heading."""
    heading = shown.page.locator(".stage .group[aria-level='1']:not([hidden])").first
    heading.hover()
    heading.locator(".group-menu").click()
    shown.page.get_by_role("menuitem", name=item).click()


def test_cluster_the_view_then_a_cluster_rename_save_as_tags_and_undo(museum, window):
    shown = Grid(window(owner_of=museum), museum.grid("museum"))
    shown.open("_mode=images")
    shown.page.get_by_role("button", name="Clusters ▾").click()
    shown.page.get_by_role("menuitem", name="Create clusters of this view").press("Enter")
    filled(shown, 3)
    assert "_group=cluster_1" in shown.page.url
    (first, *_) = headings(shown, 1)
    assert re.fullmatch(r".+, 7\d, coherence … %", first), first

    menu(shown, "Create clusters")
    filled(shown, 2)
    assert shown.page.url.endswith(
        "_group=cluster_1%3A%3A%21mean%3Afit_1&_group=cluster_2%3A%3A%21mean%3Afit_2&_mode=images"
    )
    assert all("coherence" in label for label in headings(shown, 2))  # and no "none" below the others
    assert headings(shown, 2)

    menu(shown, "Rename the cluster")
    name = shown.page.locator("dialog[open] [name=name]")
    name.fill("Boats")
    name.press("Enter")
    shown.page.locator(".stage .group[aria-label^='Boats,']").wait_for()
    shown.page.get_by_role("button", name="Undo", exact=True).last.click()
    shown.page.locator(".stage .group[aria-label^='Boats,']").wait_for(state="detached")

    menu(shown, "Save as tags")
    property_ = shown.page.locator("dialog[open] [name=property]")
    property_.fill("Kind")
    property_.press("Enter")
    shown.page.get_by_role("status").filter(has_text="Saved as tags of “Kind”").wait_for()
    assert tagged(shown, museum) == IMAGES
    shown.page.locator(".toast:not([hidden])").get_by_role("button", name="Undo").click()
    shown.page.get_by_role("status").filter(has_text="Undone").wait_for()
    assert tagged(shown, museum) == 0


def tagged(shown, museum):
    """Count the images that have a tag."""
    url = f"{museum.grid('museum')}/tags.json?property=1"
    answer = shown.page.request.get(url)
    if not answer.ok:
        return 0
    return sum(tag["count"] for tag in answer.json()["tags"])
