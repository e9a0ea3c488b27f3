"""What a benchmark finds: figures with units and budgets, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measurement. `at_most` or `at_least` is its budget; without one it is there for information."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def is_missed(self) -> bool:
        too_much = self.at_most is not None and self.value > self.at_most
        too_little = self.at_least is not None and self.value < self.at_least
        return too_much or too_little

    @property
    def budget(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:,g}"
        return "" if self.at_least is None else f"≥ {self.at_least:,g}"


def table(figures: Sequence[Figure]) -> str:
    """Lay figures out in columns: name, value, unit, budget, and whether it is met."""
    rows = [("", "measured", "unit", "budget", "")]
    for figure in figures:
        verdict = "missed" if figure.is_missed else "ok" if figure.budget else ""
        rows.append((figure.name, f"{figure.value:,.4g}", figure.unit, figure.budget, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {unit:<{widths[2]}}  {budget:<{widths[3]}}  {verdict}".rstrip()
        for name, value, unit, budget, verdict in rows
    )
