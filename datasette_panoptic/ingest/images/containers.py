"""The parts that JPEG, PNG and WebP files consist of, walked through without decoding the picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

JPEG_START = b"\xff\xd8"
PNG_START = b"\x89PNG\r\n\x1a\n"

#: JPEG segments without a length: restart markers, the start and the end of the image, and TEM.
BARE = {0x01, *range(0xD0, 0xDA)}
START_OF_SCAN = 0xDA


def is_webp(head: bytes) -> bool:
    """Tell whether a file begins as WebP does; 12 bytes are enough."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def segments(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield the marker and the content of each JPEG segment before the picture's data, and leave the source there."""
    source.seek(2)
    while True:
        begin = source.tell()
        mark = source.read(2)
        while mark == b"\xff\xff":  # padding
            mark = b"\xff" + source.read(1)
        if len(mark) < 2 or mark[0] != 0xFF or mark[1] == START_OF_SCAN:
            source.seek(begin)
            return
        if mark[1] in BARE:
            continue
        (length,) = struct.unpack(">H", source.read(2))
        yield mark[1], source.read(max(length - 2, 0))


def chunks(source: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each PNG chunk, where its content begins and how long it is."""
    at = len(PNG_START)
    while True:
        source.seek(at)
        head = source.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind, at + 8, length
        at += 12 + length


def riff_chunks(source: IO[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each WebP chunk, where its content begins and how long it is."""
    at = 12
    while True:
        source.seek(at)
        head = source.read(8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        yield kind, at + 8, length
        at += 8 + length + (length & 1)
