"""How fast views are put in order, and selections annotated: `python -m tests.bench.queries [--instances N …]`.

The baseline is the same filter, grouping and sort in plain numpy over arrays that are in memory already, without names,
trees or texts: what the work costs where nothing has to be found out first.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import AddTags, Selection
from datasette_panoptic.domain.query import Condition, Grouping, Query, Sort
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.store import properties
from datasette_panoptic.store.changesets import apply
from datasette_panoptic.store.connection import connect, transaction
from datasette_panoptic.store.undo import undo

from .figures import Figure, table
from .generate import generate

#: Milliseconds, for 100,000 instances and for a million; the design's budgets.
BUDGETS = {"warm": (15, 120), "cold": (300, 2_500), "tag": (600, 6_000), "undo": (600, 6_000)}

REPEATS = 5

#: A tenth of the instances, in two levels of groups, sorted.
QUESTION = Query(
    where=(Condition("Likes", "lt", ("10000",)),),
    groups=(Grouping("Topic"), Grouping("Said", "year")),
    sorts=(Sort("Likes", descending=True),),
)
EVERYTHING = Selection("select id as instance_id from instances", {})


def run(instances: tuple[int, ...] = (100_000, 1_000_000)) -> list[Figure]:
    """Measure at each size, on projects made for it."""
    return [figure for count in instances for figure in measure(count)]


def measure(count: int) -> list[Figure]:
    large = count > 100_000
    name = f"{count // 1000:,}k"

    def figure(what: str, key: str, milliseconds: float) -> Figure:
        return Figure(f"{name}: {what}", milliseconds, "ms", at_most=BUDGETS[key][large])

    with tempfile.TemporaryDirectory(prefix="panoptic-bench-") as scratch:
        path = Path(scratch, "project.db")
        generate(path, count, count // 2)
        conn = connect(path)
        topic = describe(conn)
        cold = milliseconds(lambda: Orders().order(conn, QUESTION), 1)
        orders = Orders()
        orders.order(conn, QUESTION)
        _, columns, fields = orders.state(conn)

        warmed = milliseconds(lambda: ask_again(orders, conn, QUESTION), REPEATS)
        likes = columns.values(conn, fields["Likes"]).codes
        said = columns.values(conn, fields["Said"]).codes.astype(np.int64) // 365
        links = columns.links(conn, fields["Topic"])
        plain = milliseconds(lambda: baseline(likes, said, links.positions, links.ranks), REPEATS)
        found = Query(search="note 1999 -author")
        orders.order(conn, found)  # texts folded
        searched = milliseconds(lambda: ask_again(orders, conn, found), REPEATS)
        tagged = milliseconds(
            lambda: apply(conn, [AddTags(topic, ("everything",))], EVERYTHING, actor="bench", tool="stamp"), 1
        )
        undone = milliseconds(lambda: undo(conn, actor="bench"), 1)
        conn.close()
    return [
        figure("filter a tenth, two levels of groups, sort, warm", "warm", warmed),
        Figure(f"{name}: the same by plain numpy's", warmed / plain, "×"),
        figure("the same cold, columns read first", "cold", cold),
        Figure(f"{name}: search in all texts, tags and names, two words and one not, warm", searched, "ms"),
        figure("tag everything", "tag", tagged),
        figure("undo it", "undo", undone),
    ]


def describe(conn: sqlite3.Connection) -> int:
    """Add ten properties: numbers, dates, texts, a checkbox and tags. Return the one that questions are asked of."""
    for name, type_, scope in (
        ("Likes", "number", "instance"),
        ("Shares", "number", "instance"),
        ("Said", "date", "instance"),
        ("Seen", "date", "image"),
        ("Note", "text", "image"),
        ("Author", "text", "instance"),
        ("Score", "number", "image"),
        ("Checked", "checkbox", "image"),
    ):
        properties.create(conn, name, type_, scope)
    topic = properties.create(conn, "Topic", "multi_tags", "image")
    kind = properties.create(conn, "Kind", "tag", "instance")
    with transaction(conn):
        conn.execute(
            "insert into instance_values (instance_id, Likes, Shares, Said, Author) "
            "select id, id * 104729 % 100003, id % 977, date(id * 31 % 20000 * 86400, 'unixepoch'), "
            "'author ' || (id * 7 % 5000) from instances"
        )
        conn.execute(
            "insert into image_values (image_id, Seen, Note, Score, Checked) "
            "select id, strftime('%Y', id % 9000 * 86400, 'unixepoch'), 'note ' || (id % 20000), "
            "id * 7919 % 10007 / 100.0, id % 2 from images"
        )
        kinds = [(number, kind, f"kind {number}") for number in range(1001, 1021)]
        conn.executemany("insert into tags (id, property_id, name) values (?, ?, ?)", kinds)
        conn.execute("insert into instance_tags select 1001 + id % 20, id from instances where id % 3")
        tags = [(number, topic, f"tag {number}") for number in range(1, 201)]
        conn.executemany("insert into tags (id, property_id, name) values (?, ?, ?)", tags)
        conn.execute("insert or ignore into image_tags select 1 + id * 31 % 200, id from images")
        conn.execute("insert or ignore into image_tags select 1 + id * 17 % 100, id from images where id % 2")
    return topic


def ask_again(orders: Orders, conn: sqlite3.Connection, query: Query) -> None:
    orders._orders.clear()
    orders.order(conn, query)


def baseline(likes: np.ndarray, said: np.ndarray, positions: np.ndarray, tags: np.ndarray) -> np.ndarray:
    """Filter rows of (instance, tag) by a number and sort them by tag, year and number."""
    rows = np.flatnonzero((likes < 10_000)[positions])
    instances = positions[rows]
    found: np.ndarray = instances[np.lexsort([-likes[instances], said[instances], tags[rows]])]
    return found


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time that some work takes."""
    taken = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return median(taken) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.queries", description=__doc__)
    parser.add_argument("--instances", type=int, nargs="+", default=[100_000, 1_000_000])
    print(table(run(tuple(parser.parse_args().instances))))


if __name__ == "__main__":
    main()
