"""A project to annotate, and what a person sees of annotating: for the tests of the tools and of what others see."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from datasette_panoptic.domain.changes import Selection, SetTagsEach
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.store import changesets, properties, tags
from datasette_panoptic.store.connection import checkpoint, connect
from tests.corpus import picture

from .conftest import Grid, Open
from .serving import Server, serve

#: Pictures that are wide and that are high.
WIDE, HIGH = 300, 60
ALL = WIDE + HIGH
LANDSCAPE = "width=64"
TOPICS = ("boat", "cat")
EVERYTHING = Selection("select id as instance_id from instances", {})


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of tiny pictures that nothing has been said of."""
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "pictures").mkdir()
    for number in range(ALL):
        size = (48, 64) if number % 6 == 5 else (64, 48)
        picture(number, size).save(folder / "pictures" / f"{number:05}.jpg")
    conn = connect(folder / "museum.db", create=True)
    import_folders(conn, [folder / "pictures"], options=ImportOptions(workers=1))
    checkpoint(conn)
    conn.close()
    return folder / "museum.db"


@pytest.fixture
def bare(gallery: Path, tmp_path: Path) -> Iterator[Server]:
    shutil.copy(gallery, tmp_path / "museum.db")
    with serve(tmp_path / "museum.db") as running:
        yield running


@pytest.fixture
def told(gallery: Path, tmp_path: Path) -> Iterator[Server]:
    """The same with topics in turn, a number and a date."""
    path = tmp_path / "museum.db"
    shutil.copy(gallery, path)
    conn = connect(path)
    topic = properties.create(conn, "Topic", "multi_tags", "instance")
    properties.create(conn, "Likes", "number", "instance")
    properties.create(conn, "Date", "date", "image")
    place = properties.create(conn, "Place", "tag", "image")
    france = tags.create(conn, place, "France", "#1c7ed6", actor=None)
    tags.create(conn, place, "\u00c9vry, Essonne", parent=france, actor=None)
    ids = [row[0] for row in conn.execute("select id from instances order by id")]
    said = {id_: (TOPICS[n % 2],) for n, id_ in enumerate(ids[:200])}
    changesets.apply(conn, [SetTagsEach(topic, said)], actor=None, tool="stamp")
    checkpoint(conn)
    conn.close()
    with serve(path) as running:
        yield running


@pytest.fixture
def opened(window: Open) -> Callable[..., Grid]:
    def at(server: Server, query: str = "", *, owner: bool = True, **options: Any) -> Grid:
        shown = Grid(window(owner_of=server if owner else None, **options), server.grid("museum"))
        shown.open(query)
        return shown

    return at


def tab_to(shown: Grid, selector: str) -> None:
    for _ in range(80):
        shown.press("Tab")
        if shown.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not among what Tab reaches")


def toast(shown: Grid, text: str) -> None:
    """Wait until the toast says so."""
    shown.page.locator(".toast:not([hidden])", has_text=text).wait_for()


def picker(shown: Grid) -> Any:
    """The tag picker once it can be typed into."""
    shown.page.wait_for_function("() => document.activeElement.matches('.tag-picker input')")
    return shown.page.locator(".tag-picker")


def said(shown: Grid, text: str) -> None:
    shown.page.locator(".tag-picker .said", has_text=text).wait_for()


def close_picker(shown: Grid) -> None:
    shown.press("Escape")
    shown.page.locator(".tag-picker").wait_for(state="detached")


def rows(shown: Grid) -> list[str]:
    found: list[str] = shown.page.locator(".tag-row .name").all_inner_texts()
    return found


def tags_of(server: Server, property_id: int = 1) -> list[str]:
    """The names of a property's tags, as the server says them."""
    with urlopen(f"{server.grid('museum')}/tags.json?property={property_id}") as answer:
        return [tag["name"] for tag in json.load(answer)["tags"]]


def counted(server: Server, query: str) -> int:
    """How many cells a query finds, as the server says it."""
    with urlopen(f"{server.grid('museum')}/view?{query}") as answer:
        head = answer.read(2000).decode("latin-1")
    found = re.search(r'"count":\s*(\d+)', head)
    assert found
    return int(found[1])


def heading(shown: Grid, text: str) -> Any:
    return shown.page.locator(".stage .group:not([hidden])", has_text=text)
