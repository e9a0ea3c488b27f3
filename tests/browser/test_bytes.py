"""The corpus stays where it is: what filtering, grouping and stamping a hundred thousand cells sends to the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from datasette_panoptic.store.connection import checkpoint, connect
from tests.rows import Folder, Instance, Picture, Property, describe, fill

from .conftest import Grid
from .serving import Server, serve

INSTANCES = 100_000
PICTURES = 2_000
TAGS = [f"tag {n}" for n in range(50)]

#: Bytes for one step, several times what it takes. The cells of the whole view are 800 kB, their names megabytes.
MOST = 60_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("large") / "large.db"
    conn = connect(path, create=True)
    names = (f"photograph of the archive, no. {n:06}.jpg" for n in range(INSTANCES))
    fill(
        conn,
        [Folder("all")],
        [Picture(600 + n % 7, 400) for n in range(PICTURES)],
        [Instance(n % PICTURES, 0, name) for n, name in enumerate(names)],
    )
    tags = {n: frozenset({TAGS[n % len(TAGS)]}) for n in range(INSTANCES)}
    describe(conn, [Property("Topic", "multi_tags", "instance", tags), Property("Note", "text", "image", {})])
    checkpoint(conn)
    conn.close()
    with serve(path) as server:
        yield server


@pytest.fixture
def traffic(window, large):
    """A grid, and a function that returns how many bytes came since it was last asked."""
    page = window(owner_of=large)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received = [0]

    def add(event: dict[str, float]) -> None:
        received[0] += int(event["encodedDataLength"])

    session.on("Network.loadingFinished", add)
    shown = Grid(page, large.grid("large"))
    shown.open()

    def since() -> int:
        shown.settle()
        page.wait_for_load_state("networkidle")
        count, received[0] = received[0], 0
        return count

    since()
    return shown, since


GO = "(rest) => document.querySelector('panoptic-app').navigate({ rest })"
SAY = """async (target) => {
    const app = document.querySelector('panoptic-app');
    const version = app.view.header.version;
    const written = await app.project.annotate(
        target === 'selection'
            ? { query: app.address.rest.map((pair) => pair.map(encodeURIComponent).join('=')).join('&'),
                positions: [[0, app.view.count]], version }
            : { query: '' },
        [{ act: 'set', name: 'Note', text: target }, { act: 'add', name: 'Topic', text: 'stamped' }],
        'stamp');
    return written.changed;
}"""


def test_no_step_brings_the_corpus_to_the_browser(traffic):
    grid, since = traffic
    steps = {}
    grid.page.evaluate(GO, [["Topic__any", "tag 1,tag 2"]])
    grid.wait()
    steps["filter"] = since()
    assert grid.count == "4,000 instances"
    grid.page.evaluate(GO, [["_group", "Topic"]])
    grid.wait()
    steps["group"] = since()
    assert grid.count == f"{INSTANCES:,} instances"
    assert grid.page.evaluate(SAY, "everything") > INSTANCES
    grid.wait()
    steps["stamp everything"] = since()
    grid.page.evaluate(GO, [["Topic__any", "tag 3"]])
    grid.wait()
    since()
    grid.press("Control+a")
    assert grid.page.evaluate(SAY, "selection") > 0
    grid.wait()
    steps["stamp a selection"] = since()
    assert all(0 < count < MOST for count in steps.values()), steps
