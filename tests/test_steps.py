"""Bins with about as many instances each."""

from __future__ import annotations

from datasette_panoptic.query.steps import quantile_of


def test_a_bin_is_named_by_a_value_that_an_instance_has():
    """An image that lost its instances leaves its values in the column, with nobody who has them."""
    assert quantile_of([0, 0, 1, 0], 3)[2] == 2
    assert [quantile_of([2, 0, 1, 1], 2)[place] for place in (0, 2, 3)] == [0, 2, 2]
