"""Columns as codes: nothing is lost, and texts stand in the order that `natural` says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.texts import PATH, natural
from datasette_panoptic.query.coding import MOST_DIGITS, SEPARATOR, coded, coded_integers, text_ranks

plain = st.text(st.sampled_from(f"aB0012 9._-~{SEPARATOR}"), max_size=8)
any_text = plain | st.text(st.sampled_from(f"éÉß1{PATH}🐈"), max_size=5) | st.just("0" * 300) | st.just("9" * 300)


@given(st.lists(plain, unique=True, max_size=12) | st.lists(any_text, unique=True, max_size=12))
def test_texts_are_ranked_as_people_sort_them(texts):
    texts = sorted(texts)
    by_rank = dict(zip(text_ranks(texts).tolist(), texts, strict=True))
    assert [by_rank[rank] for rank in range(len(texts))] == sorted(texts, key=natural)


def test_numbers_with_many_digits_are_compared_by_size():
    texts = sorted(["a" + "1" * (MOST_DIGITS - 1), "a9", "a" + "1" * MOST_DIGITS, "a" + "1" * (MOST_DIGITS + 1), "a10"])
    assert sorted(texts, key=len) == [text for _, text in sorted(zip(text_ranks(texts).tolist(), texts, strict=True))]


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5), max_size=20))
def test_integers_are_coded_and_found_again(values):
    column = coded_integers(np.arange(len(values)), np.array(values, dtype=np.int64))
    assert column.values == sorted(set(values))
    assert [column.values[code] for code in column.codes] == values


@given(st.dictionaries(st.integers(0, 30), plain, max_size=8))
def test_values_are_coded_at_their_places(values):
    column = coded(np.array(list(values), dtype=np.int64), list(values.values()), 31)
    assert [None if code < 0 else column.values[code] for code in column.codes] == [values.get(n) for n in range(31)]
