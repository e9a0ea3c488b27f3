"""What kind of file some bytes begin, and the parts of a JPEG file."""

from __future__ import annotations

from io import BytesIO

import pytest

from datasette_panoptic.ingest.images.containers import is_webp, segments


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (b"RIFF\x10\0\0\0WEBPVP8 ", True),
        (b"RIFF\x10\0\0\0WEBP", True),
        (b"RIFF\x10\0\0\0WAVEfmt ", False),
        (b"RIFX\x10\0\0\0WEBP", False),
        (b"RIFF\x10\0\0\0WEB", False),
        (b"", False),
    ],
)
def test_webp_is_a_riff_file_of_its_own_kind(head, is_one):
    assert is_webp(head) == is_one


def test_segments_may_be_padded_and_end_with_the_scan():
    data = b"\xff\xd8" + b"\xff\xff\xff\xe1\0\4ab" + b"\xff\x01" + b"\xff\xfe\0\2" + b"\xff\xda\0\3x"
    source = BytesIO(data)
    assert list(segments(source)) == [(0xE1, b"ab"), (0xFE, b"")]
    assert source.read(2) == b"\xff\xda"


def test_segments_of_a_torn_file_end_without_an_error():
    assert list(segments(BytesIO(b"\xff\xd8\xff"))) == []
