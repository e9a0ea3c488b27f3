"""Projects in which every type of value is said, behind one server, and what one sees of their tables and values."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from datasette_panoptic.domain.changes import SetTagsEach, SetValues
from datasette_panoptic.store import changesets, properties
from datasette_panoptic.store.connection import checkpoint, connect

from .conftest import Grid, Open
from .serving import Server, serve

TOPICS = ("boat", "cat", "zebra")


#: Projects of one server: each test that writes takes a new one.
PROJECTS = 16


@pytest.fixture(scope="module")
def projects(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, list[str]]]:
    """Projects in which every type of value is said, behind one server, with the names that nobody has taken yet."""
    folder = tmp_path_factory.mktemp("table")
    shutil.copy(corpus, folder / "museum0.db")
    conn = connect(folder / "museum0.db")
    made = {
        name: properties.create(conn, name, type_, "instance")
        for name, type_ in {
            "Topic": "multi_tags", "Author": "text", "Likes": "number", "Said at": "date", "Page": "url",
            "Hue": "color", "Seen": "checkbox", "Kind, long": "tag",
        }.items()
    }  # fmt: skip
    ids = [row[0] for row in conn.execute("select id from instances order by id")]
    changesets.apply(
        conn,
        [
            SetTagsEach(made["Topic"], {id_: TOPICS[: n % 4] for n, id_ in enumerate(ids)}),
            SetValues(made["Author"], {id_: f"Author {id_}" for id_ in ids}),
            SetValues(made["Likes"], {id_: 1_234_567_890_123_456_789 if id_ == 2 else id_ for id_ in ids}),
            SetValues(made["Said at"], dict.fromkeys(ids, "1890-05")),
            SetValues(made["Page"], dict.fromkeys(ids, "https://www.example.org/a?b=1")),
            SetValues(made["Hue"], dict.fromkeys(ids, "#e03131")),
            SetValues(made["Seen"], {id_: id_ % 2 for id_ in ids}),
        ],
        actor=None,
        tool="stamp",
    )
    checkpoint(conn)
    conn.close()
    names = [f"museum{number}" for number in range(PROJECTS)]
    for name in names[1:]:
        shutil.copy(folder / "museum0.db", folder / f"{name}.db")
    with serve(*(folder / f"{name}.db" for name in names)) as running:
        yield running, names[1:]


@dataclass(frozen=True)
class Annotated:
    server: Server
    name: str

    @property
    def url(self) -> str:
        return self.server.grid(self.name)

    def entries(self, page: Any) -> list[dict[str, Any]]:
        """The changesets of the project, latest first."""
        found: list[dict[str, Any]] = page.request.get(f"{self.url}/history.json").json()["entries"]
        return found


@pytest.fixture
def annotated(projects: tuple[Server, list[str]]) -> Annotated:
    """A project to write into."""
    server, names = projects
    return Annotated(server, names.pop())


@pytest.fixture
def seen(projects: tuple[Server, list[str]]) -> Annotated:
    """A project to look at."""
    return Annotated(projects[0], "museum0")


class Table(Grid):
    """The table in the words of the tests. Rows and columns count from 1; the first column has the images."""

    def wait(self) -> None:
        self.page.wait_for_selector("panoptic-app[data-ready]")
        self.page.wait_for_selector("panoptic-grid.as-table .table-head .head:nth-child(2)")
        self.page.wait_for_selector("panoptic-grid:not([aria-busy])")
        self.page.wait_for_selector('.stage .row:not([hidden]) .value:not([data-type=""])')

    def cell(self, row: int, column: int) -> Any:
        return self.page.locator(f'.stage .row[aria-rowindex="{row + 1}"]:not([hidden]) > [aria-colindex="{column}"]')

    def text(self, row: int, column: int) -> str:
        return str(self.cell(row, column).inner_text())

    def until(self, row: int, column: int, text: str) -> None:
        """Wait until a cell says something."""
        self.page.wait_for_function(
            """([row, column, text]) => document.querySelector(
                `.stage .row[aria-rowindex="${row + 1}"]:not([hidden]) > [aria-colindex="${column}"]`
            )?.innerText === text""",
            arg=[row, column, text],
        )

    @property
    def headers(self) -> list[str]:
        found: list[str] = self.page.locator(".table-head .head").all_inner_texts()
        return [text.strip() for text in found]

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column of the cursor, as assistive technology is told."""
        found = self.page.evaluate(
            """() => {
                const scroller = document.querySelector(".scroller");
                const cell = document.getElementById(scroller.getAttribute("aria-activedescendant"));
                const [row, column] = [cell.parentElement.ariaRowIndex, cell.ariaColIndex].map(Number);
                return [row - 1, column];
            }"""
        )
        return found[0], found[1]

    def clip(self, kind: str, text: str = "") -> str:
        """Let the focused element copy or paste; return what is on the clipboard then."""
        return str(
            self.page.evaluate(
                """([kind, text]) => {
                    const clipboardData = new DataTransfer();
                    if (text) clipboardData.setData("text/plain", text);
                    const event = new ClipboardEvent(kind, {clipboardData, bubbles: true, cancelable: true});
                    document.activeElement.dispatchEvent(event);
                    return clipboardData.getData("text/plain");
                }""",
                [kind, text],
            )
        )


@pytest.fixture
def table(window: Open) -> Callable[..., Table]:
    def opened(project: Annotated, query: str = "_view=table&_show=Topic,Author,Likes", **options: Any) -> Table:
        shown = Table(window(owner_of=project.server, **options), project.url)
        shown.open(query)
        return shown

    return opened


@pytest.fixture
def cards(window: Open) -> Callable[..., Grid]:
    def opened(project: Annotated, query: str, **options: Any) -> Grid:
        shown = Grid(window(owner_of=project.server, **options), project.url)
        shown.open(query)
        shown.page.wait_for_selector('.stage .caption:not([hidden]) .value:not([data-type=""])')
        return shown

    return opened


def value(shown: Grid, position: int, name: str) -> Any:
    """The line of a property below a card."""
    card = shown.card(position).get_attribute("id")
    return shown.page.locator(f'#{card}-said [data-name="{name}"]')
