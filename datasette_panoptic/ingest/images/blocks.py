"""Where image files keep their metadata: EXIF, IPTC and XMP blocks by format.

Pillow reads most of these blocks too, but refuses the whole image for some that are broken, and passes others over.
Here a broken block ends the walk at most: what was found before it is returned.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import IO

from .containers import JPEG_START, PNG_START, chunks, is_webp, riff_chunks, segments

#: No metadata block is larger; one that is makes room for something else.
MAX_BLOCK = 16_000_000

XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
PHOTOSHOP = b"Photoshop 3.0\0"
XMP_IN_GIF = b"\x21\xff\x0bXMP DataXMP"
GIF_TRAILER = b"\x01\xff\xfe\xfd\xfc"  # how the 258 bytes begin that end an XMP packet in a GIF
IPTC_RESOURCE = 0x0404  # of Photoshop's image resources
NOT_A_DIGIT = re.compile("[^0-9a-fA-F]")  # a damaged one: its byte is wrong, and no other
XMP_TAG, IPTC_TAG, PHOTOSHOP_TAG = 700, 33723, 34377  # of TIFF


@dataclass
class Blocks:
    """The metadata blocks of one file, as they stand in it; `texts` are PNG's own text chunks by keyword."""

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    texts: dict[str, str] = field(default_factory=dict)


def blocks_of(source: IO[bytes]) -> Blocks:
    """Return the metadata blocks of a JPEG, PNG, GIF, WebP or TIFF file; those of other formats stay empty."""
    blocks = Blocks()
    source.seek(0)
    head = source.read(12)
    source.seek(0)
    try:
        if head.startswith(JPEG_START):
            _jpeg(source, blocks)
        elif head.startswith(PNG_START):
            _png(source, blocks)
        elif head.startswith(b"GIF8"):
            _gif(source, blocks)
        elif is_webp(head):
            _webp(source, blocks)
        elif head[:4] in (b"II*\0", b"MM\0*"):
            _tiff(source, blocks)
    except struct.error:
        pass  # the file ends within a block
    return blocks


def _jpeg(source: IO[bytes], blocks: Blocks) -> None:
    resources = b""
    for marker, content in segments(source):
        if marker == 0xE1 and content.startswith(b"Exif\0"):
            blocks.exif += content[6:] if blocks.exif else content
        elif marker == 0xE1 and content.startswith(XMP_IN_JPEG) and not blocks.xmp:
            blocks.xmp = content.removeprefix(XMP_IN_JPEG)
        elif marker == 0xED and content.startswith(PHOTOSHOP):
            resources += content.removeprefix(PHOTOSHOP)
            blocks.iptc = iptc_of(resources)


def iptc_of(resources: bytes) -> bytes:
    """Return the IPTC block among Photoshop's image resources; nothing where it cannot be found."""
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        code, name_length = struct.unpack_from(">HB", resources, at + 4)
        at += 7 + name_length
        at += at & 1
        length = int.from_bytes(resources[at : at + 4], "big")
        if code == IPTC_RESOURCE:
            return resources[at + 4 : at + 4 + length]
        at += 4 + length + (length & 1)
    return b""


def _png(source: IO[bytes], blocks: Blocks) -> None:
    for kind, begin, length in chunks(source):
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"eXIf") or length > MAX_BLOCK:
            continue
        source.seek(begin)
        content = source.read(length)
        if kind == b"eXIf":
            blocks.exif = content
            continue
        keyword, _, rest = content.partition(b"\0")
        name, text = keyword.decode("latin-1"), _png_text(kind, rest)
        if text is None:
            continue
        if name == "XML:com.adobe.xmp":
            blocks.xmp = text
        elif name.startswith("Raw profile type "):
            _raw_profile(name.removeprefix("Raw profile type ").strip().lower(), text, blocks)
        else:
            encoding = "utf-8" if kind == b"iTXt" else "latin-1"
            blocks.texts.setdefault(name, text.decode(encoding, "replace"))


def _png_text(kind: bytes, rest: bytes) -> bytes | None:
    """Return the text of a chunk after its keyword, unpacked; None where that cannot be done."""
    packed = kind == b"zTXt"
    if kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
    elif packed:
        rest = rest[1:]
    if not packed:
        return rest
    try:
        return zlib.decompressobj().decompress(rest, MAX_BLOCK)
    except zlib.error:
        return None


def _raw_profile(kind: str, text: bytes, blocks: Blocks) -> None:
    """Read a block as ImageMagick keeps it in PNG: its type, its length, then its bytes in hexadecimal, on lines."""
    lines = text.decode("latin-1").strip().split("\n", 2)
    digits = NOT_A_DIGIT.sub("0", lines[2].replace("\r", "").replace("\n", "")) if len(lines) == 3 else ""
    content = bytes.fromhex(digits[: len(digits) // 2 * 2])
    if kind == "app1" and content.startswith(XMP_IN_JPEG):
        kind, content = "xmp", content.removeprefix(XMP_IN_JPEG)
    if kind in ("exif", "app1"):
        blocks.exif = blocks.exif or content
    elif kind == "xmp":
        blocks.xmp = blocks.xmp or content
    elif kind in ("iptc", "8bim"):
        blocks.iptc = blocks.iptc or iptc_of(content.removeprefix(PHOTOSHOP)) or content


def _gif(source: IO[bytes], blocks: Blocks) -> None:
    data = source.read(MAX_BLOCK)
    at = data.find(XMP_IN_GIF)
    if at >= 0:
        blocks.xmp = data[at + len(XMP_IN_GIF) :].partition(GIF_TRAILER)[0]


def _webp(source: IO[bytes], blocks: Blocks) -> None:
    for kind, begin, length in riff_chunks(source):
        if kind in (b"EXIF", b"XMP ") and length <= MAX_BLOCK:
            source.seek(begin)
            content = source.read(length)
            if kind == b"EXIF":
                blocks.exif = content
            else:
                blocks.xmp = content


def _tiff(source: IO[bytes], blocks: Blocks) -> None:
    """Read XMP and IPTC of the first page. Its EXIF is the page's own directory, which Pillow reads."""
    order = "<" if source.read(2) == b"II" else ">"
    source.seek(4)
    source.seek(*struct.unpack(f"{order}I", source.read(4)))
    (count,) = struct.unpack(f"{order}H", source.read(2))
    entries = source.read(12 * count)
    for at in range(0, len(entries) - 11, 12):
        tag, kind, number = struct.unpack_from(f"{order}HHI", entries, at)
        if tag not in (XMP_TAG, IPTC_TAG, PHOTOSHOP_TAG):
            continue
        length = number * {3: 2, 4: 4}.get(kind, 1)
        content = entries[at + 8 : at + 8 + length]
        if length > 4:
            (begin,) = struct.unpack_from(f"{order}I", entries, at + 8)
            source.seek(begin)
            content = source.read(min(length, MAX_BLOCK))
        if tag == XMP_TAG:
            blocks.xmp = content
        elif tag == IPTC_TAG:
            blocks.iptc = content
        else:
            blocks.iptc = blocks.iptc or iptc_of(content)
