"""Values and tags of Panoptic as ours: exact where they can be, complained of where they cannot."""

from __future__ import annotations

import pytest

from datasette_panoptic.domain.old import OldProperty, OldTag
from datasette_panoptic.domain.palette import PALETTE
from datasette_panoptic.ingest.panoptic.values import Complaints, described, read_tags, read_values

READ = {
    ("text", "as it stands "): "as it stands ",
    ("text", 5): "5",
    ("url", "http://example.org"): "http://example.org",
    ("number", 1587417081380757446): 1587417081380757446,
    ("number", 0): 0,
    ("number", 2.5): 2.5,
    ("number", "12"): 12,
    ("color", 0): PALETTE[0],
    ("color", 11): PALETTE[11],
    ("color", "#ABCDEF"): "#abcdef",
    ("checkbox", True): 1,
    ("checkbox", False): 0,
    ("date", "1890-01-01T00:00:00Z"): "1890-01-01T00:00:00",
    ("date", "2022-03-04T10:30:05Z"): "2022-03-04T10:30:05",
    ("date", "2022-03-04T13:33:00.000Z"): "2022-03-04T13:33:00",
    ("date", "04/03/2022"): "2022-03-04",
}
UNREADABLE = {
    ("number", "many"): "`many` is no number",
    ("number", True): "`true` is no number",
    ("number", 2**70): "more digits",
    ("number", float("inf")): "is no number",
    ("color", 12): "from 0 to 11",
    ("color", -1): "from 0 to 11",
    ("color", "rot"): "from 0 to 11",
    ("checkbox", "perhaps"): "true or false",
    ("date", "sometime"): "`sometime` is no date",
    ("date", "q" * 500): "q…` is no date",
    ("date", 5): "`5` is no date",
}


@pytest.mark.parametrize("case", READ, ids=str)
def test_a_value_is_read(case):
    type_, value = case
    complaints = Complaints("instance")
    [(anchor, read)] = read_values(iter([(7, value)]), type_, complaints)
    assert (anchor, read, type(read), complaints.count) == (7, READ[case], type(READ[case]), 0)


@pytest.mark.parametrize("case", UNREADABLE, ids=lambda case: str(case)[:40])
def test_a_value_that_cannot_be_read_is_a_complaint(case):
    type_, value = case
    complaints = Complaints("instance")
    assert list(read_values(iter([(7, value)]), type_, complaints)) == []
    [complaint] = complaints.listed
    assert complaint.startswith("instance 7: ")
    assert UNREADABLE[case] in complaint
    assert len(complaint) < 200


def test_complaints_are_counted_beyond_those_that_are_listed():
    complaints = Complaints("instance")
    assert list(read_values(iter([(number, "x") for number in range(50)]), "number", complaints)) == []
    assert (complaints.count, len(complaints.listed)) == (50, 20)


def test_tags_that_are_not_there_are_complaints():
    complaints = Complaints("instance")
    said = [(1, [10, 99]), (2, [11]), (3, None), (4, "text")]
    assert list(read_tags(iter(said), {10: 1, 11: 2}, complaints)) == [(1, 1), (2, 2)]
    assert complaints.listed == [
        "instance 1: there is no tag 99 of this property",
        "instance 4: there is no tag text of this property",
    ]


def topic(*tags: OldTag) -> OldProperty:
    return OldProperty(1, "Topic", "multi_tags", "image", tags=tags)


def test_tags_keep_their_colours_and_all_their_parents():
    notes: list[str] = []
    tags = described(topic(OldTag(1, "a", 0, ()), OldTag(2, "b", 11, ()), OldTag(3, "c", None, (1, 2))), notes)
    assert [(tag.name, tag.color, tag.parents) for tag in tags] == [
        ("a", PALETTE[0], ()), ("b", PALETTE[11], ()), ("c", None, ("a", "b")),
    ]  # fmt: skip
    assert notes == []


ODD = {
    "of one name": (
        (OldTag(1, "a", None, ()), OldTag(2, "x", 3, (1,)), OldTag(3, "b", None, ()), OldTag(4, "x", 4, (3,))),
        {"a": (), "x": ("a", "b"), "b": ()},
        "tags of one name in `Topic` are one tag now: x",
    ),
    "below one of its name": (
        (OldTag(1, "x", None, ()), OldTag(2, "x", None, (1,))),
        {"x": ()},
        "tags of one name in `Topic` are one tag now: x",
    ),
    "without a name": ((OldTag(1, " ", None, ()), OldTag(2, "b", None, (1,))), {"b": ()}, "1 tags of `Topic` have no"),
    "of a parent that is not there": ((OldTag(2, "b", None, (9,)),), {"b": ()}, "1 parents of tags of `Topic`"),
    "in a circle": (
        (OldTag(1, "a", None, (3,)), OldTag(2, "b", None, (1,)), OldTag(3, "c", None, (2,))),
        {"a": ("c",), "b": (), "c": ("b",)},
        "tag `b` of `Topic` is no longer below `a`, which is below it",
    ),
    "below itself": ((OldTag(1, "a", None, (1,)),), {"a": ()}, None),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_tags_are_put_right_and_told(case):
    tags, parents, note = ODD[case]
    notes: list[str] = []
    assert {tag.name: tag.parents for tag in described(topic(*tags), notes)} == parents
    assert any(note in told for told in notes) if note else notes == []


def test_a_long_chain_of_tags_is_no_circle():
    tags = tuple(OldTag(number, f"t{number}", None, (number + 1,)) for number in range(1, 3000))
    notes: list[str] = []
    assert len(described(topic(*tags, OldTag(3000, "t3000", None, ())), notes)) == 3000
    assert notes == []
