"""Bars over numbers and dates: their counts are what views show, and their stretches are what people expect."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.bars import MOST_BARS
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.date_bars import STEPS
from datasette_panoptic.query.facets import about
from datasette_panoptic.query.histogram import histogram
from tests.rows import Instance, Picture, empty, fill

from .test_facets import cells
from .test_order import FIELDS, FOLDERS, corpora, opened, queries

ASKED = [
    *((name, step) for name in ("width", "bytes", "copies") for step in ("", "2", "0.3", "1")),
    *(
        (name, step)
        for name in ("taken_at", "Said at")
        for step in ("", "century", "20years", "decade", "2years", "year")
    ),
    ("Likes", ""),
]


@settings(max_examples=150, deadline=None)
@given(corpora(), queries(), st.sampled_from(ASKED))
def test_a_bar_counts_what_the_view_shows_that_asks_for_it(corpus, query, asked):
    name, step = asked
    conn = opened(corpus)
    found = histogram(conn, Columns(), FIELDS, query, name, step)
    others = tuple(where for where in query.where if not about(where, found.field))
    for bar in found.bars:
        asked = replace(query, where=(*others, *bar.conditions), groups=())
        assert bar.count == cells(conn, asked) == len(corpus.evaluate(asked))
    assert step or len(found.bars) <= MOST_BARS
    conn.close()


def drawn(values: list[int | str | None], step: str = "") -> list[tuple[str, int]]:
    """Return the bars, by label and count, of images with such sizes in bytes or dates."""
    are_dates = any(isinstance(value, str) for value in values)
    pictures = [Picture(taken_at=value) if are_dates else Picture(bytes=value) for value in values]
    conn = empty()
    fill(conn, FOLDERS, pictures, [Instance(n, 0, f"{n}.jpg") for n in range(len(values))])
    found = histogram(conn, Columns(), FIELDS, Query(), "taken_at" if are_dates else "bytes", step)
    conn.close()
    return [(f"{bar.first}-{bar.last}" if bar.last else bar.first, bar.count) for bar in found.bars]


def test_numbers_are_cut_at_round_numbers():
    assert drawn([3, 4, 4, 6]) == [("3", 1), ("4", 2), ("5", 0), ("6", 1)]
    bars = drawn([0, 1234, 5000])
    assert (bars[0], bars[12], bars[-1]) == (("0-100", 1), ("1200-1300", 1), ("5000-5100", 1))
    assert drawn([7]) == [("7", 1)]
    assert drawn([10**15, 10**15 + 1]) == [("1000000000000000", 1), ("1000000000000001", 1)]


@pytest.mark.parametrize(
    ("dates", "first", "last", "count"),
    [
        (["1601-05-03", "2020-01-01"], "1600-1609", "2020-2029", 43),
        (["1921-05-03", "2010"], "1920-1921", "2010-2011", 46),
        (["1968-05-03", "1999"], "1968", "1999", 32),
        (["1968-05-03", "1970-02-03"], "1968-05", "1970-02", 22),
        (["1968-05-03", "1968-06-02"], "1968-05-03", "1968-06-02", 31),
        (["1968-05-03T10:15", "1968-05-04T09:00"], "1968-05-03 10 h", "1968-05-04 09 h", 24),
        (["1890", "1892"], "1890", "1892", 3),
        (["1890~", "1892?", "1891-21"], "1890", "1892", 3),
        (["-0043-03-15", "0014"], "-0043", "0014", 58),
        (["-0099", "1999"], "-0099--0050", "1950-1999", 42),
        (["189X", "1850/1859"], "1850-1859", "1890-1899", 5),
        (["0005", "2021"], "0000-0049", "2000-2049", 41),
        (["9999-12-31"], "9999-12-31", "9999-12-31", 1),
    ],
)
def test_dates_are_cut_by_the_step_that_their_range_and_exactness_allow(dates, first, last, count):
    bars = drawn(dates)
    assert [bars[0][0], bars[-1][0], len(bars)] == [first, last, count]
    assert bars[0][1]
    assert bars[-1][1]


def test_dates_that_are_not_exact_enough_are_counted_apart():
    conn = empty()
    fill(conn, FOLDERS, [Picture(taken_at=date) for date in ("1890", "1890-05", None)], [Instance(n) for n in range(3)])
    found = histogram(conn, Columns(), FIELDS, Query(), "taken_at", "month")
    assert ([bar.count for bar in found.bars], found.vague, found.blank) == ([1], 1, 1)
    assert histogram(conn, Columns(), FIELDS, Query(), "taken_at").step == "year"
    conn.close()


@pytest.mark.parametrize(
    ("name", "step", "said"),
    [
        ("name", "", "a chart takes a number or a date"),
        ("taken_at", "week", ", ".join(STEPS)),
        ("bytes", "0.001", "use a wider step"),
        ("bytes", "-1", "above 0"),
        ("bytes", "x", "is no number"),
    ],
)
def test_what_cannot_be_drawn_is_said(name, step, said):
    conn = empty()
    fill(conn, FOLDERS, [Picture(bytes=n, taken_at="1890") for n in (1, 50)], [Instance(0), Instance(1)])
    with pytest.raises(BadQuery, match=said):
        histogram(conn, Columns(), FIELDS, Query(), name, step)
    conn.close()
