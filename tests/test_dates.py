"""Dates as periods: held to a naive calendar that counts days by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasette_panoptic.domain.dates import calendar
from datasette_panoptic.domain.dates.calendar import DAY, YEARS, write_year
from datasette_panoptic.domain.dates.periods import ALWAYS, name_of, period
from datasette_panoptic.domain.dates.steps import STEPS, UNITS, step_of, unit_of

CYCLE = 146_097  # days in 400 years
COUNTED = ("second", "minute", "hour", "day", "week", "month", *YEARS)

years = st.integers(-12_000, 12_000) | st.sampled_from([0, -1, 1, 4, 100, 400, 1900, 2000, -400, -9999, 10_000])
seconds = st.integers(-(10**15), 10**15) | st.integers(-(10**9), 10**9)


def naive_day(year: int, month: int, day: int) -> int:
    """Count days from 1970, by Python's calendar in the one cycle of 400 years that stands for all."""
    return date(year % 400 + 400, month, day).toordinal() + (year // 400 - 1) * CYCLE - date(1970, 1, 1).toordinal()


def length(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else {4: 30, 6: 30, 9: 30, 11: 30, 2: 28}.get(month, 31)


def days(text: str) -> tuple[int, int] | None:
    """Return the first and the last day of a period."""
    found = period(text)
    if found is None:
        return None
    assert found.begin % DAY == 0
    assert found.end % DAY == DAY - 1
    return found.begin // DAY, found.end // DAY


@given(years, st.integers(1, 12), st.integers(1, 31))
def test_years_months_and_days_are_counted_as_by_hand(year, month, day):
    text = write_year(year)
    last = naive_day(year, 12, 31)
    assert days(text) == (naive_day(year, 1, 1), last)
    if text.startswith("Y"):
        return
    assert days(f"{text}-{month:02}") == (naive_day(year, month, 1), naive_day(year, month, length(year, month)))
    if day > length(year, month):
        assert days(f"{text}-{month:02}-{day:02}") is None
        return
    alone = naive_day(year, month, day)
    assert days(f"{text}-{month:02}-{day:02}") == (alone, alone)
    assert calendar.civil(alone) == (year, month, day)
    assert calendar.day_of(year, month, day) == alone


@given(st.sampled_from(COUNTED), seconds)
def test_units_follow_each_other_without_gaps(unit, second):
    number = calendar.index(unit, second)
    assert calendar.start(unit, number) <= second < calendar.start(unit, number + 1)
    assert calendar.index(unit, calendar.start(unit, number)) == number
    assert calendar.index(unit, calendar.start(unit, number + 1) - 1) == number


@given(st.sampled_from(COUNTED), st.lists(seconds, min_size=1, max_size=5))
def test_arrays_are_computed_as_single_numbers_are(unit, given):
    numbers = calendar.index(unit, np.array(given, dtype=np.int64))
    assert numbers.tolist() == [calendar.index(unit, second) for second in given]
    assert calendar.start(unit, numbers).tolist() == [calendar.start(unit, number) for number in numbers.tolist()]
    assert calendar.weekday(np.array(given)).tolist() == [calendar.weekday(second) for second in given]


@given(st.sampled_from(COUNTED), seconds)
def test_the_name_of_a_unit_is_read_as_the_unit(unit, second):
    number = calendar.index(unit, second)
    found = period(calendar.name(unit, number))
    if found is None:  # EDTF has no days, months or weeks of years beyond four digits
        assert abs(calendar.civil(second // DAY)[0]) > 9999 or (unit == "week" and second < 0)
    else:
        assert found == (calendar.start(unit, number), calendar.start(unit, number + 1) - 1)


def stretch(first: tuple[int, int, int], last: tuple[int, int, int]) -> tuple[int, int]:
    return naive_day(*first), naive_day(*last)


PERIODS = {
    "1900-02": stretch((1900, 2, 1), (1900, 2, 28)),
    "2000-02": stretch((2000, 2, 1), (2000, 2, 29)),
    "0000": stretch((0, 1, 1), (0, 12, 31)),
    "0000-02-29": stretch((0, 2, 29), (0, 2, 29)),
    "-0043-03-15": stretch((-43, 3, 15), (-43, 3, 15)),
    "189X": stretch((1890, 1, 1), (1899, 12, 31)),
    "18XX": stretch((1800, 1, 1), (1899, 12, 31)),
    "1XXX": stretch((1000, 1, 1), (1999, 12, 31)),
    "-004X": stretch((-49, 1, 1), (-40, 12, 31)),
    "-000X": stretch((-9, 1, 1), (-1, 12, 31)),
    "-01XX": stretch((-199, 1, 1), (-100, 12, 31)),
    "000X": stretch((0, 1, 1), (9, 12, 31)),
    "1890s": stretch((1890, 1, 1), (1899, 12, 31)),
    "1890?": stretch((1890, 1, 1), (1890, 12, 31)),
    "1890-05~": stretch((1890, 5, 1), (1890, 5, 31)),
    "1890-05-03%": stretch((1890, 5, 3), (1890, 5, 3)),
    "189X?": stretch((1890, 1, 1), (1899, 12, 31)),
    "1890-XX": stretch((1890, 1, 1), (1890, 12, 31)),
    "1890-XX-XX": stretch((1890, 1, 1), (1890, 12, 31)),
    "1890-02-XX": stretch((1890, 2, 1), (1890, 2, 28)),
    "-0043-XX": stretch((-43, 1, 1), (-43, 12, 31)),
    "-0043-02-XX": stretch((-43, 2, 1), (-43, 2, 28)),
    "1890-21": stretch((1890, 3, 1), (1890, 5, 31)),
    "1890-22": stretch((1890, 6, 1), (1890, 8, 31)),
    "1890-23": stretch((1890, 9, 1), (1890, 11, 30)),
    "1890-24": stretch((1890, 12, 1), (1890, 12, 31)),
    "1890/1895": stretch((1890, 1, 1), (1895, 12, 31)),
    "1890-05?/1890-06-03~": stretch((1890, 5, 1), (1890, 6, 3)),
    "1890-21/1890-22": stretch((1890, 3, 1), (1890, 8, 31)),
    "-0043/0014": stretch((-43, 1, 1), (14, 12, 31)),
    "Y170000002": stretch((170_000_002, 1, 1), (170_000_002, 12, 31)),
    "Y-17000": stretch((-17_000, 1, 1), (-17_000, 12, 31)),
    "2020-W53": stretch((2020, 12, 28), (2021, 1, 3)),
    "2026-W01": stretch((2025, 12, 29), (2026, 1, 4)),
    "1890/..": (naive_day(1890, 1, 1), -ALWAYS // DAY),
    "1890/": (naive_day(1890, 1, 1), -ALWAYS // DAY),
    "../1890": (ALWAYS // DAY, naive_day(1890, 12, 31)),
    "/1890": (ALWAYS // DAY, naive_day(1890, 12, 31)),
}


@pytest.mark.parametrize("text", PERIODS)
def test_periods_of_days(text):
    found = period(text)
    assert (found.begin // DAY, found.end // DAY) == PERIODS[text]


TIMES = {
    "2020-01-01T00": (0, 3_600),
    "2020-01-01T00:30": (1_800, 60),
    "2020-01-01T00:30:05": (1_805, 1),
    "2020-01-01T00:30:05.25": (1_805, 1),
    "2020-01-01T00:30:05+02:00": (1_805, 1),
    "2020-01-01T00:30+02:00": (1_800, 60),
    "2020-01-01T23:30:05.999999Z": (84_605, 1),
    "2020-01-01T00:30:05-12:00": (1_805, 1),
}


@pytest.mark.parametrize("text", TIMES)
def test_times_are_read_by_the_clock_that_they_were_written_by(text):
    begin, lasts = TIMES[text]
    day = naive_day(2020, 1, 1) * DAY
    assert period(text) == (day + begin, day + begin + lasts - 1)


NO_DATES = (
    "", "x", "1890-00", "1890-13", "1890-25", "1890-00-03", "1890-05-00", "2022-02-30", "2023-02-29", "1900-02-29",
    "2020-01-01T24:00", "2020-01-01T24:00:00", "2020-01-01T12:60", "2020-01-01T13:30:60", "2016-12-31T23:59:60",
    "2020-01-01T12:00+24:00", "2020-01-01T12:00+02:60", "-0000", "2021-W53", "2020-W00", "2020-W54", "2020-W01-1",
    "1895/1890", "1890/1895/1900", "/", "..", "../..", "1890-05-03T14:30?", "1890-05-03T14:30/1890-05-04",
    "18X0", "X890", "Y1890", "Y0123456", "1890-XX-03", "19XX-05", "1890-05-0X", "\u0661890", "1890\n", " 1890",
    "20200101",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_stored_date_has_no_period(text):
    assert period(text) is None


@pytest.mark.parametrize("text", [*PERIODS, *TIMES])
def test_the_name_of_a_period_means_the_same(text):
    assert period(name_of(period(text))) == period(text)


NAMES = {
    "1890?": "1890", "1890-XX": "1890", "1890-01/1890-12": "1890", "189X": "1890s", "1890/1899": "1890s",
    "18XX": "18XX",
    "1890-03/1890-05": "1890-21", "1890~/1895?": "1890/1895", "1890-05-03/1890-06": "1890-05-03/1890-06",
    "/1890": "../1890", "1890/": "1890/..", "-0049/-0040": "-0040s", "2020-12-28/2021-01-03": "2020-W53",
    "2020-01-01T00:30:05.25Z": "2020-01-01T00:30:05",
}  # fmt: skip


@pytest.mark.parametrize("text", NAMES)
def test_periods_are_named_in_the_shortest_way(text):
    assert name_of(period(text)) == NAMES[text]


GROUPS = {
    ("1890", "century"): "18XX",
    ("1890", "decade"): "1890s",
    ("1890~", "year"): "1890",
    ("1890", "month"): "1890",
    ("1890-XX", "month"): "1890",
    ("1890", "monthofyear"): "XX",
    ("1890", "weekday"): "X",
    ("189X", "decade"): "1890s",
    ("189X", "year"): "1890s",
    ("18XX", "decade"): "18XX",
    ("1890/1895", "decade"): "1890s",
    ("1890/1895", "year"): "1890/1895",
    ("../1890", "century"): "../1890",
    ("1890-21", "year"): "1890",
    ("1890-21", "month"): "1890-21",
    ("1890-05", "week"): "1890-05",
    ("1890-05-03", "hour"): "1890-05-03",
    ("2021-01-03", "week"): "2020-W53",
    ("2021-01-04", "week"): "2021-W01",
    ("2021-01-03", "weekday"): "7",
    ("2021-05-03T09:30", "monthofyear"): "05",
    ("2021-05-03T09:30", "second"): "2021-05-03T09:30",
    ("2021-05-03T09:30", "minute"): "2021-05-03T09:30",
    ("2021-05-03T09:30:05Z", "hour"): "2021-05-03T09",
    ("2020-01-01T00:30:00+02:00", "day"): "2020-01-01",
    ("-0043-03-15", "month"): "-0043-03",
    ("-0043", "century"): "-00XX",
    ("Y17000", "century"): "Y17000/Y17099",
    ("2022-02-30", "week"): "2022-02-30",
    ("sometime", "year"): "sometime",
}


@pytest.mark.parametrize(("text", "step"), GROUPS)
def test_dates_are_grouped_by_the_unit_that_they_lie_in(text, step):
    assert step in STEPS
    assert step_of(text, step) == GROUPS[text, step]


@pytest.mark.parametrize("text", [*PERIODS, *TIMES])
def test_a_unit_is_named_in_the_quick_way_too(text):
    found = period(text)
    for unit in UNITS:
        if calendar.index(unit, found.begin) == calendar.index(unit, found.end):
            assert unit_of(text, unit) == step_of(text, unit)


@given(years.filter(lambda year: 1 <= year <= 9999), st.integers(1, 12), st.integers(1, 28))
def test_weeks_are_those_of_iso_8601(year, month, day):
    expected = date(year, month, day).isocalendar()
    text = f"{year:04}-{month:02}-{day:02}"
    assert step_of(text, "weekday") == str(expected.weekday)
    assert step_of(text, "week") == f"{write_year(expected.year)}-W{expected.week:02}"
