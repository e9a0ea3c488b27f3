"""Dates that keep the precision they were given with: a year stays a year.

A date is ISO 8601 text cut at its precision: `1890`, `1890-05`, `1890-05-03`, `1890-05-03T14:30`. Such
texts sort as the periods they name begin. What a text names ends before the text followed by END.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

#: Sorts after every character of a date, so `1890` + END is the end of 1890.
END = "~"

ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})"
    r"(?:[T ](?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?)?)?"
)
YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})"
    r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
)
DAY_FIRST = re.compile(
    r"(?:(?P<day>\d{1,2})[/.])?(?P<month>\d{1,2})[/.](?P<year>\d{4})"
    r"(?:[ T,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
)
UNCERTAIN = re.compile(r"[?~%]|\bca?\.|\bcirca\b|\bvers\b|X{1,4}\b", re.IGNORECASE)
BEFORE_CHRIST = re.compile(r"^\s*-\d|\bBCE?\b|\bav\.? ?J", re.IGNORECASE)


class NotADate(ValueError):
    """A text that names no date; the message says what would."""


def parse(text: str) -> str:
    """Read a date in ISO 8601, year first (1890/05/03) or day first (03/05/1890, 03.05.1890, 05/1890), as ISO text.

    A time with a zone is turned into UTC; without one it is kept as it is. Raises NotADate, also for dates that this
    form cannot hold: before year 1, or uncertain ones.
    """
    text = text.strip()
    if BEFORE_CHRIST.search(text):
        raise NotADate(f"`{text}` is before the year 1, which dates here cannot hold; use a number or a text")
    if UNCERTAIN.search(text):
        raise NotADate(f"`{text}` is an uncertain date; give the part that is certain (1890, 1890-05), or use a text")
    match = ISO.fullmatch(text) or YEAR_FIRST.fullmatch(text) or DAY_FIRST.fullmatch(text)
    if not match:
        raise NotADate(f"`{text}` is no date; write 1890, 1890-05, 1890-05-03, 03/05/1890 or 1890-05-03T14:30")
    parts = match.groupdict()
    given = [int(parts[name]) for name in ("year", "month", "day", "hour", "minute", "second") if parts[name]]
    if parts["day"] and not parts["month"]:
        raise NotADate(f"`{text}` has a day and no month")
    try:
        moment = datetime(*[*given, 1, 1][: max(len(given), 3)])  # type: ignore[arg-type]  # checks the calendar
    except ValueError:
        raise NotADate(f"`{text}` is not in the calendar") from None
    if zone := parts.get("zone"):
        moment = datetime.fromisoformat(f"{moment.isoformat()}{zone}").astimezone(UTC)
    length = {1: 4, 2: 7, 3: 10, 5: 16, 6: 19}[len(given)]
    return moment.strftime("%Y").zfill(4) + moment.isoformat()[4:length]


def today() -> date:
    return datetime.now(UTC).date()
