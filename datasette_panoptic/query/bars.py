"""What the bars of a chart cover: even stretches of a field's values, with the conditions that ask for each."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.query import Condition
from datasette_panoptic.errors import BadQuery

from .operators import Value, number

#: Bars that a chart has where nobody chooses its step.
MOST_BARS = 60
#: Bars that anybody may ask for.
LIMIT = 2_000

#: For each value the place of its bar, or NO_BAR.
BarOf = NDArray[np.int64]
NO_BAR = -1


@dataclass(frozen=True)
class Bar:
    """What its conditions ask for: from `first` to `last`, below it if they are numbers; empty: `first` alone."""

    first: str
    last: str
    conditions: tuple[Condition, ...]
    count: int = 0


def number_bars(
    field: Field, values: Sequence[Value], low: Value, high: Value, step: str
) -> tuple[str, list[Bar], BarOf]:
    """Cut a range of ascending numbers at the multiples of a width; an empty step is chosen by the range."""
    width = Decimal(repr(number(step))) if step else nice_width(low, high)
    if width <= 0:
        raise BadQuery(f"`_step` must be above 0, not `{width}`")
    first, last = (int((Decimal(repr(end)) / width).to_integral_value("ROUND_FLOOR")) for end in (low, high))
    check(field, last - first + 1)
    edges = [f"{(place * width).normalize():f}" for place in range(first, last + 2)]
    whole = width == 1 and isinstance(low, int) and isinstance(high, int)
    bars: list[Bar] = []
    bar_of = np.full(len(values), NO_BAR)
    for start, stop in pairwise(edges):
        bar_of[bisect_left(values, number(start)) : bisect_left(values, number(stop))] = len(bars)
        exact = (Condition(field.name, "exact", (start,)),)
        conditions = exact if whole else (Condition(field.name, "gte", (start,)), Condition(field.name, "lt", (stop,)))
        bars.append(Bar(start, "" if whole else stop, conditions))
    return str(width), bars, bar_of


def nice_width(low: Value, high: Value) -> Decimal:
    """Return 1, 2 or 5 times a power of ten that cuts a range into at most MOST_BARS; whole where the range is."""
    span = Decimal(repr(high)) - Decimal(repr(low))
    wanted = max(span / (MOST_BARS - 1), Decimal(1) if isinstance(low, int) and isinstance(high, int) else Decimal(0))
    if not wanted:
        return Decimal(1)
    power = Decimal(10) ** math.floor(wanted.log10())
    return next(width for width in (power, 2 * power, 5 * power, 10 * power) if width >= wanted).normalize()


def check(field: Field, count: int) -> None:
    """Raise BadQuery where a step would make more bars than anybody can read."""
    if count > LIMIT:
        raise BadQuery(
            f"`_step` cuts `{field.name}` into {count} bars, more than the limit of {LIMIT}; use a wider step"
        )
