"""How files of images begin: every format that is imported, as Pillow writes it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from datasette_panoptic.domain.signatures import LENGTH, begins_as_image
from datasette_panoptic.store.originals import MEDIA_TYPES


def written(format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, format_, **options)
    return file.getvalue()


@pytest.mark.parametrize("format_", ["jpeg", "png", "gif", "webp", "tiff", "bmp", "avif", "jpeg2000"])
def test_images_are_told_by_their_first_bytes(format_: str) -> None:
    assert begins_as_image(written(format_)[:LENGTH])


@pytest.mark.parametrize(
    "head",
    [
        bytes.fromhex("0000000c6a5020200d0a870a"),  # JPEG 2000 in its container
        b"\0\0\0\x18ftypheic",
        b"\0\0\0\x1cftypmif1",
        b"MM\0+\0\x08\0\0",  # BigTIFF
    ],
)
def test_formats_that_pillow_does_not_write(head: bytes) -> None:
    assert begins_as_image(head)


def test_every_format_that_is_sent_is_covered_above() -> None:
    assert set(MEDIA_TYPES) == {"jpeg", "png", "gif", "webp", "tiff", "bmp", "avif", "jp2", "heic"}


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"root:x:0:0:root:",
        b"-----BEGIN OPENS",
        b"<svg xmlns='http",
        b"%PDF-1.7",
        b"SQLite format 3\0",
        b"PK\3\4",
        b"RIFF....WAVE",
    ],
)
def test_other_files_are_not(head: bytes) -> None:
    assert not begins_as_image(head)
