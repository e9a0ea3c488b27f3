"""A painted corpus behind a real Datasette, and a browser in front of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.store.connection import checkpoint, connect
from tests.corpus import picture

from .rest import rest, watch
from .serving import Server, chromium_path, launch, serve

SIZES = ((160, 120), (120, 160), (200, 100), (140, 140))

#: Files in each folder of the corpus; every tenth of `boats` is there twice.
FOLDERS = {"birds": 60, "boats": 120, "boats/small": 40}
COPIES = 12
INSTANCES = sum(FOLDERS.values()) + COPIES
IMAGES = sum(FOLDERS.values())

Open = Callable[..., Any]

#: How a browser says that it did not do what a page wanted, because the page's own policy does not allow it.
POLICY = "Content Security Policy"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # A browser, a server and another of each beside them on two shared cores: what fails is tried once more,
            # and the summary says so.
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="package", autouse=True)
def _chromium() -> None:
    if chromium_path() is None:
        pytest.skip("no Chromium is installed (Debian: `apt-get install chromium`)")


@pytest.fixture(scope="package")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project named `museum`, to be copied by tests that write."""
    folder = tmp_path_factory.mktemp("browser")
    number = 0
    for name, count in FOLDERS.items():
        path = folder / "collection" / name
        path.mkdir(parents=True)
        for _ in range(count):
            picture(number, SIZES[number % len(SIZES)]).save(path / f"{number:05}.jpg")
            number += 1
    (folder / "collection" / "copies").mkdir()
    for original in sorted((folder / "collection" / "boats").glob("*.jpg"))[::10][:COPIES]:
        shutil.copy(original, folder / "collection" / "copies" / f"copy of {original.name}")
    conn = connect(folder / "museum.db", create=True)
    import_folders(conn, [folder / "collection"], options=ImportOptions(workers=1))
    checkpoint(conn)
    conn.close()
    return folder / "museum.db"


@pytest.fixture(scope="package")
def server(corpus: Path) -> Iterator[Server]:
    with serve(corpus) as running:
        yield running


@pytest.fixture(scope="package")
def browser(_chromium: None) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def window(browser: Any) -> Iterator[Open]:
    """Open windows that are closed after the test, which fails where a script failed or was not let run."""
    contexts, errors = [], []

    def opened(*, owner_of: Server | None = None, width: int = 1400, height: int = 900, **options: Any) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", **{"locale": "en-GB", **options}
        )
        contexts.append(context)
        if options.get("java_script_enabled", True):
            watch(context)
        context.set_default_timeout(15_000)
        if owner_of:
            context.add_cookies([owner_of.owner])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if POLICY in message.text else None)
        return page

    yield opened
    for context in contexts:
        context.close()
    # A server of one test may end before its windows do, with what they were fetching.
    assert [error for error in errors if error != "TypeError: Failed to fetch"] == []


@pytest.fixture
def grid(window: Open, server: Server) -> Callable[..., Grid]:
    """Open the grid page with a query string, and wait for its pictures."""

    def opened(query: str = "", **options: Any) -> Grid:
        shown = Grid(window(**options), server.grid("museum"))
        shown.open(query)
        return shown

    return opened


class Grid:
    """What a person sees of the grid, in the words of the tests."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.url = url

    def open(self, query: str = "") -> None:
        self.page.goto(f"{self.url}?{query}" if query else self.url)
        self.wait()

    def wait(self) -> None:
        """Wait until every cell on the screen shows its picture."""
        self.page.wait_for_function(
            """() => {
                if (!document.querySelector("panoptic-app[data-ready]")) return false;
                if (document.querySelector("panoptic-grid[aria-busy]")) return false;
                const empty = document.querySelector("panoptic-grid > .empty");
                if (empty && !empty.hidden) return true;
                const scroller = document.querySelector(".scroller").getBoundingClientRect();
                const cards = [...document.querySelectorAll(".stage .card:not([hidden])")].filter((card) => {
                    const box = card.getBoundingClientRect();
                    return box.bottom > scroller.top && box.top < scroller.bottom;
                });
                const painted = (image) => image.getAttribute("src") && image.complete && image.naturalWidth > 0;
                return cards.length > 0 && cards.every((card) => painted(card.querySelector("img")));
            }"""
        )

    def settle(self) -> None:
        """Wait until the address tells the position: the scrolling has stopped."""
        self.page.wait_for_timeout(250)
        self.wait()

    def card(self, position: int) -> Any:
        """The cell at a position, counted from 1 as people do; it must be on the screen or near it."""
        return self.page.locator(f'.stage .card[aria-posinset="{position}"]:not([hidden])')

    @property
    def positions(self) -> list[int]:
        """Of the cells that are whole on the screen, ascending."""
        found: list[int] = self.page.evaluate(
            """() => {
                const scroller = document.querySelector(".scroller").getBoundingClientRect();
                return [...document.querySelectorAll(".stage .card:not([hidden])")].filter((card) => {
                    const box = card.getBoundingClientRect();
                    return box.top >= scroller.top - 1 && box.bottom <= scroller.bottom + 1;
                }).map((card) => Number(card.getAttribute("aria-posinset"))).sort((a, b) => a - b);
            }"""
        )
        return found

    @property
    def count(self) -> str:
        return str(self.page.inner_text(".panoptic-bar .counts"))

    @property
    def query(self) -> str:
        return str(self.page.evaluate("location.search.slice(1)"))

    @property
    def selected(self) -> list[int]:
        """Positions of the selected cells that are in the document."""
        texts = self.page.locator('.stage .card[aria-selected="true"]:not([hidden])').evaluate_all(
            "cards => cards.map((card) => Number(card.getAttribute('aria-posinset')))"
        )
        return sorted(texts)

    @property
    def active(self) -> int:
        """The position of the keyboard's cursor."""
        return int(
            self.page.evaluate(
                """() => document.getElementById(
                    document.querySelector(".scroller").getAttribute("aria-activedescendant")
                ).getAttribute("aria-posinset")"""
            )
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        rest(self.page)

    @property
    def top(self) -> float:
        return float(self.page.evaluate("document.querySelector('.scroller').scrollTop"))
