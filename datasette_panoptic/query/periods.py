"""Periods of many dates at once, as arrays: what the column cache compares, draws and groups dates by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from datasette_panoptic.domain.dates import calendar
from datasette_panoptic.domain.dates.calendar import DAY, FIXED, HOUR, MINUTE
from datasette_panoptic.domain.dates.periods import AFTER_SECONDS, period

Seconds = NDArray[np.int64]

#: Begin and end of a text that is no date: no comparison holds for it, and it sorts before all dates.
NEVER, FOREVER = np.iinfo(np.int64).min, np.iinfo(np.int64).max

#: A time to the second. What begins a text of one of LENGTHS is compared with what begins this.
SHAPE = np.frombuffer(b"0000-00-00T00:00:00", dtype=np.uint8)
LENGTHS = (4, 7, 10, 16, 19)


@dataclass(frozen=True)
class Periods:
    """First and last second of each of some dates."""

    begins: Seconds
    ends: Seconds

    @property
    def known(self) -> NDArray[np.bool_]:
        return self.begins != NEVER

    def order(self) -> NDArray[np.int64] | None:
        """Return places in the order of time: what begins first, then what ends last; None where they are in it.

        Dates that begin and end together stay in their order.
        """
        begins, ends = self.begins, self.ends
        later = begins[1:] > begins[:-1]
        if (later | ((begins[1:] == begins[:-1]) & (ends[1:] <= ends[:-1]))).all():
            return None
        return np.lexsort([-ends, begins])

    def taken(self, places: NDArray[np.int64]) -> Periods:
        return Periods(self.begins[places], self.ends[places])


def unit_numbers(unit: str, seconds: Seconds) -> NDArray[np.int64]:
    """Number the units of time in which seconds lie, as `calendar.index`, which a table of days saves most work."""
    days = seconds // DAY
    low, high = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    if unit in FIXED or high - low > 4 * len(days):
        return calendar.index(unit, seconds)
    return calendar.index(unit, np.arange(low, high + 1) * DAY)[days - low]


def periods(texts: Sequence[str]) -> Periods:
    """Return the period of each stored date; those of common shapes are read column by column of their characters."""
    spans = Periods(np.full(len(texts), NEVER), np.full(len(texts), FOREVER))
    rest = np.ones(len(texts), dtype=bool)
    joined = "".join(texts)
    if joined.isascii():
        letters = np.frombuffer(joined.encode(), dtype=np.uint8)
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        starts = np.cumsum(lengths) - lengths
        for length in LENGTHS:
            rows = np.flatnonzero(lengths == length)
            if length == LENGTHS[-1]:
                rows = np.concatenate([rows, _with_suffix(texts, np.flatnonzero(lengths > length), length)])
            if len(rows):
                are_dates, begins, ends = _read(sliding_window_view(letters, length)[starts[rows]])
                rows = rows[are_dates]
                spans.begins[rows], spans.ends[rows] = begins[are_dates], ends[are_dates]
                rest[rows] = False
    for place in np.flatnonzero(rest).tolist():
        if one := period(texts[place]):
            spans.begins[place], spans.ends[place] = one
    return spans


def _with_suffix(texts: Sequence[str], rows: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return the rows whose texts go on as times do: with a fraction, a zone, or both."""
    suffixes = [texts[row][length:] for row in rows.tolist()]
    are_right = {suffix: AFTER_SECONDS.fullmatch(suffix) is not None for suffix in set(suffixes)}
    return rows[np.fromiter(map(are_right.__getitem__, suffixes), bool, len(suffixes))]


def _read(letters: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], Seconds, Seconds]:
    """Read dates of one length, a row of characters each: which of them are dates, and their first and last seconds."""
    shape = SHAPE[: letters.shape[1]]
    is_digit = shape == ord("0")
    right = (letters[:, is_digit] - ord("0") < 10).all(axis=1)
    right &= (letters[:, ~is_digit] == shape[~is_digit]).all(axis=1)

    def number(start: int, stop: int, least: int) -> NDArray[np.int64]:
        total = np.zeros(len(letters), dtype=np.int64)
        if start >= len(shape):
            return total + least
        for place in range(start, stop):
            total = total * 10 + (letters[:, place] - ord("0"))
        return total

    year, month, day = number(0, 4, 0), number(5, 7, 1), number(8, 10, 1)
    right &= (month >= 1) & (month <= 12) & (day >= 1)
    months = year * 12 + month - 1
    low = int(months.min())
    firsts = calendar.start("month", np.arange(low, int(months.max()) + 13)) // DAY  # a table: dates share months
    month_begins, month_ends = firsts[months - low], firsts[months - low + 1]
    right &= day <= month_ends - month_begins
    hour, minute, second = number(11, 13, 0), number(14, 16, 0), number(17, 19, 0)
    right &= (hour < 24) & (minute < 60) & (second < 60)
    begins = (month_begins + day - 1) * DAY + hour * HOUR + minute * MINUTE + second
    match len(shape):
        case 4:
            return right, begins, firsts[months - low + 12] * DAY - 1
        case 7:
            return right, begins, month_ends * DAY - 1
    return right, begins, begins + {10: DAY, 16: MINUTE, 19: 1}[len(shape)] - 1
