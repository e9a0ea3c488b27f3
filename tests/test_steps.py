"""Bins with about as many instances each."""

from __future__ import annotations

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import Field
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
