"""Dates as people write them: what each is stored as, and what is said of those that cannot be."""

from __future__ import annotations

from calendar import isleap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_panoptic.domain.dates import calendar, reading
from datasette_panoptic.domain.dates.calendar import DAY
from datasette_panoptic.domain.dates.periods import ALWAYS, name_of, period
from datasette_panoptic.domain.dates.reading import NotADate, parse
from tests import naive_dates

READ = {
    "1890": "1890",
    " 1890-5 ": "1890-05",
    "1890-5-3": "1890-05-03",
    "03/05/1890": "1890-05-03",
    "3.5.1890": "1890-05-03",
    "05/1890": "1890-05",
    "1890/05/03 14:30": "1890-05-03T14:30",
    "03/05/1890, 4:30:05": "1890-05-03T04:30:05",
    "1890-05-03T14": "1890-05-03T14",
    "1890-05-03 14:30": "1890-05-03T14:30",
    "2020-01-01t00:30z": "2020-01-01T00:30Z",
    "2020-01-01 00:30:00+0200": "2020-01-01T00:30:00+02:00",
    "2020-01-01T00:30:00 -05": "2020-01-01T00:30:00-05:00",
    "2020-01-01T00:30:05,1230+05:45": "2020-01-01T00:30:05.1230+05:45",
    "0000": "0000",
    "0001-01-01": "0001-01-01",
    "-0043": "-0043",
    "-0043-3-15": "-0043-03-15",
    "Y170000002": "Y170000002",
    "y-12345": "Y-12345",
    "1890?": "1890?",
    "1890-05 ~": "1890-05~",
    "1890-05-03%": "1890-05-03%",
    "-0043?": "-0043?",
    "189X": "189X",
    "18xx?": "18XX?",
    "1XXX": "1XXX",
    "1890s": "189X",
    "-0040s": "-004X",
    "1890-XX": "1890-XX",
    "1890-05-XX": "1890-05-XX",
    "1890-XX-XX": "1890-XX-XX",
    "1890-21": "1890-21",
    "1890-24~": "1890-24~",
    "1890/1895": "1890/1895",
    "1890-05-03? / 1890-06": "1890-05-03?/1890-06",
    "1890/..": "1890/..",
    "1890/": "1890/",
    "../1890-05": "../1890-05",
    "/1890~": "/1890~",
    "189X/190X": "189X/190X",
    "-0043/0014": "-0043/0014",
    "Y-17000/-0043": "Y-17000/-0043",
    "2020-W53": "2020-W53",
    "2020-w01": "2020-W01",
}


@pytest.mark.parametrize("text", READ)
def test_a_date_is_stored_as_precisely_and_as_certainly_as_it_is_written(text):
    stored = parse(text)
    assert stored == READ[text]
    assert parse(stored) == stored
    assert period(stored)
    assert period(parse(name_of(period(stored)))) == period(stored)


