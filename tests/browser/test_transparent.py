"""Transparent pictures lie on one neutral mat, by day and by night, wherever the page draws them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageDraw

from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.store.connection import checkpoint, connect

from .conftest import Grid
from .serving import Server, serve

MAT = (138, 138, 138)


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A white disc on nothing, and a red picture without transparency."""
    folder = tmp_path_factory.mktemp("shapes")
    disc = Image.new("RGBA", (600, 400), (0, 0, 0, 0))
    ImageDraw.Draw(disc).ellipse((150, 50, 450, 350), fill="white")
    (folder / "pictures").mkdir()
    disc.save(folder / "pictures" / "1.png")
    Image.new("RGB", (600, 400), "red").save(folder / "pictures" / "2.jpg", quality=95)
    conn = connect(folder / "shapes.db", create=True)
    import_folders(conn, [folder / "pictures"], options=ImportOptions(workers=1))
    checkpoint(conn)
    conn.close()
    with serve(folder / "shapes.db") as server:
        yield server


def colors(page: Any, selector: str) -> list[tuple[int, ...]]:
    """Return the colours near the corner and in the middle of the first element of a selector, as they are seen."""
    box = page.locator(selector).first.bounding_box()
    seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    width, height = box["width"], box["height"]
    places = [(box["x"] + width * part, box["y"] + height * part) for part in (0.15, 0.5)]
    return [seen.getpixel((round(x), round(y))) for x, y in places]


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_pictures_lie_on_the_mat(window: Any, shapes: Server, color_scheme: str, width: int) -> None:
    page = window(owner_of=shapes, color_scheme=color_scheme, width=width)
    shown = Grid(page, shapes.grid("shapes"))
    shown.open("_sort=name")
    assert colors(page, ".stage .card[aria-posinset='1']") == [MAT, (255, 255, 255)]
    assert all(red > 240 and green < 20 for red, green, _ in colors(page, ".stage .card[aria-posinset='2']"))
    page.goto(f"{shapes.grid('shapes')}?_sort=name&_view=table")
    page.wait_for_function("() => document.querySelector('.stage .row[aria-rowindex=\"2\"] img')?.naturalWidth > 0")
    assert colors(page, ".stage .row[aria-rowindex='2'] img") == [MAT, (255, 255, 255)]
    page.goto(f"{shapes.grid('shapes')}/image/1")
    page.wait_for_selector("panoptic-viewer .deep[data-ready]")
    tall, wide = page.locator("panoptic-viewer .deep").bounding_box(), 600 / 400
    assert colors(page, "panoptic-viewer .deep")[1] == (255, 255, 255)
    seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    across = min(tall["width"], tall["height"] * wide)
    corner = tall["x"] + (tall["width"] - across * 0.9) / 2, tall["y"] + (tall["height"] - across * 0.9 / wide) / 2
    assert seen.getpixel((round(corner[0]), round(corner[1]))) == MAT
