"""The search box's words as conditions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.query import ANYWHERE, Combined, Condition
from datasette_panoptic.domain.texts import fold
from datasette_panoptic.query.haystack import GAP, Haystack
from datasette_panoptic.query.search import DEEPEST, parse


def word(text: str) -> Condition:
    return Condition(ANYWHERE, "contains", (text,))


def both(*parts):
    return Combined("all", parts)


def either(*parts):
    return Combined("any", parts)


def no(part):
    return Combined("not", (part,))


CASES = {
    "": None,
    "  ": None,
    '"" -': None,
    "cat": word("cat"),
    "cat dog": both(word("cat"), word("dog")),
    "cat AND dog": both(word("cat"), word("dog")),
    "cat OR dog mouse": either(word("cat"), both(word("dog"), word("mouse"))),
    "(cat OR dog) mouse": both(either(word("cat"), word("dog")), word("mouse")),
    '"rue de la paix"': word("rue de la paix"),
    '"OR"': word("OR"),
    "or": word("or"),
    "-cat": no(word("cat")),
    "NOT cat dog": both(no(word("cat")), word("dog")),
    "cat -(dog OR mouse)": both(word("cat"), no(either(word("dog"), word("mouse")))),
    "well-known": word("well-known"),
    '-"black cat"': no(word("black cat")),
    # While somebody types:
    '"rue de': word("rue de"),
    "(cat OR": word("cat"),
    "cat OR": word("cat"),
    "OR cat": word("cat"),
    ") cat": word("cat"),
    "cat NOT": word("cat"),
    "cat -": word("cat"),
    "- OR cat": word("cat"),
}


@pytest.mark.parametrize("text", CASES)
def test_search_means(text):
    assert parse(text) == CASES[text]


@given(st.text(st.sampled_from('ab "()-ORNT '), max_size=40))
def test_no_search_is_an_error(text):
    parse(text)


@pytest.mark.parametrize("text", ["(" * 5000 + "cat", "NOT " * 5000 + "cat", "-(" * 5000 + "cat" + ")" * 5000])
def test_deep_searches_end(text):
    parse(text)
    assert DEEPEST < 100


def test_brackets_are_read_down_to_a_depth():
    text = "c (a OR b)"
    around = DEEPEST - 1
    assert parse("(" * around + text + ")" * around) == parse(text)
    assert parse("(" * (around + 1) + text + ")" * (around + 1)) != parse(text)


texts = st.text(st.sampled_from(f"aAéÉ1øß{GAP}🐈 "), max_size=5)


@given(st.lists(texts, max_size=8), texts)
def test_a_needle_is_found_where_it_is(values, needle):
    found = Haystack.of(values).holding(fold(needle))
    assert found.tolist() == [fold(needle) in fold(value) for value in values]