REFUSED = {
    "2022-02-30": "February 2022 has 28 days",
    "29/02/1900": "February 1900 has 28 days",
    "2022-02-30?": "February 2022 has 28 days",
    "2022-02-01/2022-04-31": "April 2022 has 30 days",
    "1890-13-01": "there is no month 13",
    "13/1890": "there is no month 13",
    "1890-00": "there is no month 00",
    "0000-00-00": "there is no month 00",
    "1890-05-00": "May 1890 has 31 days",
    "1890-95": "there is no month 95; write 1890/1895 for an interval of years",
    "2020-01-01T24:00": "24:00 is 00:00 of the next day",
    "2020-01-01 12:60": "minutes go from 00 to 59",
    "2020-01-01T13:30:60": "seconds go from 00 to 59",
    "2016-12-31T23:59:60Z": "a leap second has no place here",
    "2020-01-01T12:00:00+24:00": "there is no zone +24:00",
    "2020-01-01T12:00:00.1234567890": "at most 9 digits",
    "1895/1890": "an interval begins before it ends",
    "1890-1895": "write 1890/1895 for the years from 1890 to 1895",
    "44 BC": "write -0043 for 44 BC",
    "av. J.-C. 44": "is no date",
    "52 av. J.-C.": "write -0051 for 52 BC",
    "ca. 1890": "write 1890~",
    "vers 1890": "write 1890~",
    "[1890?]": "1890? for an uncertain 1890",
    "sometime": "is no date; write 1890",
    "": "is no date",
    "../..": "is no date",
    "1890-05-03T14:30?": "is no date",
    "1890-0X": "is no date",
    "{1890,1891}": "is no date",
    "Y17E7": "is no date",
    "Y123456789012": "is no date",
    "189": "is no date",
    "X": "is no date",
    "1890" * 1000: "is no date",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_what_is_impossible_is_named(text):
    with pytest.raises(NotADate) as refused:
        parse(text)
    assert REFUSED[text] in str(refused.value)


years = st.integers(-9999, 9999).map(lambda year: f"{'-' * (year < 0)}{abs(year):04}") | st.tuples(
    st.sampled_from(["", "-"]), st.sampled_from(["189X", "18XX", "1XXX", "000X", "00XX", "XXXX", "1X9X"])
).map("".join)
months = st.sampled_from(["01", "02", "04", "12", "13", "00", "21", "24", "25", "XX"])
days = st.sampled_from(["01", "28", "29", "30", "31", "32", "00", "XX", "0X"])
marks = st.sampled_from(["", "", "?", "~", "%"])
ones = st.tuples(
    st.one_of(years, st.tuples(years, months).map("-".join), st.tuples(years, months, days).map("-".join)), marks
).map("".join) | st.sampled_from(["", "..", "Y12345", "Y-170000002", "Y1234", "Y12345?"])

LEVELS = ("Date", "UncertainOrApproximate", "Unspecified", "LongYear", "Season")


def in_library(text: str) -> bool:
    try:
        return type(naive_dates.edtf.parse_edtf(text)).__name__ in LEVELS
    except naive_dates.edtf.EDTFParseException:
        return False


def clocks(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    found = period(text)
    return tuple((*calendar.civil(second // DAY), second % DAY) for second in found)


def stored(text: str) -> str | None:
    try:
        return parse(text)
    except NotADate:
        return None


@settings(max_examples=400)
@given(ones)
def test_levels_0_and_1_are_what_the_library_says(text):
    """But for leap days, digits missing inside a year, seasons with a mark, and -000X, which had the year 0 twice."""
    unmarked = text.rstrip("?~%")
    if stored(text) is None:
        if in_library(text):
            assert "X9X" in text or (unmarked.endswith("-02-29") and not isleap(int(unmarked[:-6])))
        return
    assert stored(text) == text
    assert in_library(unmarked)
    assert in_library(text) or unmarked[-3:] in ("-21", "-24")
    if unmarked.startswith("-") and unmarked.endswith("-XX"):
        return  # there it takes the end for the beginning
    begin, end = naive_dates.span(unmarked)
    if unmarked.startswith("-") and unmarked.endswith("XX" if unmarked[3:] == "XX" else "X") and end[0] == 0:
        end = (-1, *end[1:])  # the year 0 is in 000X, and not in -000X as well
    assert clocks(text) == ((*begin[:3], 0), (*end[:3], DAY - 1))


@settings(max_examples=200)
@given(ones, ones)
def test_intervals_go_from_one_date_to_another(first, last):
    text = f"{first}/{last}"
    ends = [first, last]
    is_open = [end in ("", "..") for end in ends]
    if all(is_open) or not all(open_ or stored(end) for open_, end in zip(is_open, ends, strict=True)):
        assert stored(text) is None
        return
    begin = ALWAYS if is_open[0] else period(first).begin
    end = -ALWAYS if is_open[1] else period(last).end
    assert stored(text) == (text if begin <= end else None)
    if begin <= end:
        assert period(text) == (begin, end)


def test_nothing_but_what_may_be_edtf_reaches_the_library(monkeypatch):
    """It takes milliseconds, and a column of texts has a million."""
    asked: list[str] = []
    monkeypatch.setattr(reading, "_is_edtf", lambda text: asked.append(text) or False)
    for text in ("HELLO", "1890", "1890-05-03?", "1890-21", "1890/1895~", "../-0043", "2020-01-01T00:30Z", "7.5"):
        reading._extended.__wrapped__(text)
    assert asked == []
    reading._extended.__wrapped__("189X/1905")
    assert asked == ["189X"]
