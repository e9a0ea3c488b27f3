"""Similar images: from an image's page to the grid, the scores that the slider asks for, examples that are added."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest

from datasette_panoptic.store.connection import checkpoint, connect
from tests.rows import Folder, Instance, Picture, fill
from tests.vectors import cosines, embed

from .conftest import Grid
from .serving import Server, serve

IMAGES = 60
#: Images on a half circle, one beside the other.
ANGLES = np.linspace(0, np.pi, IMAGES)
VECTORS = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])

FOUND = ".similar-bar .found"
PASTE = """(text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "picture.png", { type: "image/png" }));
    document.querySelector("panoptic-grid .scroller").dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def arc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("similar") / "arc.db"
    conn = connect(path, create=True)
    fill(
        conn,
        [Folder("arc"), Folder("left", 0)],
        [Picture() for _ in range(IMAGES)],
        [Instance(n, n % 2, f"{n + 1:02}.jpg") for n in range(IMAGES)],
    )
    embed(conn, VECTORS)
    checkpoint(conn)
    conn.close()
    with serve(path) as server:
        yield server


def alike(low: float, high: float = 1, example: int = 1) -> int:
    return sum(low <= score <= high for score in cosines(VECTORS, VECTORS[example - 1]))


def told(shown: Grid, text: str) -> None:
    """Wait until the slider tells what was found."""
    shown.page.wait_for_function(
        f"() => document.querySelector({FOUND!r})?.textContent.replace(/\\s+/g, ' ').trim() === {text!r}"
    )


def test_from_an_image_to_all_that_is_like_it_and_the_slider_counts_before_it_asks(window, arc):
    page = window()
    page.goto(f"{arc.grid('arc')}/image/1")
    page.wait_for_selector("panoptic-image .similar-row")
    assert page.locator(".similar-row .score").all_inner_texts()[0] == "0.99"
    page.click("panoptic-image .ways a")
    shown = Grid(page, arc.grid("arc"))
    shown.wait()
    assert shown.count == f"{alike(0.5)} instances"
    told(shown, f"(0.5 \u2013 1) ({alike(0.5)} instances)")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.stage .score')].some((score) => score.textContent === '1.00')"
    )
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    low = page.locator(".similar-bar input[type=range]").first
    low.evaluate("(input) => { input.value = '80'; input.dispatchEvent(new Event('input')); }")
    told(shown, f"(0.8 \u2013 1) ({alike(0.8)} instances)")
    assert ("similarity__gte=0.5" in shown.query, requests) == (True, [])
    low.evaluate("(input) => input.dispatchEvent(new Event('change'))")
    shown.settle()
    assert "similarity__between=0.8%2C1" in shown.query
    assert shown.count == f"{alike(0.8)} instances"


def test_examples_are_added_turned_round_and_dropped_until_none_is_left(window, arc):
    shown = Grid(window(), arc.grid("arc"))
    shown.open("_folder=2")
    page = shown.page
    page.evaluate(PASTE, "30")  # the SHA-1 of image 30 is that of its number
    page.wait_for_url(re.compile("_similar=image%3A30"))
    shown.settle()
    page.click(".similar-bar .modes button >> nth=1")
    shown.settle()
    assert ("_folder" in shown.query, shown.count) == (False, f"{alike(0.5, example=30)} instances")
    page.click(".similar-bar .modes button >> nth=0")
    shown.settle()
    assert "_folder=2" in shown.query
    page.focus(".scroller")
    shown.press("End", "Shift+M")
    page.wait_for_url(re.compile(r"_similar=image%3A30%2C-image%3A\d+"))
    shown.settle()
    page.click(".similar-bar .example.unwanted .flip")
    page.wait_for_url(re.compile(r"_similar=image%3A30%2Cimage%3A\d+"))
    page.click(".similar-bar .example .drop >> nth=1")
    page.wait_for_url(re.compile("_similar=image%3A30&"))
    page.click(".similar-bar .example .drop")
    shown.settle()
    assert shown.query.split("&_at=")[0] == "_folder=2"
    assert page.locator(".similar-bar").is_hidden()
    assert page.locator(".stage .score").count() == 0
