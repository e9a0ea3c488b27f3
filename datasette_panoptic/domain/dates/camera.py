"""Capture dates as image files write them: 2019:07:14 16:20:01 in EXIF, ISO 8601 in XMP."""

from __future__ import annotations

import re

from .periods import period

#: Of a fraction of a second.
MOST_DIGITS = 9

WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:[-:/](?P<month>\d\d)(?:[-:/](?P<day>\d\d)"
    r"(?:[T ](?P<minute>\d\d:\d\d)(?P<second>:\d\d)?(?P<fraction>\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
ZONE = re.compile(r"([+-]\d\d):?(\d\d)", re.ASCII)


def read(text: str, *, fraction: str = "", zone: str = "") -> str | None:
    """Return a date in the form that is stored, as precise as it is given; None for what is no date.

    A day that no calendar has makes it none; a time that no clock shows, or a zone that is nowhere, only costs itself.
    Zeros stand for what is unknown: 1890:00:00 is the year. Other fields of the file may give `fraction` and `zone`.
    """
    match = WRITTEN.fullmatch(text.strip("\0 "))
    if not match or match["year"] == "0000":
        return None
    if match["month"] in (None, "00"):
        return match["year"]
    if int(match["month"]) > 12:  # EDTF would read some as seasons
        return None
    if match["day"] in (None, "00"):
        return f"{match['year']}-{match['month']}"
    day = f"{match['year']}-{match['month']}-{match['day']}"
    if not period(day):
        return None
    if not match["minute"]:
        return day
    time = f"{day}T{match['minute']}{match['second'] or ''}"
    digits = (match["fraction"] or fraction).strip("\0 .")[:MOST_DIGITS]
    if match["second"] and digits.isascii() and digits.isdigit():
        time += f".{digits}"
    zoned = time + ZONE.sub(r"\1:\2", (match["zone"] or zone).strip("\0 "))
    return next((each for each in (zoned, time) if period(each)), day)
