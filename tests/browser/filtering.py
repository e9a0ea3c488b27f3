"""A project to ask: instances with a topic in turn, likes, an author and a year; for tests of filters, facets."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datasette_panoptic.domain.changes import SetTagsEach, SetValues
from datasette_panoptic.store import changesets, properties
from datasette_panoptic.store.connection import checkpoint, connect, transaction

from .conftest import INSTANCES, Grid, Open
from .serving import Server, serve

KINDS = {"Topic": "multi_tags", "Likes": "number", "Author": "text", "Said": "date", "Seen": "checkbox"}
TOPICS = ("boat", "cat", "dog")


@pytest.fixture(scope="module")
def told(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A project whose instances have a topic in turn, as many likes as their number, an author and a year."""
    path = tmp_path_factory.mktemp("told") / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    made = {name: properties.create(conn, name, type_, "instance") for name, type_ in KINDS.items()}
    ids = [row[0] for row in conn.execute("select id from instances order by id")]
    changesets.apply(
        conn,
        [
            SetTagsEach(made["Topic"], {id_: (TOPICS[id_ % 3],) for id_ in ids if id_ % 10}),
            SetValues(made["Likes"], {id_: id_ for id_ in ids}),
            SetValues(made["Author"], {id_: ("Anna", "Zoé")[id_ % 2] for id_ in ids}),
            SetValues(made["Said"], {id_: str(1950 + id_ % 40) for id_ in ids}),
            SetValues(made["Seen"], {id_: id_ % 2 for id_ in ids}),
        ],
        actor=None,
        tool="stamp",
    )
    with transaction(conn):
        animal = conn.execute("insert into tags (property_id, name) values (?, 'animal')", [made["Topic"]]).lastrowid
        conn.execute("insert into tag_parents select id, ? from tags where name in ('cat', 'dog')", [animal])
    checkpoint(conn)
    conn.close()
    with serve(path) as running:
        yield running


def found(holds: Callable[[int], bool]) -> int:
    return sum(holds(n) for n in range(1, INSTANCES + 1))


def has_topic(n: int, *topics: str) -> bool:
    return bool(n % 10) and TOPICS[n % 3] in topics


@pytest.fixture
def shown(window: Open, told: Server) -> Iterator[Callable[..., Grid]]:
    """Open the grid; in the end the page must still be the one that was opened."""
    pages = []

    def opened(query: str = "", **options: object) -> Grid:
        grid = Grid(window(**options), told.grid("museum"))
        grid.open(query)
        grid.page.wait_for_selector(".asked")
        grid.page.evaluate("window.opened = true")
        pages.append(grid.page)
        return grid

    yield opened
    for page in pages:
        assert page.evaluate("window.opened") is True, "the page was loaded again"


def counted(grid: Grid, count: int) -> None:
    grid.page.wait_for_function(
        "text => document.querySelector('.panoptic-bar .counts').textContent.trim() === text", arg=f"{count} instances"
    )
    grid.wait()
