"""Capture dates: which of a file's fields says it, how precisely, and that what is impossible is never stored."""

from __future__ import annotations

import pytest
from PIL import ExifTags

from datasette_panoptic.domain.dates import camera
from datasette_panoptic.domain.dates.periods import period
from tests.corpus import flat
from tests.test_metadata import packet, read, with_exif
from tests.zoo import encoded

BASE = ExifTags.Base

DATES = {
    "2019:07:14 16:20:01": "2019-07-14T16:20:01",
    "2019-07-14T16:20:01.5Z": "2019-07-14T16:20:01.5Z",
    "2019-07-14T16:20+0200": "2019-07-14T16:20+02:00",
    "2019/07/14 16:20": "2019-07-14T16:20",
    "1890": "1890",
    "1890-05": "1890-05",
    "1890:05:00": "1890-05",
    "1890:00:00": "1890",
    "1890:05:00 00:00:00": "1890-05",
    "2019:07:14 \0\0": "2019-07-14",
    "2020:02:29 00:00:00": "2020-02-29T00:00:00",
    "2019:07:14 25:61:00": "2019-07-14",
    "2019:07:14 24:00:00": "2019-07-14",
    "2019:07:14 13:30:60": "2019-07-14",
    "2016:12:31 23:59:60": "2016-12-31",
    "2019-07-14T16:20:01+25:00": "2019-07-14T16:20:01",
    "2019-07-14T16:20:01.1234567891234": "2019-07-14T16:20:01.123456789",
    "2022:02:30 10:00:00": None,
    "2023:02:29 10:00:00": None,
    "1900:02:29": None,
    "2022:04:31 10:00:00": None,
    "1890-13-01": None,
    "1890:21:00": None,
    "1890:21": None,
    "2022:00:15": "2022",
    "0000:00:00 00:00:00": None,
    "0000:05:03 00:00:00": None,
    "    :  :     :  :  ": None,
    "yesterday": None,
    "": None,
}


@pytest.mark.parametrize("text", DATES)
def test_dates_keep_their_precision(text: str) -> None:
    found = camera.read(text)
    assert found == DATES[text]
    assert found is None or period(found)


BESIDE = [
    ("25", "+02:00", "2019-07-14T16:20:01.25+02:00"),
    ("25\0", "Z", "2019-07-14T16:20:01.25Z"),
    ("²", "+0530", "2019-07-14T16:20:01+05:30"),
    ("", "+2:00", "2019-07-14T16:20:01"),
    ("", "   :  ", "2019-07-14T16:20:01"),
    ("x", "+99:99", "2019-07-14T16:20:01"),
]


@pytest.mark.parametrize(("fraction", "zone", "expected"), BESIDE)
def test_other_fields_say_the_fraction_and_the_zone(fraction: str, zone: str, expected: str) -> None:
    assert camera.read("2019:07:14 16:20:01", fraction=fraction, zone=zone) == expected


ORIGINAL = {BASE.DateTimeOriginal: "2019:07:14 16:20:01"}
IMPOSSIBLE = {BASE.DateTimeOriginal: "2022:02:30 10:00:00"}
DIGITIZED = {BASE.DateTimeDigitized: "2019:08:01 10:00:00", BASE.OffsetTimeDigitized: "+02:00"}
CHANGED = {BASE.DateTime: "2024:01:01 12:00:00"}
WRITTEN = packet("", 'photoshop:DateCreated="1890-05"')

FILES = {
    "when it was taken comes first": ((CHANGED, ORIGINAL | DIGITIZED), b"", "2019-07-14T16:20:01"),
    "then when it was digitized": ((CHANGED, IMPOSSIBLE | DIGITIZED), b"", "2019-08-01T10:00:00+02:00"),
    "then what people wrote": ((CHANGED, IMPOSSIBLE), WRITTEN, "1890-05"),
    "last when the file was changed": ((CHANGED, IMPOSSIBLE), b"", "2024-01-01T12:00:00"),
    "with its own zone": (
        (CHANGED, {BASE.OffsetTime: "-05:00", BASE.SubsecTime: "7"}), b"", "2024-01-01T12:00:00.7-05:00",
    ),
    "nothing is no date": (({BASE.DateTime: "0000:00:00 00:00:00"}, IMPOSSIBLE), b"", None),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_the_first_possible_date_is_the_capture_date(case: str) -> None:
    (tags, details), xmp, expected = FILES[case]
    data = with_exif(tags, details)
    if xmp:
        exif = data[data.index(b"Exif\0\0") :]
        data = encoded(flat("red"), "JPEG", exif=exif[: exif.index(b"\xff\xdb")], xmp=xmp)
    assert read(data)[0] == expected
