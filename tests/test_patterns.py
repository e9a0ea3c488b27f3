"""Regular expressions: right ones find, wrong ones say why, slow ones end."""

from __future__ import annotations

import re
from re import _parser as sre  # type: ignore[attr-defined]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain import patterns
from datasette_panoptic.domain.patterns import LONGEST, NotAPattern, compiled, found_in, written_out
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
    with pytest.raises(NotAPattern, match=r"not a valid regular expression|letters at most"):
        compiled(text)


#: Each takes minutes or gigabytes where nothing stops it.
GREEDY = {
    "(?R)": "call itself", "(?0)x": "call itself", r"(?P<n>a(?&n))": "call itself", r"\\\\(?1)(a)": "call itself",
    "(?P<n>a(?P>n)?)+": "call itself", "(?-1)(a)": "call itself",
    "a{1000000000}": "repeats", "a{ 9, 99999 }": "repeats", "(a{200}){200}": "repeats", "a{6000}b{6000}": "repeats",
    "((a{30}){30}){30}": "repeats", "(?:a?){20000}": "repeats", r"(\\)a{200}){200}": "repeats",
    "[)a]{200}{200}": "repeats", "(?x)(#)\na{200}b){200}": "comments", "(?ix)a": "comments",
    "(?:" * 240 + "a" + ")" * 240: "not a valid regular expression",
}  # fmt: skip


@pytest.mark.parametrize("text", GREEDY)
def test_a_pattern_that_would_take_the_memory_is_refused(text):
    with pytest.raises(NotAPattern, match=GREEDY[text]):
        found_in(text, ["a" * 20_000])


@pytest.mark.parametrize(
    "text", [r"\(?1\)?", r"\(?x:", "[0-9a-f]{40}", r"(\d{1,3}\.){3}\d{1,3}", "(?<x>a)(?P=x)", "a{,5}"]
)
def test_usual_repetitions_and_optional_parentheses_are_patterns(text):
    assert compiled(text).pattern == text


LETTERS = st.sampled_from(["a", r"\)", "[)]", "(", ")", "{3}", "{2,}", "{,4}", "|", "?", "*"])


@given(st.lists(LETTERS, max_size=12).map("".join))
def test_a_pattern_is_no_larger_than_its_repetitions_written_out(text):
    """What matches at least n letters is at least so long once it is written out."""
    try:
        least = sre.parse(text).getwidth()[0]
    except re.error:
        return
    assert least <= written_out(text)


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
