"""The calendar in whole numbers: local seconds since 1970-01-01T00:00:00, and the units that they are counted in.

This is the Gregorian calendar of ISO 8601 for all time, with a year 0 (1 BC). Arithmetic takes whole numbers, or numpy
arrays of them, so that the column cache computes a million dates with the same formulas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

N = TypeVar("N", int, "NDArray[np.int64]")

MINUTE, HOUR, DAY = 60, 3_600, 86_400

#: Units of a fixed length in seconds.
FIXED = {"second": 1, "minute": MINUTE, "hour": HOUR, "day": DAY}
#: Units of whole years. Those of several years share the leading digits of their years, as EDTF's 189X does: before the
#: year 0, the decade of -0043 is -0049 to -0040.
YEARS = {
    "year": 1, "2years": 2, "5years": 5, "decade": 10, "20years": 20, "50years": 50, "century": 100,
    "millennium": 1_000,
}  # fmt: skip


def day_of(year: N, month: N, day: N) -> N:
    """Number a day; 1970-01-01 is 0. A month or day beyond its range counts on into the next."""
    year = year + (month - 1) // 12
    month = (month - 1) % 12 + 1
    shifted = year - (month <= 2)  # years that begin in March end with the leap day
    era = shifted // 400
    year_of_era = shifted - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def civil(day: N) -> tuple[N, N, N]:
    """Return year, month and day of the month of a numbered day."""
    shifted = day + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    from_march = (5 * day_of_year + 2) // 153
    month = (from_march + 2) % 12 + 1
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * from_march + 2) // 5 + 1


def days_in(year: int, month: int) -> int:
    return day_of(year, month + 1, 1) - day_of(year, month, 1)


def index(unit: str, second: N) -> N:
    """Number the unit of time in which a second lies; units that follow each other have numbers that do."""
    if unit in FIXED:
        return second // FIXED[unit]
    day = second // DAY
    if unit == "week":
        return (day + 3) // 7  # 1970-01-01 was a Thursday, and weeks begin on Monday
    year, month, _ = civil(day)
    if unit == "month":
        return year * 12 + month - 1
    length = YEARS[unit]
    if length == 1:
        return year
    count = abs(year) // length
    return count - (year < 0) * (2 * count + 1)


def start(unit: str, number: N) -> N:
    """Return the first second of a numbered unit of time."""
    if unit in FIXED:
        return number * FIXED[unit]
    if unit == "week":
        return (number * 7 - 3) * DAY
    one = number * 0 + 1
    if unit == "month":
        return day_of(number // 12, number % 12 + 1, one) * DAY
    length = YEARS[unit]
    year = number * length + (number < 0) * (length > 1)
    return day_of(year, one, one) * DAY


def weekday(second: N) -> N:
    """Return the day of the week of a second: 1 is Monday."""
    return (second // DAY + 3) % 7 + 1


def write_year(year: int) -> str:
    """Write a year as EDTF does: four digits, or all of them after a Y."""
    if -9999 <= year <= 9999:
        return f"{'-' * (year < 0)}{abs(year):04}"
    return f"Y{year}"


def name(unit: str, number: int) -> str:
    """Name a unit of time: 18XX, 1890s, 1890, 1890-05, 1890-W18, 1890-05-03, 1890-05-03T14, …"""
    if unit in FIXED:
        day, rest = divmod(number * FIXED[unit], DAY)
        year, month, day = civil(day)
        written = f"{write_year(year)}-{month:02}-{day:02}"
        clock = (f"{rest // HOUR:02}", f"{rest // MINUTE % 60:02}", f"{rest % 60:02}")
        length = ("day", "hour", "minute", "second").index(unit)
        return "T".join([written, ":".join(clock[:length])]) if length else written
    if unit == "week":
        thursday = number * 7
        year, _, _ = civil(thursday)
        return f"{write_year(year)}-W{(thursday - day_of(year, 1, 1)) // 7 + 1:02}"
    if unit == "month":
        return f"{write_year(number // 12)}-{number % 12 + 1:02}"
    low, high = low_and_high(unit, number)
    shared = write_year(min(low, high, key=abs))
    if unit in ("decade", "century") and not shared.startswith("Y"):
        return f"{shared[:-1]}0s" if unit == "decade" else f"{shared[:-2]}XX"
    return shared if low == high else f"{write_year(low)}/{write_year(high)}"


def low_and_high(unit: str, number: int) -> tuple[int, int]:
    """Return the first and the last year of a unit of whole years."""
    return civil(start(unit, number) // DAY)[0], civil((start(unit, number + 1) - 1) // DAY)[0]
