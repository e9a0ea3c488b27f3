"""Dates as people write them, read into the form in which they are stored: see `periods`.

A date keeps its precision, its zone, and the marks of what is uncertain. What is neither plain ISO 8601 nor a day in
numbers is EDTF (ISO 8601-2), levels 0 and 1, or no date.
"""

from __future__ import annotations

import re
import warnings
from datetime import UTC, date, datetime
from functools import lru_cache
from threading import Lock

from . import calendar
from .periods import DECADE, MARK, PLAIN, SEASONS, WEEK, ZONE, period

TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
ISO = re.compile(
    r"(?P<year>-?\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})"
    rf"(?:[T ](?:{TIME}|(?P<whole_hour>\d{{1,2}}))\s*(?P<zone>Z|[+-]\d{{2}}(?::?\d{{2}})?)?)?)?)?",
    re.ASCII | re.IGNORECASE,
)
YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<mark>[/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?:[ T,]+{TIME})?", re.ASCII
)
DAY_FIRST = re.compile(
    rf"(?:(?P<day>\d{{1,2}})[/.])?(?P<month>\d{{1,2}})[/.](?P<year>\d{{4}})(?:[ T,]+{TIME})?", re.ASCII
)
#: What may be EDTF; asking the library about each text of a column that has no dates would take hours.
EXTENDED = re.compile(r"[-0-9XY?~%/.]{4,60}")
ABOUT = re.compile(r"\bc(?:a|irca)?\b\.?|\babout\b|\bvers\b|\benv(?:\.|iron)|\?", re.IGNORECASE)
SPAN = re.compile("(\\d{4})\\s*[-\N{EN DASH}]\\s*(\\d{4})")
BEFORE_CHRIST = re.compile(r"(\d{1,4})\s*(?:BCE?\b|av\.? ?J)", re.IGNORECASE)

#: Digits of a fraction of a second.
MOST_DIGITS = 9
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_library = Lock()  # its parser keeps its state in a module


class NotADate(ValueError):
    """A text that names no date; the message says what would."""


def parse(text: str) -> str:
    """Read a date: ISO 8601, year first (1890/05/03), day first (03/05/1890, 03.05.1890, 05/1890), or EDTF.

    Raises NotADate, which says what is impossible about a date that no calendar has.
    """
    text = text.strip()
    match = ISO.fullmatch(text) or YEAR_FIRST.fullmatch(text) or DAY_FIRST.fullmatch(text)
    if match and not (_is_season(match) or match["year"] == "-0000"):
        return _plain(text, match)
    joined = re.sub(r"\s*([/?~%])\s*", r"\1", text).upper()
    if extended := _extended(joined):
        return extended
    for part in joined.split("/"):
        if (match := ISO.fullmatch(MARK.sub("", part))) and (fault := _fault(match.groupdict())):
            raise NotADate(f"`{text}` is not in the calendar: {fault}")
    raise NotADate(f"`{text}` is no date; {_hint(text)}")


def _is_season(match: re.Match[str]) -> bool:
    return match["day"] is None and len(match["month"] or "") == 2 and int(match["month"]) in SEASONS


def _plain(text: str, match: re.Match[str]) -> str:
    parts = match.groupdict()
    if parts["day"] and not parts["month"]:
        raise NotADate(f"`{text}` has a day and no month")
    if fault := _fault(parts):
        raise NotADate(f"`{text}` is not in the calendar: {fault}")
    written = parts["year"] + "".join(f"-{int(parts[part]):02}" for part in ("month", "day") if parts[part])
    hour = parts["hour"] or parts.get("whole_hour")
    if hour is None:
        return written
    clock = ":".join([f"{int(hour):02}", *(parts[part] for part in ("minute", "second") if parts[part])])
    fraction = f".{parts['fraction']}" if parts["fraction"] else ""
    return f"{written}T{clock}{fraction}{_zone(parts.get('zone') or '')}"


def _zone(text: str) -> str:
    digits = text.replace(":", "")
    return f"{digits[:3]}:{digits[3:] or '00'}" if len(digits) > 1 else digits.upper()


def _fault(parts: dict[str, str | None]) -> str:
    """Say what is impossible in the numbers of a date; nothing where all is well."""
    year, month, day = (int(parts[part] or 1) for part in ("year", "month", "day"))
    if not 1 <= month <= 12:
        first = str(parts["year"])
        span = f"; write {first}/{first[:-2]}{month} for an interval of years" if month > int(first[-2:]) else ""
        return f"there is no month {parts['month']}{span if parts['day'] is None else ''}"
    last = calendar.days_in(year, month)
    if not 1 <= day <= last:
        return f"{MONTHS[month - 1]} {year} has {last} days"
    if (hour := parts["hour"] or parts.get("whole_hour")) and int(hour) > 23:
        return "hours go from 00 to 23; 24:00 is 00:00 of the next day"
    if int(parts["minute"] or 0) > 59:
        return "minutes go from 00 to 59"
    if int(parts["second"] or 0) > 59:
        return "seconds go from 00 to 59; a leap second has no place here"
    if len(parts["fraction"] or "") > MOST_DIGITS:
        return f"a fraction of a second has at most {MOST_DIGITS} digits"
    if not re.fullmatch(ZONE, _zone(parts.get("zone") or "")):
        return f"there is no zone {parts['zone']}"
    return ""


@lru_cache(maxsize=2**14)
def _extended(text: str) -> str | None:
    """Read a date that is no plain one; None where it is none.

    A plain date or season with a mark is read here. Whether anything else is EDTF is for the library to say, which
    takes milliseconds; `period` only knows what it means. Of an interval each end is read by itself.
    """
    if WEEK.fullmatch(text) and period(text):
        return text
    if match := DECADE.fullmatch(text.replace("S", "s")):
        text = f"{match[1]}X"  # what groups and people call 189X
    if not EXTENDED.fullmatch(text) or not period(text):
        return None
    ends = text.split("/")
    return (
        text if all(end in ("", "..") or PLAIN.fullmatch(MARK.sub("", end)) or _is_edtf(end) for end in ends) else None
    )


def _is_edtf(text: str) -> bool:
    with _library, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the parser's, of its own grammar
        from edtf.parser.grammar import level1Expression
        from pyparsing import ParseException

        try:
            level1Expression.parse_string(text, parse_all=True)
        except ParseException:
            return False
    return True


def _hint(text: str) -> str:
    """Say how to write what a text may mean."""
    if match := BEFORE_CHRIST.search(text):
        return f"write -{int(match[1]) - 1:04} for {int(match[1])} BC, since there is a year 0000"
    if ABOUT.search(text):
        return "write 1890~ for about 1890, 1890? for an uncertain 1890, 189X for a year of the 1890s"
    if match := SPAN.fullmatch(text):
        return f"write {match[1]}/{match[2]} for the years from {match[1]} to {match[2]}"
    if "/" in text and all(map(period, text.split("/"))):
        return "an interval begins before it ends"
    return "write 1890, 1890-05, 1890-05-03, 03/05/1890 or 1890-05-03T14:30, or EDTF: 1890~, 189X, 1890/1895"


def today() -> date:
    return datetime.now(UTC).date()
