"""What stretch of time a stored date means: from its first to its last second, by the clock of whoever wrote it.

A stored date is ISO 8601 cut at its precision (1890, 1890-05, 1890-05-03, 1890-05-03T14:30), with its zone if it was
written with one, or EDTF of level 0 or 1 (189X, 1890~, 1890-21, 1890/1895, ../1890, -0043, Y170000002). A zone says
where the clock hung; it moves nothing: 00:30+02:00 is half past midnight.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from . import calendar
from .calendar import DAY, HOUR, MINUTE

#: Stands for the beginning of what has none, and negated for the end of what has none.
ALWAYS = -(2**62)
#: Years of more digits do not fit into seconds of 64 bits.
MOST_DIGITS = 11

FRACTION = r"(?:\.\d{1,9})?"
ZONE = r"(?P<zone>Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?"
PLAIN = re.compile(
    r"(?P<year>(?!-0000)-?\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    rf"(?:T(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d){FRACTION})?)?{ZONE})?)?)?",
    re.ASCII,
)
#: What may follow the seconds of a time.
AFTER_SECONDS = re.compile(FRACTION + ZONE, re.ASCII)
UNSPECIFIED = re.compile(
    r"(?P<years>-?(?:\d{3}X|\d\dXX|\dXXX))|(?P<year>(?!-0000)-?\d{4})-(?:(?P<month>\d\d)-XX|XX(?:-XX)?)", re.ASCII
)
LONG_YEAR = re.compile(rf"Y(-?[1-9]\d{{4,{MOST_DIGITS - 1}}})", re.ASCII)
DECADE = re.compile(r"(-?\d{3})0s", re.ASCII)
WEEK = re.compile(r"((?!-0000)-?\d{4})-W(\d\d)", re.ASCII)
MARK = re.compile(r"[?~%]$")

#: EDTF's seasons with their first and last month. It knows no hemispheres, and a season stays in the year that it is
#: written with: winter is its December.
SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 12)}


class Period(NamedTuple):
    """First and last second, counted from 1970-01-01T00:00:00 by the local clock."""

    begin: int
    end: int


@lru_cache(maxsize=2**17)
def period(text: str) -> Period | None:
    """Return the period of a stored date; None where a text is none."""
    return _quick(text) or (_interval(text) if "/" in text else _single(text))


def _quick(text: str) -> Period | None:
    """Read days and times as most are written; None where a text is not among them."""
    length = {10: DAY, 16: MINUTE, 19: 1}.get(len(text))
    if length is None or text[4] != "-" or text[7] != "-" or not text.isascii():
        return None
    if length < DAY and (text[10] != "T" or text[11:13] == "24" or text[13] != ":"):
        return None
    if length == 1 and text[16] != ":":
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    begin = (moment.toordinal() - 719_163) * DAY + moment.hour * HOUR + moment.minute * MINUTE + moment.second
    return Period(begin, begin + length - 1)


def _interval(text: str) -> Period | None:
    ends = text.split("/")
    if len(ends) != 2 or not any(end.strip(".") for end in ends) or "T" in text:
        return None
    periods = [Period(ALWAYS, -ALWAYS) if end in ("", "..") else _single(end) for end in ends]
    first, last = periods
    return Period(first.begin, last.end) if first and last and first.begin <= last.end else None


def _single(text: str) -> Period | None:
    if match := PLAIN.fullmatch(text):
        return _plain(match)
    unmarked = MARK.sub("", text)
    if match := PLAIN.fullmatch(unmarked):
        return None if match["hour"] else _plain(match)
    if match := UNSPECIFIED.fullmatch(unmarked):
        if match["years"]:
            return _years(match["years"])
        months = (int(match["month"]),) * 2 if match["month"] else (1, 12)
        return _months(int(match["year"]), *months)
    if match := LONG_YEAR.fullmatch(unmarked):
        return _of_units("year", int(match[1]))
    if match := DECADE.fullmatch(text):
        return _years(f"{match[1]}X")
    if match := WEEK.fullmatch(text):
        number = calendar.index("week", calendar.day_of(int(match[1]), 1, 4) * DAY) + int(match[2]) - 1
        return _of_units("week", number) if calendar.name("week", number) == text else None
    return None


def _plain(match: re.Match[str]) -> Period | None:
    year, month, day = (int(match[part] or 1) for part in ("year", "month", "day"))
    if not match["month"]:
        return _months(year, 1, 12)
    if not match["day"]:
        return _months(year, *SEASONS.get(month, (month, month)))
    if not (1 <= month <= 12 and 1 <= day <= calendar.days_in(year, month)):
        return None
    begin, length = calendar.day_of(year, month, day) * DAY, DAY
    for part, most, unit in (("hour", 23, HOUR), ("minute", 59, MINUTE), ("second", 59, 1)):
        if match[part] is None:
            break
        if int(match[part]) > most:
            return None
        begin, length = begin + int(match[part]) * unit, unit
    return Period(begin, begin + length - 1)


def _months(year: int, first: int, last: int) -> Period | None:
    """Return the months of a year, both included."""
    if not 1 <= first <= last <= 12:
        return None
    return Period(calendar.day_of(year, first, 1) * DAY, calendar.day_of(year, last + 1, 1) * DAY - 1)


def _years(text: str) -> Period:
    """Return the years that a text with X at its end means: of -004X -0049 to -0040, of -000X -0009 to -0001."""
    length = 10 ** text.count("X")
    count = int(text.strip("-X") or 0)
    low, high = count * length, (count + 1) * length - 1
    if text.startswith("-"):
        low, high = -high, -max(low, 1)
    return Period(calendar.day_of(low, 1, 1) * DAY, calendar.day_of(high + 1, 1, 1) * DAY - 1)


def _of_units(unit: str, number: int) -> Period:
    return Period(calendar.start(unit, number), calendar.start(unit, number + 1) - 1)


def name_of(given: Period) -> str:
    """Name a period in the shortest way: the same period has the same name, however it was written."""
    lasts = given.end - given.begin + 1
    fixed = [unit for unit, length in calendar.FIXED.items() if length == lasts]
    for unit in fixed or ("century", "decade", "year", "month", "week"):
        number = calendar.index(unit, given.begin)
        if given == _of_units(unit, number):
            return calendar.name(unit, number)
    year, *_ = calendar.civil(given.begin // DAY)
    for season, months in SEASONS.items():
        if given == _months(year, *months):
            return f"{calendar.write_year(year)}-{season}"
    return f"{_edge(given.begin, 0)}/{_edge(given.end, 1)}"


def _edge(second: int, after: int) -> str:
    """Name the end of an interval: the longest unit that begins, or ends (`after` = 1), with a second."""
    if abs(second) == -ALWAYS:
        return ".."
    for unit in ("year", "month"):
        number = calendar.index(unit, second)
        if calendar.start(unit, number + after) - after == second:
            return calendar.name(unit, number)
    return calendar.name("day", calendar.index("day", second))
