"""Dates in queries: every stored form under every comparison, order and group, by SQL, cache and oracle."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from datasette_panoptic.domain.dates import reading
from datasette_panoptic.domain.query import Condition, Grouping, Query, Sort
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.operators import TABLE
from datasette_panoptic.query.order import order
from datasette_panoptic.query.steps import DATE_STEPS
from datasette_panoptic.query.within_group import within_group
from tests.naive import Corpus
from tests.rows import Instance, Picture, empty, fill

from .test_order import DATES, FIELDS, FOLDERS, STORED, flattened

OPERANDS = [*DATES, "2021", "1890-01-01", "1890-05-01T00:00", "1890-05-31", "1899-12-31", "0000", "2021-05-03T12"]
COMPARED = [operator for operator in TABLE if "date" in operator.types and operator.key != "lastdays"]


@pytest.fixture(scope="module")
def sample():
    """Return a project with each date, in no order, one of them twice, and an image without a date."""
    stored = [*sorted(STORED, key=lambda text: text[::-1]), None, "1890"]
    pictures = [Picture(taken_at=one, width=1 + n % 5, height=1 + n % 3) for n, one in enumerate(stored)]
    instances = [Instance(n, 0, f"{n}.jpg") for n in range(len(stored))]
    nothing = [None] * len(stored)
    corpus = Corpus(FOLDERS, pictures, instances, vectors=nothing, clusters=nothing)
    conn = empty()
    fill(conn, corpus.folders, corpus.pictures, corpus.instances)
    yield conn, corpus, Columns()
    conn.close()


def assert_agree(sample, query: Query) -> list[tuple]:
    conn, corpus, columns = sample
    expected = corpus.evaluate(query)
    sql = compile(query, FIELDS)
    assert conn.execute(sql.text, sql.params).fetchall() == expected
    found = order(conn, columns, FIELDS, query)
    assert found.ids.tolist() == [cell for cell, *_ in expected]
    assert flattened(found.groups, len(expected)) == [tuple(path) for _, *path in expected] or not query.groups
    return expected


@pytest.mark.parametrize("operator", COMPARED, ids=lambda operator: operator.key)
def test_comparisons_agree(sample, operator):
    counts = {"none": [()], "one": [(one,) for one in OPERANDS]}
    several = [(one, OPERANDS[n - 3]) for n, one in enumerate(OPERANDS)]
    for operands in counts.get(operator.operands, several):
        assert_agree(sample, Query(where=(Condition("taken_at", operator.key, operands),)))


@pytest.mark.parametrize("descending", [False, True])
def test_orders_agree(sample, descending):
    assert_agree(sample, Query(sorts=(Sort("taken_at", descending),)))
    assert_agree(sample, Query(mode="images", sorts=(Sort("taken_at", descending), Sort("name"))))


@pytest.mark.parametrize("step", ["", *DATE_STEPS])
def test_groups_agree_and_each_can_be_asked_for(sample, step):
    conn, _, _ = sample
    for grouping in (
        Grouping("taken_at", step), Grouping("taken_at", step, descending=True), Grouping("taken_at", step, "size"),
        Grouping("height", "", "min", "taken_at"), Grouping("width", "", "max", "taken_at"),
    ):  # fmt: skip
        assert_agree(sample, Query(groups=(grouping,)))
    query = Query(groups=(Grouping("taken_at", step),))
    cells_of: dict[str | None, set[int]] = {}
    for cell, value in assert_agree(sample, query):
        cells_of.setdefault(value, set()).add(cell)
    for value, cells in cells_of.items():
        alone = within_group(conn, query, FIELDS, [(0, value)])
        if alone is not None:
            assert {cell for (cell,) in assert_agree(sample, alone)} == cells
        else:
            assert step in ("", "monthofyear", "weekday") or value in STORED


@pytest.mark.parametrize("days", ["0", "7", "366"])
def test_the_last_days_begin_at_midnight_of_the_first(monkeypatch, days):
    today = date(2024, 3, 1)  # the day after a leap day
    monkeypatch.setattr(reading, "today", lambda: today)
    first = today - timedelta(days=int(days))
    before = first - timedelta(days=1)
    said = [
        first.isoformat(), f"{first}T00:00:00", f"{before}T23:59:59", before.isoformat(), f"{first:%Y-%m}",
        f"{today}T23:59:59", "2024-03-02", "2024", None,
    ]  # fmt: skip
    conn = empty()
    fill(conn, FOLDERS, [Picture(taken_at=one) for one in said], [Instance(n, 0, f"{n}.jpg") for n in range(len(said))])
    asked = Query(where=(Condition("taken_at", "lastdays", (days,)),))
    ids = [cell for cell, *_ in conn.execute(compile(asked, FIELDS).text, compile(asked, FIELDS).params)]
    begun = [one and one + "-01-01"[len(one) - 4 :] if len(one or "") < 10 else one for one in said]
    assert ids == [n for n, one in enumerate(begun, 1) if one and one[:10] >= first.isoformat()]
    assert order(conn, Columns(), FIELDS, asked).ids.tolist() == ids
    conn.close()
