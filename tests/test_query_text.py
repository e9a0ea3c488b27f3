"""The query string and the query are one thing in two spellings."""

from __future__ import annotations

import pytest
from hypothesis import given

from datasette_panoptic.domain.query import Query, Sort
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.text import parse_string, to_string
from tests.test_order import queries


@given(queries)
def test_text_and_query_round_trip(query):
    assert parse_string(to_string(query)) == query


CASES = {
    "": Query(),
    "?": Query(),
    "_mode=images": Query(mode="images"),
    "?_folder=7&_folder=3&_folder=7": Query(folders=frozenset({3, 7})),
    "_sort_desc=width&_sort=name": Query(sorts=(Sort("width", descending=True), Sort("name"))),
    "_sort=random&_seed=12": Query(sorts=(Sort("random"),), seed=12),
    "_thumb=200&_at=5000&_lang=fr": Query(),
}


@pytest.mark.parametrize("text", CASES)
def test_reads(text):
    assert parse_string(text) == CASES[text]


FAULTS = {
    "colour=red": "colour",
    "_mode=cubes": "_mode",
    "_mode=images&_mode=images": "_mode",
    "_sort=shoe_size": "_sort",
    "_sort=name&_sort_desc=name": "_sort_desc",
    "_folder=": "_folder",
    "_folder=-1": "_folder",
    "_folder=99999999999999999999": "_folder",
    "_folder=²": "_folder",
    "_seed=1.5": "_seed",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_named(text):
    with pytest.raises(BadQuery, match=f"`{FAULTS[text]}"):
        parse_string(text)
