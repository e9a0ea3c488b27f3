"""Headings of groups without scripts: what they say, and above which cells they stand."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Grouping
from datasette_panoptic.query.steps import LOWEST
from datasette_panoptic.web.grid.headings import GroupHeading, headings, value_label
from datasette_panoptic.web.http.words import words

LABELS = [
    ("text", "", None, "without a value"),
    ("text", "", "", "empty text"),
    ("text", "", "0", "0"),
    ("checkbox", "", 0, "no"),
    ("number", "", 1234567, "1,234,567"),
    ("number", "10", 20, "20 \N{EN DASH} 29"),
    ("number", "1", 20, "20"),
    ("number", "0.5", 1.5, "1.5 to less than 2"),
    ("number", "q4", 12, "from 12"),
    ("number", "e0_10_100", LOWEST, "less than 0"),
    ("number", "e0_10_100", 10, "10 to less than 100"),
    ("number", "e0_10_100", 100, "from 100"),
    ("date", "year", "1890", "1890"),
    ("date", "monthofyear", "05", "May"),
    ("date", "monthofyear", "XX", "month unknown"),
    ("date", "monthofyear", "2022-02-30", "2022-02-30"),
    ("date", "weekday", "7", "Sunday"),
    ("date", "weekday", "X", "day unknown"),
    ("date", "month", "1890", "1890, month unknown"),
    ("date", "week", "1890-05", "1890-05, week unknown"),
    ("date", "week", "2022-02-30", "2022-02-30, week unknown"),
    ("date", "decade", "1890s", "1890s"),
    ("date", "year", "1890s", "1890s, year unknown"),
    ("date", "century", "18XX", "1800 \N{EN DASH} 1899"),
    ("date", "century", "-00XX", "-0099 \N{EN DASH} -0001"),
    ("date", "decade", "18XX", "1800 \N{EN DASH} 1899, decade unknown"),
    ("date", "year", "1890/1895", "1890/1895, year unknown"),
    ("date", "", "1890?", "1890?"),
]


@pytest.mark.parametrize(("type_", "step", "value", "label"), LABELS)
def test_a_value_is_said_in_words(type_, step, value, label):
    assert value_label(words("en"), Field("x", type_, "image", 1), step, value) == label


def test_months_and_decades_are_said_in_french():
    assert value_label(words("fr"), Field("x", "date", "image", 1), "decade", "1890s") == "années 1890"
    assert value_label(words("fr"), Field("x", "date", "image", 1), "monthofyear", "08") == "août"


def test_headings_stand_where_their_groups_begin_and_where_the_page_does():
    fields = Fields([Field("Topic", "tag", "image", 1)])
    rows = [(0, "a", 0, 5, 0), (1, 100, 0, 2, 1), (1, 200, 2, 3, 1), (0, "b", 5, 2, 0), (1, 100, 5, 2, 1)]
    found = headings(words("en"), fields, (Grouping("Topic"), Grouping("width")), rows, (3, 6))
    assert found == {
        3: [GroupHeading(1, "a", "5"), GroupHeading(2, "200", "3")],
        5: [GroupHeading(1, "b", "2"), GroupHeading(2, "100", "2")],
    }
