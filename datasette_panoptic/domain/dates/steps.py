"""What dates are grouped by: the unit of time that a date lies in, its month of any year, its day of the week."""

from __future__ import annotations

import re

from . import calendar
from .calendar import DAY
from .periods import name_of, period

#: Units whose groups follow each other in time.
UNITS = ("century", "decade", "year", "month", "week", "day", "hour", "minute", "second")
#: Groups that come again, the unit that a date must lie in to have one, and the name of those that are less precise.
AGAIN = {"monthofyear": ("month", "XX"), "weekday": ("day", "X")}

STEPS = (*UNITS, *AGAIN)

#: What a plain date begins with, and how many characters of it name its unit.
PLAIN_START = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-\d\d(?:T\d\d(?::\d\d){0,2})?)?)?", re.ASCII)
LENGTHS = {"year": 4, "month": 7, "day": 10, "hour": 13, "minute": 16, "second": 19}


def unit_of(text: str, unit: str) -> str:
    """Name the unit that a stored date lies in, which is known: `step_of`, for a plain date in a tenth of the time."""
    start = text[: LENGTHS.get(unit, 0)]
    return start if start and PLAIN_START.fullmatch(start) else step_of(text, unit)


def step_of(text: str, step: str) -> str:
    """Return the group of a stored date: 1890-05 for its month, 05 for its month of any year, 1 for a Monday.

    A date that does not lie in one unit has a group of its own, named by its period: 1890 among months, 1890/1895 among
    years. What is no date has one named by itself.
    """
    known = period(text)
    if known is None:
        return text
    unit, unknown = AGAIN.get(step, (step, ""))
    number = calendar.index(unit, known.begin)
    if number != calendar.index(unit, known.end):
        return unknown or name_of(known)
    if step == "monthofyear":
        return f"{number % 12 + 1:02}"
    if step == "weekday":
        return str(calendar.weekday(number * DAY))
    return calendar.name(unit, number)
