"""Regular expressions: right ones find, wrong ones say why, slow ones end."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain import patterns
from datasette_panoptic.domain.patterns import LONGEST, NotAPattern, compiled, found_in
from datasette_panoptic.domain.query import Condition, Query
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.order import order
from datasette_panoptic.query.orders import fields
from tests.rows import Folder, Instance, Picture, empty, fill

CASES = {
    "jpe?g$": [True, False, False],
    "(?i)cat": [True, True, False],
    "^[a-z]": [True, False, True],
    r"\(": [False, False, True],
    "": [True, True, True],
}


@pytest.mark.parametrize("pattern", CASES)
def test_a_pattern_is_found_anywhere(pattern):
    assert found_in(pattern, ["cat.jpg", "Cat 2", "a (b)"]) == CASES[pattern]


@pytest.mark.parametrize("text", ["(", "[a", "*", "(?P<x", "a" * (LONGEST + 1)])
def test_what_is_no_pattern_says_so(text):
    with pytest.raises(NotAPattern, match=r"no regular expression|letters at most"):
        compiled(text)


#: Takes hours where nothing stops it.
SLOW = r"^(\w|\w\w)+\d$"


def test_a_pattern_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(patterns, "LIMIT", 0.05)
    conn = empty()
    fill(conn, [Folder("all")], [Picture()], [Instance(0, 0, "a" * 200 + ".jpg")])
    query = Query(where=(Condition("name", "matches", (SLOW.replace("d$", "d\\.$"),)),))
    with pytest.raises(BadQuery, match="takes longer than"):
        order(conn, Columns(), fields(conn), query)
    with pytest.raises(NotAPattern, match="takes longer than"):
        found_in(SLOW, ["a" * 200])
    conn.close()
