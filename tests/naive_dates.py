"""The plainest reading of stored dates: clocks as tuples, EDTF by its library. The oracle of `domain.dates`."""

from __future__ import annotations

import re
import warnings
from calendar import isleap
from datetime import date
from functools import cache

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the parser's, of its own grammar
    import edtf

Clock = tuple[float, ...]

FIRSTS, LASTS = (1, 1, 1, 0, 0, 0), (9999, 12, 31, 23, 59, 59)
UNITS = {"year": 1, "month": 2, "day": 3, "hour": 4, "minute": 5, "second": 6}


def month_length(year: int, month: int) -> int:
    return {2: 28 + isleap(year), 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31)


@cache
def span(text: str) -> tuple[Clock, Clock] | None:
    """Return the first and the last second that a stored date means, each as year, month, day, hour, minute, second."""
    if decade := re.fullmatch(r"(.*\d)0s", text):  # the name of a group
        return span(f"{decade[1]}X")
    if week := re.fullmatch(r"(.*)-W(\d\d)", text):
        year = int(week[1])
        ends = [date.fromisocalendar(year % 400 + 400, int(week[2]), day) for day in (1, 7)]
        first, last = ((day.year + year - (year % 400 + 400), day.month, day.day) for day in ends)
        return (*first, 0, 0, 0), (*last, 23, 59, 59)
    match = re.fullmatch(r"(\d{4}(?:-\d\d){0,2}(?:T\d\d(?::\d\d){0,2})?)(?:\.\d+)?(?:Z|(?<=:\d\d)[+-]\d\d:\d\d)?", text)
    parts = [int(part) for part in re.findall(r"\d+", match[1])] if match else []
    if parts[1:2] < [21]:
        return plain(parts) if parts else extended(text)
    return extended(text)


def plain(parts: list[int]) -> tuple[Clock, Clock] | None:
    last = [*parts, *LASTS[len(parts) :]]
    length = month_length(last[0], last[1])
    if len(parts) < 3:
        last[2] = length
    limits = zip(parts, (0, 1, 1, 0, 0, 0), (9999, 12, length, 23, 59, 59), strict=False)
    if not all(low <= part <= high for part, low, high in limits):
        return None
    return (*parts, *FIRSTS[len(parts) :]), tuple(last)


def extended(text: str) -> tuple[Clock, Clock] | None:
    if text.count("Y") == 2:  # of these the library knows no intervals
        first, last = map(extended, text.split("/"))
        return first[0], last[1]
    try:
        found = edtf.parse_edtf(text)
    except edtf.EDTFParseException:
        return None
    begin, end = found.lower_strict(), found.upper_strict()
    if isinstance(begin, float):
        return (-float("inf"),), (*end[:3], 23, 59, 59)
    return (*begin[:3], 0, 0, 0), (float("inf"),) if isinstance(end, float) else (*end[:3], 23, 59, 59)


def holds(operator: str, value: str, operands: list[str]) -> bool:
    found, asked = span(value), [span(operand) for operand in operands]
    if operator == "any":
        return any(holds("exact", value, [operand]) for operand in operands)
    if found is None:
        return False
    (begin, end), (first, last) = found, asked[0]
    return {
        "exact": (begin, end) == (first, last),
        "gt": begin > last,
        "gte": begin >= first,
        "lt": end < first,
        "lte": end <= last,
        "within": begin >= first and end <= last,
        "between": begin >= first and end <= asked[-1][1],
    }[operator]


class Longest:
    """Sorts what ends last first."""

    def __init__(self, end: Clock) -> None:
        self.end = end

    def __lt__(self, other: Longest) -> bool:
        return self.end > other.end

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Longest) and self.end == other.end


def in_time(text: str) -> tuple[object, ...]:
    """Return what dates sort by: what is none first, then what begins first, what ends last, and how it is written."""
    found = span(text)
    return (0, text) if found is None else (1, found[0], Longest(found[1]), text)


#: What groups of dates that are not exact enough are called, where it is not how they are written.
NAMES = {
    "1890?": "1890", "189X": "1890s", "-004X": "-0040s", "1890-05-XX": "1890-05",
    "2021-05-03T12:00+02:00": "2021-05-03T12:00",
}  # fmt: skip


def year_name(year: int) -> str:
    return f"{'-' * (year < 0)}{abs(year):04}" if abs(year) < 10_000 else f"Y{year}"


def in_cycle(clock: Clock) -> date:
    """Return the same day in years that Python knows; the calendar and its weekdays repeat every 400 years."""
    year, month, day = map(int, clock[:3])
    return date(year % 400 + 400, month, day)


def step(text: str, unit: str) -> str:
    """Return the group of a date."""
    found = span(text)
    if found is None:
        return text
    again = {"monthofyear": ("month", "XX"), "weekday": ("day", "X")}
    begin, end = found
    unknown = NAMES.get(text, text)
    if unit in again:
        within, unknown = again[unit]
        if begin[: UNITS[within]] != end[: UNITS[within]]:
            return unknown
        return f"{begin[1]:02}" if unit == "monthofyear" else str(in_cycle(begin).isoweekday())
    if float("-inf") in begin or float("inf") in end:
        return unknown
    year = int(begin[0])
    if unit in ("decade", "century"):
        names = [year_name(int(clock[0]))[: -1 if unit == "decade" else -2] for clock in found]
        if names[0] != names[1]:
            return unknown
        if names[0].startswith("Y"):
            low, high = ("00", "99") if unit == "century" else ("0", "9")
            return "/".join(f"{names[0]}{digits}" for digits in sorted((low, high), reverse=year < 0))
        return names[0] + ("0s" if unit == "decade" else "XX")
    if unit == "week":
        if begin[:3] != end[:3]:
            return unknown
        week = in_cycle(begin).isocalendar()
        return f"{year_name(week.year + year - (year % 400 + 400))}-W{week.week:02}"
    length = UNITS[unit]
    if begin[:length] != end[:length]:
        return unknown
    day = "-".join([year_name(year), *(f"{int(part):02}" for part in begin[1:3])][: min(length, 3)])
    return day if length < 4 else f"{day}T" + ":".join(f"{int(part):02}" for part in begin[3:length])
