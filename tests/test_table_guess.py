"""What the columns of a table are is guessed from all of their cells, and never where two readings are possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain import values
from datasette_panoptic.ingest.tables.cells import Token, Unreadable
from datasette_panoptic.ingest.tables.guess import Doubt, Guess, guess


def guessed(cells, **options):
    """The guess of a single column, its rows counted from 2."""
    return guess(((row, [cell]) for row, cell in enumerate(cells, 2)), [0], **options)[0]


TYPES = {
    "number": ["1", "-2.5", "", "1234567890123456789"],
    "checkbox": ["true", "False", "", "oui"],
    "date": ["1890-05", "03/05/1890", "1890"],
    "color": ["#ff0000", "#00FF00"],
    "url": ["https://example.org/a", "http://example.org"],
}


@pytest.mark.parametrize("type_", TYPES)
def test_a_type_is_one_that_all_cells_have(type_):
    assert guessed(TYPES[type_]) == Guess(type_)
    assert guessed([*TYPES[type_], "something else"]) == Guess(None)
    assert guessed(["something else", *TYPES[type_]]) == Guess(None)


def test_lists_are_tags():
    assert guessed(["1", ("cat", "dog")]) == Guess("multi_tags")


TEXTS = [["007", "12"], ["cat", "cat", "dog"], ["1", "two"], ["", " "], ["12345678901234567890123"]]


@pytest.mark.parametrize("cells", TEXTS, ids=str)
def test_everything_else_is_text(cells):
    assert guessed(cells) == Guess(None)


def test_what_cannot_be_read_says_nothing_of_the_type():
    assert guessed(["1", Unreadable("#N/A", "an error"), "2"]) == Guess("number")


DECIMALS = [
    (("1,5", "2,25"), Guess("number", ",")),
    (("12", "2,25"), Guess("number", ",")),
    (("1,234", "2,5"), Guess("number", ",")),
    (("0,125", "-0,250"), Guess("number", ",")),
    (("1.5", "2"), Guess("number", ".")),
    (("7", "8"), Guess("number", ".")),
    (("1,5e3", "2"), Guess("number", ",")),
    ((Token("1.5"), "2,5"), Guess("number", ",")),
    (("1,234", "5,678"), Guess(None, doubt=Doubt("number", "number", 2, "1,234"))),
    (("12", "1.234"), Guess(None, doubt=Doubt("number", "number", 3, "1.234"))),
    (("1.5", "2,5"), Guess(None, doubt=Doubt("number", "number", 2, "1.5"))),
    (("1,5", "1.234,5"), Guess(None, doubt=Doubt("number", "number", 3, "1.234,5"))),
    (("1 234", "5"), Guess(None, doubt=Doubt("number", "number", 2, "1 234"))),
    (("007", "1,5"), Guess(None, doubt=Doubt("number", "number", 3, "1,5"))),
    (("1,5", "cat"), Guess(None)),
]


@pytest.mark.parametrize(("cells", "wanted"), DECIMALS, ids=str)
def test_a_decimal_comma_is_guessed_where_all_cells_of_a_column_agree(cells, wanted):
    assert guessed(cells, decimal="either") == wanted


def test_a_decimal_mark_that_was_said_decides():
    assert guessed(["1,234", "5,678"], decimal=",") == Guess("number", ",")
    assert guessed(["1,5", "2,5"], decimal=".").type is None
    assert guessed(["1,5", "2.5"], decimal=",").type is None


def test_numbers_that_were_said_to_be_some_have_their_mark_guessed_too():
    rows = [(2, ["1,5", "1.5", "1,234", "x"]), (3, ["", "2", "1,5", "2,5"])]
    marks = {place: found.decimal for place, found in guess(rows, [], decimal="either", numbers=range(4)).items()}
    assert marks == {0: ",", 1: ".", 2: ",", 3: ","}
    assert guess([(2, ["1.234"])], [], decimal="either", numbers=[0]) == {0: Guess("number", ".")}


numbers = st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9, allow_nan=False)


@given(st.lists(numbers, min_size=1), st.sampled_from([".", ","]))
def test_a_guessed_number_is_the_one_that_was_written(written, mark):
    """Whatever the numbers are: a column of them is read back exactly, or is one of texts."""
    cells = [repr(number).replace(".", mark) for number in written]
    found = guessed(cells, decimal="either")
    if found.type == "number":
        assert [values.number(cell, found.decimal) for cell in cells] == written
    else:
        assert found.type is None


MARKED = {
    ("3", "NA"): Doubt("marker", "number", 3, "NA"),
    ("NaN", "2020-01-01"): Doubt("marker", "date", 2, "NaN"),
    ("yes", "n/a", "no"): Doubt("marker", "checkbox", 3, "n/a"),
    ("NA", "null"): None,
    ("cat", "NA"): None,
}


@pytest.mark.parametrize("cells", MARKED, ids=str)
def test_a_marker_that_nobody_named_makes_texts_and_is_told(cells):
    assert guessed(cells) == Guess(None, doubt=MARKED[cells])


def test_markers_that_were_named_say_nothing():
    assert guessed(["3", "NA", " NA "], empty={"NA"}) == Guess("number")
    assert guessed(["3", "na"], empty={"NA"}).doubt == Doubt("marker", "number", 3, "na")
