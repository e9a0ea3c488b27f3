"""Bins with about as many instances each."""

from __future__ import annotations

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import Field
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.steps import quantile_of, step_of

NUMBERS = [0, -1, 7, 2.5, -0.1, 1e-320, 1e308, -1e308, 2**62, 2**53, 9.1e18]


def test_a_bin_is_named_by_a_value_that_an_instance_has():
    """An image that lost its instances leaves its values in the column, with nobody who has them."""
    assert quantile_of([0, 0, 1, 0], 3)[2] == 2
    assert [quantile_of([2, 0, 1, 1], 2)[place] for place in (0, 2, 3)] == [0, 2, 2]


@pytest.mark.parametrize("width", ["1", "2.5", "1e-320", "1e-9", "1e300", "1000000007"])
def test_bins_of_any_width_are_those_of_sql(width):
    step = step_of(Field("width", "number", "image"), width)
    conn = sqlite3.connect(":memory:")
    found = [conn.execute(f"select {step.sql.format(value='?1')}", [number]).fetchone()[0] for number in NUMBERS]
    assert found == [step.apply(number) for number in NUMBERS]
    conn.close()


@pytest.mark.parametrize("edges", ["e1_1", "e0_10_10_20", "e0_1.0_1", "e2_1", "e0_5_3"])
def test_edges_that_do_not_ascend_are_refused(edges):
    with pytest.raises(BadQuery, match="edges ascend"):
        step_of(Field("width", "number", "image"), edges)


def test_a_thousand_edges_are_taken_and_no_more():
    field = Field("width", "number", "image")
    thousand = "e" + "_".join(map(str, range(1000)))
    assert step_of(field, thousand).apply(999) == 999
    with pytest.raises(BadQuery, match="1000 at most"):
        step_of(field, f"{thousand}_1000")


@pytest.mark.parametrize(("quantiles", "is_one"), [("q2", True), ("q1000", True), ("q1", False), ("q1001", False)])
def test_quantiles_are_from_two_bins_to_a_thousand(quantiles, is_one):
    field = Field("width", "number", "image")
    if is_one:
        assert step_of(field, quantiles).quantiles == int(quantiles[1:])
    else:
        with pytest.raises(BadQuery, match="four bins"):
            step_of(field, quantiles)
