"""Image files less their metadata, for decoders that refuse a whole picture because of one broken block."""

from __future__ import annotations

import struct
from typing import IO

from .containers import JPEG_START, PNG_START, chunks, is_webp, riff_chunks, segments

#: JPEG segments that hold metadata or comments. APP14 is not among them: it says how colours are stored.
JPEG_METADATA = {*range(0xE0, 0xEE), 0xEF, 0xFE}
#: PNG chunks without which the picture would look otherwise.
PNG_PICTURE = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}


def without_metadata(source: IO[bytes], *, keep_profile: bool) -> bytes | None:
    """Return a JPEG, PNG or WebP file less its metadata, for decoders that stumble on it; None for other formats."""
    source.seek(0)
    head = source.read(12)
    source.seek(0)
    try:
        if head.startswith(JPEG_START):
            return _bare_jpeg(source, keep_profile=keep_profile)
        if head.startswith(PNG_START):
            return _bare_png(source, keep_profile=keep_profile)
        if is_webp(head):
            return _bare_webp(source, keep_profile=keep_profile)
    except (struct.error, IndexError):
        pass
    return None


def _bare_jpeg(source: IO[bytes], *, keep_profile: bool) -> bytes:
    parts = [JPEG_START]
    for marker, content in segments(source):
        is_profile = marker == 0xE2 and content.startswith(b"ICC_PROFILE\0")
        # Short Adobe segments cannot say how colours are stored, and make Pillow refuse the file.
        is_kept = len(content) >= 12 if marker == 0xEE else marker not in JPEG_METADATA
        if is_kept or (is_profile and keep_profile):
            parts.append(struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content)
    return b"".join(parts) + source.read()


def _bare_png(source: IO[bytes], *, keep_profile: bool) -> bytes:
    parts = [PNG_START]
    for kind, begin, length in chunks(source):
        if kind in PNG_PICTURE or (kind == b"iCCP" and keep_profile):
            source.seek(begin - 8)
            parts.append(source.read(length + 12))
    return b"".join(parts)


def _bare_webp(source: IO[bytes], *, keep_profile: bool) -> bytes:
    parts = []
    for kind, begin, length in riff_chunks(source):
        if kind in (b"EXIF", b"XMP ") or (kind == b"ICCP" and not keep_profile):
            continue
        source.seek(begin)
        content = source.read(length)
        if kind == b"VP8X":  # what the file has: an ICC profile, EXIF, XMP
            content = bytes([content[0] & (0b1111_0011 if keep_profile else 0b1101_0011)]) + content[1:]
        parts.append(struct.pack("<4sI", kind, length) + content + b"\0" * (length & 1))
    body = b"WEBP" + b"".join(parts)
    return struct.pack("<4sI", b"RIFF", len(body)) + body
