"""How files of images begin: what a file is told by, whatever its name and whatever a project says of it."""

from __future__ import annotations

import re

#: Bytes that are enough to tell.
LENGTH = 16

SIGNATURES = re.compile(
    rb"\xff\xd8\xff"  # JPEG
    rb"|\x89PNG\r\n\x1a\n"
    rb"|GIF8[79]a"
    rb"|RIFF....WEBP"
    rb"|II\*\0|MM\0\*|II\0\*|MM\*\0|II\+\0|MM\0\+"  # TIFF, and BigTIFF
    rb"|BM"
    rb"|....ftyp"  # AVIF, HEIC
    rb"|\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",  # JPEG 2000
    re.DOTALL,
)


def begins_as_image(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes may be an image of a format that is imported."""
    return SIGNATURES.match(head) is not None
