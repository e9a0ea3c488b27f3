"""For every operator of every type a case that a person can check by eye: tests/cases/query.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from datasette_panoptic.domain.dates import reading as dates
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.operators import OPERATORS
from datasette_panoptic.query.order import order
from datasette_panoptic.query.orders import fields
from datasette_panoptic.query.text import parse_string
from tests.rows import Folder, Instance, Picture, Property, describe, empty, fill

CASES = json.loads(Path(__file__).with_name("cases").joinpath("query.json").read_text())
#: Keys that a query string may have in place of a field, and that the cases show too.
ASKED = [(case["type"], query, ids) for case in CASES["cases"] for query, ids in case["finds"].items()]


@pytest.fixture(scope="module")
def project():
    conn = empty()
    names = CASES["names"]
    fill(conn, [Folder("all")], [Picture() for _ in names], [Instance(n, 0, name) for n, name in enumerate(names)])
    described = []
    for case in CASES["cases"]:
        if "values" not in case:
            continue
        values = {n: value for n, value in enumerate(case["values"]) if value is not None}
        if case["type"] in ("tag", "multi_tags"):
            values = {n: frozenset(tags) for n, tags in values.items()}
        parents = {name: frozenset(above) for name, above in case.get("parents", {}).items()}
        described.append(Property(case["type"], case["type"], "instance", values, parents))
    describe(conn, described)
    yield conn
    conn.close()


@pytest.mark.parametrize(("type_", "query", "ids"), ASKED, ids=[query for _, query, _ in ASKED])
def test_query_finds(project, monkeypatch, type_, query, ids):
    monkeypatch.setattr(dates, "today", lambda: dates.date(2026, 1, 31))
    known = fields(project)
    asked = parse_string(query)
    sql = compile(asked, known)
    assert [row[0] for row in project.execute(sql.text, sql.params)] == ids
    assert order(project, Columns(), known, asked).ids.tolist() == ids


def test_no_operator_of_no_type_is_left_out():
    shown = {
        (condition.operator, case["type"])
        for case in CASES["cases"]
        for query in case["finds"]
        for condition in parse_string(query).where
        if hasattr(condition, "operator") and condition.field == case["type"]
    }
    assert shown >= set(OPERATORS)
