"""Values survive being written and read, and what is no value is refused with a word of help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain import values
from datasette_panoptic.domain.values import NotAValue

texts = st.text(st.characters(codec="utf-8")) | st.text(' ",\n;a')
tags = st.lists(texts.filter(str.strip), max_size=4, unique=True)


@given(texts)
def test_texts_survive_and_none_looks_like_an_empty_cell(text):
    cell = values.write_text(text)
    assert cell
    assert values.read_text(cell) == text


@given(tags)
def test_tags_survive(names):
    assert values.split_tags(values.join_tags(names)) == names


@given(texts.filter(str.strip))
def test_one_tag_survives_with_its_commas(name):
    assert values.read_tag(values.write_tag(name)) == name


@given(st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive(number):
    assert values.parse(values.write(number, "number"), "number") == number


TAGS = {
    "": [],
    " , ,": [],
    "cat": ["cat"],
    "cat, dog,cat": ["cat", "dog"],
    'cat,"rue, place" , dog': ["cat", "rue, place", "dog"],
    '"say ""hi"", now"': ['say "hi", now'],
    '5" disk,"open': ['5" disk', '"open'],
    '"a" b,c': ['"a" b', "c"],
    '" padded "': [" padded "],
}


@pytest.mark.parametrize("text", TAGS)
def test_tags_are_split_at_commas_outside_quotes(text):
    assert values.split_tags(text) == TAGS[text]


READ = {
    ("number", "1234567890123456789"): 1234567890123456789,
    ("number", " -3.50 "): -3.5,
    ("number", "1e3"): 1000.0,
    ("checkbox", "False"): 0,
    ("checkbox", "0"): 0,
    ("checkbox", "OUI"): 1,
    ("color", "#FFaa00"): "#ffaa00",
    ("color", "Red"): "#e03131",
    ("date", "1890"): "1890",
    ("date", "2022/11/01 13:11:39"): "2022-11-01T13:11:39",
    ("date", "1890.5.3"): "1890-05-03",
    ("text", "False"): "False",
}


@pytest.mark.parametrize(("type_", "text"), READ)
def test_values_are_read_by_type(type_, text):
    assert values.parse(text, type_) == READ[type_, text]


REFUSED = {
    ("number", "1_000"): "no number",
    ("number", "-1,5"): "no number; write -1.5$",
    ("number", "1,000,000"): "no number; write 1000000$",
    ("number", "١٢"): "no number",
    ("number", "nan"): "no number",
    ("number", "1e999"): "larger than any number that can be stored; use a text property$",
    ("number", "12345678901234567890123"): "more digits",
    ("checkbox", "perhaps"): "true or false",
    ("color", "rot"): "#rrggbb or one of red, pink",
    ("date", "not a date"): "no date",
    ("date", "1890/05.03"): "no date",
}


@pytest.mark.parametrize(("type_", "text"), REFUSED)
def test_what_is_no_value_is_refused(type_, text):
    with pytest.raises(NotAValue, match=REFUSED[type_, text]):
        values.parse(text, type_)
