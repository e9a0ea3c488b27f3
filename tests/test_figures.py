"""Budgets of the benchmarks: which figures miss them, and that the table says so."""

from __future__ import annotations

import pytest

from .bench.figures import Figure, table


@pytest.mark.parametrize(
    ("figure", "missed"),
    [
        (Figure("time", 5, "ms", at_most=5), False),
        (Figure("time", 5.1, "ms", at_most=5), True),
        (Figure("frames", 60, "fps", at_least=60), False),
        (Figure("frames", 59, "fps", at_least=60), True),
        (Figure("memory", 10**12, "B"), False),
    ],
)
def test_budget_is_missed(figure: Figure, missed: bool) -> None:
    assert figure.is_missed is missed
    assert ("missed" in table([figure])) is missed


def test_table_lines_up() -> None:
    lines = table(
        [Figure("a", 1234567, "images", at_most=1), Figure("longer name", 0.5, "s", at_least=0.1)]
    ).splitlines()
    assert [line.index("≤" if "≤" in line else "≥") for line in lines[1:]] == [lines[0].index("budget")] * 2
