"""The bars of a chart of dates: units of time, each with the dates that lie in it as a whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datasette_panoptic.domain.dates import calendar
from datasette_panoptic.domain.dates.calendar import DAY, YEARS, write_year
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.query import Condition
from datasette_panoptic.errors import BadQuery

from .bars import MOST_BARS, NO_BAR, Bar, BarOf, check
from .periods import Periods, unit_numbers

#: The steps of dates from fine to coarse, with the longest that one lasts in seconds.
STEPS = {"hour": 3_600, "day": DAY, "month": 31 * DAY, **{unit: years * 366 * DAY for unit, years in YEARS.items()}}
#: What is drawn begins and ends here: a chart that holds a dinosaur shows nothing else.
FIRST, LAST = calendar.start("year", -9_999), calendar.start("year", 10_000) - 1


def date_bars(field: Field, periods: Periods, counts: NDArray[np.int64], step: str) -> tuple[str, list[Bar], BarOf]:
    """Cut a range of dates at the beginnings of units; an empty step is chosen by the range. Raises BadQuery.

    `counts` are the cells that have each date.
    """
    if step and step not in STEPS:
        raise BadQuery(f"`_step` cannot be `{step}`; choose among {', '.join(STEPS)}")
    drawn = (counts > 0) & (periods.begins >= FIRST) & (periods.ends <= LAST)
    step = step or choose(periods, counts, drawn)
    inside, numbers = in_units(periods, drawn, step)
    bar_of = np.full(len(counts), NO_BAR)
    if not len(inside):
        return step, [], bar_of
    low, high = int(numbers.min()), int(numbers.max())
    check(field, high - low + 1)
    bar_of[inside] = numbers - low
    return step, [bar(field, step, number) for number in range(low, high + 1)], bar_of


def choose(periods: Periods, counts: NDArray[np.int64], drawn: NDArray[np.bool_]) -> str:
    """Choose the finest step that most dates are exact enough for and that makes no more than MOST_BARS."""
    most_vague = counts[drawn].sum() // 10
    for step, longest in STEPS.items():
        narrow = np.flatnonzero(drawn & (periods.ends - periods.begins < longest))
        if not len(narrow) or counts[drawn].sum() - counts[narrow].sum() > most_vague:
            continue
        low, high = (calendar.index(step, int(periods.begins[narrow[at]])) for at in (0, -1))
        if high - low >= MOST_BARS:
            continue
        inside, _ = in_units(periods, drawn, step)
        if counts[drawn].sum() - counts[inside].sum() <= most_vague:
            return step
    return "millennium"


def in_units(periods: Periods, drawn: NDArray[np.bool_], step: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which dates lie in one unit of a step each, and the numbers of these units."""
    places = np.flatnonzero(drawn)
    numbers, last = unit_numbers(step, periods.begins[places]), unit_numbers(step, periods.ends[places])
    inside = numbers == last
    return places[inside], numbers[inside]


def bar(field: Field, step: str, number: int) -> Bar:
    if YEARS.get(step, 1) > 1:
        low, high = map(write_year, calendar.low_and_high(step, number))
        return Bar(low, high, (Condition(field.name, "between", (low, high)),))
    name = calendar.name(step, number)
    first = f"{name[:-3]} {name[-2:]} h" if step == "hour" else name
    return Bar(first, "", (Condition(field.name, "within", (name,)),))
