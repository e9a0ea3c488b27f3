"""Patterns of file names: what they read, against Python's regular expressions, and names that they wrote."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datasette_panoptic.domain.name_patterns import MOST, TIME_CODE, Placeholder, date_of, parse, seconds_of
from datasette_panoptic.errors import BadName, BadPattern

READ = {
    ("{film}_{h}h_{m}m_{s}s", "Stills/Nosferatu_01h_02m_03s.png"): {"film": "Nosferatu", TIME_CODE: "01:02:03"},
    ("{film}_{h}h_{m}m_{s}s", "The_Big_Sleep_0h_32m_9s.jpg"): {"film": "The_Big_Sleep", TIME_CODE: "00:32:09"},
    ("{film}_{h}h_{m}m_{s}s", "Nosferatu_01h_62m_03s.png"): None,
    ("{film}-{m}.{s}", "M-7.30.tif"): {"film": "M", TIME_CODE: "00:07:30"},
    ("{h:2}{m:2}{s:2}{ms:3}", "003219250.png"): {TIME_CODE: "00:32:19.250"},
    ("{year}-{place}/{name}", "Album/1936-Paris/IMG 1.jpg"): {"year": "1936", "place": "Paris", "name": "IMG 1"},
    ("{year}-{place}/{name}", "IMG 1.jpg"): None,
    ("{year}-{place}/{}", "a/1936-Saint-Malo/b.jpg"): {"year": "1936", "place": "Saint-Malo"},
    ("{name:text}_{shot:number}", "a_b_012.jpg"): {"name": "a_b", "shot": "012"},
    ("{name}_{shot:number}", "a_b_c.jpg"): None,
    ("IMG_{day:date}_{}", "IMG_20190203_a.jpg"): {"day": "2019-02-03"},
    ("IMG_{day:date}_{}", "IMG_20190230_a.jpg"): None,
    ("{y:4}{m:2}{rest}", "193605b.jpg"): {"y": "1936", "m": "05", "rest": "b"},
    ("{a}.tif", "x.TIF"): {"a": "x"},
    ("{a}.tif", "x.jpg"): None,
    ("{{{a}}}", "{x}.jpg"): {"a": "x"},
    ("{a}.{b}", "one.two.three.jpg"): {"a": "one", "b": "two.three"},
    ("caf\u00e9 {a}", "cafe\u0301 noir.jpg"): {"a": "noir"},
    ("{dc:title}", "x.jpg"): {"dc:title": "x"},
    ("{h}_{w}", "7_8.jpg"): {"h": "7", "w": "8"},
    ("{a}x", ".jpg"): None,
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "path"), READ)
def test_a_name_says(pattern: str, path: str) -> None:
    assert parse(pattern).read(path) == READ[pattern, path]


BAD = {
    "{a}{b}": "where `{a}` ends",
    "{h}{m}{s}": "where `{h}` ends",
    "{a": "{{",
    "a}": "}}",
    "{a}_{A}": "twice",
    "{m}:{s} {time code}": "twice",
    "": "no placeholder",
    "{}": "no placeholder",
    "{a:0}": "1 to 999",
    "{a}//{b}": "folder without a name",
    "_".join(f"{{p{n}}}" for n in range(MOST + 1)): "at most",
    "{a}" + "x" * 400: "at most",
}


@pytest.mark.parametrize("pattern", BAD)
def test_a_pattern_is_refused_with_the_reason(pattern: str) -> None:
    with pytest.raises(BadPattern, match=re.escape(BAD[pattern])):
        parse(pattern)


def test_a_placeholder_has_the_name_of_a_property() -> None:
    with pytest.raises(BadName):
        parse("{a\x07b}")


@pytest.mark.parametrize("pattern", ["{a}a" * 9 + "{b}b", "{a}1" + "{%s:number}1" * 8 % (*"cdefghij",) + "{k:number}2"])
def test_names_that_almost_match_end_the_matching(pattern: str) -> None:
    """Tried one by one, the ways to part such a name are more than there are atoms."""
    names = iter("abcdefghijklmnop")
    written = re.sub(r"\{a\}", lambda _: f"{{x{next(names)}}}", pattern)
    asked = parse(written)
    assert asked.read(pattern[3] * 4_000 + ".jpg") is None
    assert asked.read(pattern[3] * 4_000 + "é.jpg") is None


def test_a_time_code_is_seconds() -> None:
    assert seconds_of("01:02:03.250") == 3723.25


def test_dates_are_days_that_there_are() -> None:
    assert [date_of(text) for text in ("2020-02-29", "20200229", "1936-05", "2019-02-29", "202002", "x")] == [
        "2020-02-29", "2020-02-29", "1936-05", None, None, None,
    ]  # fmt: skip


#: Few letters, so that literals occur in values, and values in each other.
LETTERS = st.text("ab_1-", min_size=1, max_size=6)
SLOTS = st.sampled_from(["", ":number", ":2", ":text"])
PARTS = st.lists(st.tuples(SLOTS, st.text("ab_1/", min_size=1, max_size=2)), min_size=1, max_size=5)


def written(parts: list[tuple[str, str]], *, ends_open: bool) -> str:
    pattern = "".join(f"{{p{n}{slot}}}{literal}" for n, (slot, literal) in enumerate(parts))
    return pattern + "{last}" if ends_open else pattern


def naively(pattern: str, text: str) -> list[str] | None:
    """Match by a regular expression whose groups take as little as they can."""
    expression = ""
    for part in parse(pattern).parts:
        if not isinstance(part, Placeholder):
            expression += re.escape(part)
        elif part.kind == "number":
            expression += r"([+-]?[0-9]+?(?:\.[0-9]+?)?)"
        else:
            expression += f"([^/]{{{part.width}}})" if part.width else "([^/]+?)"
    match = re.fullmatch(expression, text)
    return list(match.groups()) if match else None


@given(PARTS, st.booleans(), st.text("ab_1-/", min_size=1, max_size=14))
@example([("", "a")], False, "aaa")
@example([("", "_"), (":number", "_")], True, "a_b_1_1")
def test_matching_is_that_of_a_regular_expression(parts: list[tuple[str, str]], ends_open: bool, text: str) -> None:
    try:
        asked = parse(written(parts, ends_open=ends_open))
    except BadPattern:
        return
    text = "/".join(text.split("/")[-asked.levels :])
    if len(text.split("/")) < asked.levels or not text.rpartition("/")[2]:
        return
    said = asked.read(f"{text}.jpg")
    expected = naively(asked.text, text)
    assert (said is None) == (expected is None)
    if said is not None and expected is not None:
        assert list(said.values()) == expected


VALUES = st.lists(st.text("xyz é", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=6)
JOINTS = st.lists(
    st.text("_-/0123456789", min_size=1, max_size=3).filter(lambda s: "//" not in s), min_size=6, max_size=6
)


@given(VALUES, JOINTS)
def test_what_a_pattern_writes_it_reads(values: list[str], joints: list[str]) -> None:
    pattern = "".join(f"{{p{n}}}{joints[n]}" for n in range(len(values))) + "{end}"
    try:
        asked = parse(pattern)
    except BadPattern:
        return
    name = "".join(f"{value}{joint}" for value, joint in zip(values, joints, strict=False)) + "end.jpg"
    said = asked.read(f"root/{name}")
    assert said == {**{f"p{n}": value.strip() for n, value in enumerate(values)}, "end": "end"}


@given(st.text("ab", min_size=1, max_size=5), st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
def test_a_time_code_goes_there_and_back(film: str, hours: int, minutes: int, seconds: int) -> None:
    said = parse("{film}_{h}h_{m}m_{s}s").read(f"{film}_{hours:02}h_{minutes}m_{seconds:02}s.jpg")
    assert said == {"film": film, TIME_CODE: f"{hours:02}:{minutes:02}:{seconds:02}"}
    assert seconds_of(said[TIME_CODE]) == hours * 3600 + minutes * 60 + seconds
