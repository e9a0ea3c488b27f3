"""Image suggestions: proposed for a group, answered by key and by mouse, taken back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from datasette_panoptic.domain.changes import SetTagsEach
from datasette_panoptic.store import changesets, embeddings, properties
from datasette_panoptic.store.connection import checkpoint, connect, transaction

from .conftest import IMAGES, Grid, Open
from .serving import Server, serve
from .test_looks import faults

KNOWN, OF_KIND = 4, 14


@pytest.fixture(scope="module")
def proposing(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A project whose first images are of one kind, of which four are tagged; the tests go on from each other."""
    path = tmp_path_factory.mktemp("proposing") / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(IMAGES, 8))
    vectors[:OF_KIND, 0] += 6
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype("<f4")
    ids = [row[0] for row in conn.execute("select id from images order by id")]
    with transaction(conn):
        space = embeddings.space(conn, "test", "1", {}, 8)
        embeddings.add(conn, space, [(image, vector.tobytes()) for image, vector in zip(ids, vectors, strict=True)])
    topic = properties.create(conn, "Topic", "multi_tags", "image")
    changesets.apply(conn, [SetTagsEach(topic, dict.fromkeys(ids[:KNOWN], ("sea",)))], actor=None, tool="stamp")
    checkpoint(conn)
    conn.close()
    with serve(path) as running:
        yield running


@pytest.fixture
def shown(window: Open, proposing: Server) -> Callable[..., Grid]:
    def opened(query: str, **options: object) -> Grid:
        grid = Grid(window(owner_of=proposing, **options), proposing.grid("museum"))
        grid.open(query)
        return grid

    return opened


def test_proposals_are_accepted_refused_and_taken_back(shown: Callable[..., Grid]) -> None:
    page = shown("_group=Topic").page
    page.locator(".group .group-menu").first.click(force=True)
    page.get_by_role("menuitem", name="Image suggestions").click()
    panel = page.get_by_role("region", name="Image suggestions")
    first = panel.get_by_role("option").first
    first.wait_for()

    def after(key: str, counts: str) -> None:
        page.keyboard.press(key)
        panel.get_by_text(counts).wait_for()

    accepted = first.get_attribute("id")
    after("y", "1 accepted · 0 refused · 215 left")
    assert panel.locator(f"#{accepted}").count() == 0
    page.get_by_role("treeitem", name="sea, 5").wait_for()  # the grid above follows
    refused = first.get_attribute("id")
    after("n", "1 accepted · 1 refused · 214 left")
    after("z", "1 accepted · 0 refused · 215 left")
    panel.locator(f"#{refused}").wait_for(state="attached")
    after("z", "0 accepted · 0 refused · 216 left")
    panel.locator(f"#{accepted}").wait_for()

    panel.get_by_role("option").nth(1).click()
    panel.get_by_role("option").nth(3).click(modifiers=["Shift"])
    after("y", "3 accepted · 0 refused · 213 left")
    after("u", "213 left")
    assert panel.get_by_role("button", name="Least certain first").get_attribute("aria-pressed") == "true"
    assert faults(page) == ""
    page.keyboard.press("Escape")
    panel.wait_for(state="hidden")


def test_the_page_of_a_tag_leads_to_suggestions_and_a_threshold_to_what_is_to_be_checked(
    shown: Callable[..., Grid], proposing: Server
) -> None:
    page = shown("").page
    page.goto(f"{proposing.grid('museum')}/tags/1?tag=1")
    page.get_by_role("link", name="Image suggestions").click()
    panel = page.get_by_role("region", name="Image suggestions")
    panel.get_by_role("button", name="Accept all").click()
    panel.get_by_role("link", name="unchecked").click()
    page.locator("panoptic-app[data-ready] .stage .card:not([hidden])").first.wait_for()
    page.locator("panoptic-grid .scroller").focus()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Mark as checked").click()
    page.get_by_text("values checked").wait_for()
    page.locator("panoptic-grid > .empty").wait_for()
