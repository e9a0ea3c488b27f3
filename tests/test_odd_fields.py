"""A damaged field costs itself at most: not the picture, and not what stands beside it."""

from __future__ import annotations

import io
import random
import re
import struct
import warnings
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image

from datasette_panoptic.domain.corpus import Picture
from datasette_panoptic.ingest.images import decode, iptc, xmp
from datasette_panoptic.ingest.images.decode import read_picture
from tests.corpus import picture
from tests.described import (
    AGENCY,
    AGENCY_SAYS,
    CAMERA,
    CAMERA_SAYS,
    EDITOR,
    EDITOR_SAYS,
    FILES,
    exif,
    gif,
    jpeg,
    listed,
    packet,
    png,
    resources,
    segment,
)
from tests.described import iptc as records
from tests.zoo import chunk, encoded

SEEDS = 8
#: Words of programs, and numbers that nobody counted.
TECHNICAL = re.compile(
    r"0x|struct|unpack|NoneType|subscript|bytes-like|object|Errno|index|tuple|\d{9}|\d,\d{3},\d{3},\d{3}|-\d"
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of oddities, as in `decode.read_files`
        yield


def read(data: bytes) -> Picture:
    answer = read_picture(io.BytesIO(data))
    assert isinstance(answer, Picture), answer
    return answer


def pillow_reads(data: bytes) -> tuple[int, int] | None:
    """Return the size that Pillow alone finds, None where it refuses the file."""
    decode.ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(data), formats=decode.ACCEPTED) as image:
            image.load()
            return image.size
    except Exception:
        return None


@pytest.mark.parametrize("name", FILES)
def test_every_block_of_every_format_is_read(name: str) -> None:
    data, says = FILES[name]
    assert read(data).metadata == says


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_text_costs_itself_alone(name: str) -> None:
    """Bytes of one value are overwritten; what all other fields say stays."""
    data, says = FILES[name]
    parts = [(key, text) for key, value in says.items() for text in (value if isinstance(value, list) else [value])]
    tried = 0
    for number, (key, text) in enumerate(parts):
        for written in (str(text).encode(), str(text).encode().hex().encode()):
            at = data.find(written)
            if at < 0:  # packed
                continue
            for seed in range(SEEDS):
                chance = random.Random(1000 * number + seed)
                changed = bytearray(data)
                for _ in range(chance.choice([1, 1, 3])):
                    changed[at + chance.randrange(len(written))] = chance.randrange(256)
                found = read(bytes(changed)).metadata
                others = {other: value for other, value in says.items() if other != key}
                assert {other: found.get(other) for other in others} == others, (key, seed)
                if isinstance(says[key], list):
                    assert set(says[key]) - {text} <= set(found.get(key, ())), (key, seed)
                tried += 1
    assert tried or "raw" in name, "no value of the file was damaged"


def metadata_of(name: str, data: bytes) -> tuple[int, int]:
    """Return where a file's metadata begins and ends; of a TIFF they may be anywhere."""
    format_ = {"jpg": "JPEG", "tif": "TIFF"}.get(name[-3:], name.rpartition(".")[2].upper())
    image = picture(3).quantize(16) if format_ == "GIF" else picture(3)
    plain = encoded(image, format_)
    begin = next(at for at, (a, b) in enumerate(zip(data, plain, strict=False)) if a != b)
    return (8, len(data)) if format_ == "TIFF" else (begin, begin + len(data) - len(plain))


def checked(data: bytes) -> bytes:
    """Give the chunks of a PNG the checksums that belong to their content, so that Pillow looks into them."""
    parts, at = [data[:8]], 8
    while len(data) >= at + 12:
        length, kind = struct.unpack_from(">I4s", data, at)
        parts.append(chunk(kind, data[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join(parts)


@pytest.mark.parametrize("name", FILES)
def test_a_picture_that_pillow_reads_is_imported(name: str) -> None:
    """Bytes anywhere in the metadata are overwritten: lengths, tags, types, offsets."""
    data, _ = FILES[name]
    begin, end = metadata_of(name, data)
    readable = 0
    for seed in range(3 * SEEDS):
        chance = random.Random(seed)
        mutable = bytearray(data)
        for _ in range(chance.choice([1, 2, 8])):
            mutable[chance.randrange(begin, end)] = chance.randrange(256)
        changed = checked(bytes(mutable)) if name.endswith("png") else bytes(mutable)
        size = pillow_reads(changed)
        answer = read_picture(io.BytesIO(changed))
        if size:
            readable += 1
            assert isinstance(answer, Picture), (seed, answer)
            assert sorted((answer.width, answer.height)) == sorted(size), seed
        elif isinstance(answer, str):
            assert not TECHNICAL.search(answer), answer
    assert readable > 5, f"Pillow reads {readable} mutants"


def pages(**options: object) -> bytes:
    """A TIFF of four pages."""
    others = [picture(number, (90, 70)) for number in (4, 5, 6)]
    return encoded(picture(3), "TIFF", save_all=True, append_images=others, **options)


def directories(data: bytes) -> list[tuple[int, int]]:
    """Return where the directory of each page of a TIFF begins and ends."""
    found, at = [], struct.unpack_from("<I", data, 4)[0]
    while at:
        end = at + 2 + 12 * struct.unpack_from("<H", data, at)[0]
        found.append((at, end + 4))
        at = struct.unpack_from("<I", data, end)[0]
    return found


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg", "packbits"])
def test_a_damaged_later_page_leaves_the_first(compression: str | None) -> None:
    data = pages(compression=compression)
    whole = read(data)
    assert whole.metadata == {"frames": 4}
    later = directories(data)[1:]
    damaged = 0
    for seed in range(60):
        chance = random.Random(seed)
        changed = bytearray(data)
        for _ in range(chance.choice([1, 4, 12])):
            changed[chance.randrange(*chance.choice(later))] = chance.randrange(256)
        found = read(bytes(changed[: chance.choice([len(data), later[-1][0] + 5])]))
        assert (found.width, found.height, found.thumbnail) == (whole.width, whole.height, whole.thumbnail), seed
        damaged += "damaged" in found.metadata
    assert damaged, "no page was damaged"


def test_a_loop_of_pages_ends() -> None:
    data = bytearray(pages())
    last = directories(bytes(data))[-1]
    data[last[1] - 4 : last[1]] = struct.pack("<I", directories(bytes(data))[1][0])
    assert read(bytes(data)).metadata == {"frames": 4}


def test_a_damaged_later_frame_of_a_gif_leaves_the_first() -> None:
    others = [picture(number).quantize(16) for number in (4, 5)]
    data = encoded(picture(3).quantize(16), "GIF", save_all=True, append_images=others)
    second = data.index(b"\x21\xf9", data.index(b"\x21\xf9") + 2)
    for seed in range(40):
        chance = random.Random(seed)
        changed = bytearray(data)
        for _ in range(4):
            changed[chance.randrange(second, len(data))] = chance.randrange(256)
        assert (read(bytes(changed)).width, read(bytes(changed)).height) == (160, 120)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "JPEG2000"])
def test_reasons_are_plain_words(format_: str) -> None:
    data = encoded(picture(3, (48, 40)), format_)
    reasons = set()
    for seed in range(120):
        chance = random.Random(seed)
        changed = bytearray(data[: chance.choice([len(data), chance.randrange(8, 200)])])
        for _ in range(6):
            changed[chance.randrange(2, min(len(changed), 160))] = chance.randrange(256)
        answer = read_picture(io.BytesIO(bytes(changed)))
        if isinstance(answer, str):
            assert not TECHNICAL.search(answer), answer
            reasons.add(answer)
    assert reasons


def with_iptc(*texts: tuple[int, bytes], charset: bytes = b"") -> bytes:
    return jpeg(segment(0xED, b"Photoshop 3.0\0" + resources(records(*texts, charset=charset))))


UTF_8 = b"\x1b%G"
STALE = packet(listed("dc:title", "Old", kind="Alt"))
ODD: dict[str, tuple[bytes, dict[str, object]]] = {
    "empty IPTC texts": (
        with_iptc((5, b""), (25, b"boat"), (25, b""), (80, b"Anna"), (116, b"")),
        {"keywords": ["boat"], "creator": "Anna"},
    ),
    "IPTC in UTF-8 by its mark": (with_iptc((5, "Été".encode()), charset=UTF_8), {"title": "Été"}),
    "IPTC in UTF-8 without a mark": (with_iptc((5, "Été".encode())), {"title": "Été"}),
    "IPTC in Latin-1": (with_iptc((5, "Été".encode("latin-1"))), {"title": "Été"}),
    "IPTC in Latin-1 by its mark": (
        with_iptc((5, "Ã©".encode("latin-1")), charset=b"\x1b.A"),
        {"title": "Ã©"},
    ),
    "IPTC in Latin-1 under the mark of UTF-8": (
        with_iptc((5, "Été".encode("latin-1")), charset=UTF_8),
        {"title": "Été"},
    ),
    "an IPTC record with a wrong length": (
        with_iptc((5, b"Title"), (25, b"boat")).replace(b"\x1c\x02\x05\0\x05", b"\x1c\x02\x05\x4f\xff"),
        {"title": "Title", "keywords": ["boat"]},
    ),
    "an extended IPTC record": (
        jpeg(
            segment(
                0xED,
                b"Photoshop 3.0\0"
                + resources(b"\x1c\x02\x78\x80\x04\0\0\x9c\x40" + b"x" * 40_000 + records((25, b"boat"))),
            )
        ),
        {"description": "x" * 20_000, "keywords": ["boat"]},
    ),
    "another resource before that of IPTC": (
        jpeg(segment(0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x25\x03abc\0\0\0\x03xyz\0" + resources(AGENCY))),
        AGENCY_SAYS,
    ),
    "resources over two segments": (
        jpeg(
            segment(0xED, b"Photoshop 3.0\0" + resources(AGENCY)[:30]),
            segment(0xED, b"Photoshop 3.0\0" + resources(AGENCY)[30:]),
        ),
        AGENCY_SAYS,
    ),
    "a NUL in an EXIF text": (
        jpeg(segment(0xE1, exif({0x10F: "MAVICA\0\x03ghx7y", 0x110: "One"}))),
        {"camera_make": "MAVICA", "camera_model": "One"},
    ),
    "a NUL in a title of Windows": (
        jpeg(segment(0xE1, exif({0x9C9B: "Été\0junk".encode("utf-16-le")}))),
        {"title": "Été"},
    ),
    "an editor's copyright after a NUL": (jpeg(segment(0xE1, exif({0x8298: " \0Editor"}))), {"copyright": "Editor"}),
    "a photographer's copyright before a NUL": (
        jpeg(segment(0xE1, exif({0x8298: "Photographer\0Editor"}))),
        {"copyright": "Photographer"},
    ),
    "stale bytes after XMP": (
        jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + EDITOR + STALE[-200:])),
        EDITOR_SAYS,
    ),
    "a whole stale packet after XMP": (
        png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + EDITOR + STALE)),
        EDITOR_SAYS,
    ),
    "NULs after XMP": (png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + EDITOR + bytes(500))), EDITOR_SAYS),
    "blanks after XMP": (gif(EDITOR + b" " * 2000), EDITOR_SAYS),
    "no packet around XMP": (gif(EDITOR[EDITOR.index(b"<x:xmpmeta") : EDITOR.index(b"<?xpacket end")]), EDITOR_SAYS),
    "XMP in UTF-16": (
        png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + b"\xff\xfe" + EDITOR.decode().encode("utf-16-le"))),
        EDITOR_SAYS,
    ),
    "Latin-1 in XMP": (
        jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + EDITOR.replace(b"Owl", b"\xe9wl"))),
        EDITOR_SAYS | {"title": "\ufffdwl-heading"},
    ),
    "control characters in XMP": (
        jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + EDITOR.replace(b"Owl", b"O\x01&#x1;&#0;wl"))),
        EDITOR_SAYS,
    ),
    "an ampersand in XMP": (
        jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + EDITOR.replace(b"Owl", b"Rock & Owl"))),
        EDITOR_SAYS | {"title": "Rock & Owl-heading"},
    ),
    "XMP that is cut": (
        jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + EDITOR[: EDITOR.index(b"Public")])),
        {"title": "Owl-heading", "keywords": ["night-word", "bird-word"]},
    ),
    "a broken position": (
        jpeg(segment(0xE1, exif({0x10F: "Acme"}, gps={1: "N", 2: (48.0, 51.0), 3: "E", 4: (2.0, 17.0, 40.0)}))),
        {"camera_make": "Acme"},
    ),
    "a broken profile": (
        jpeg(segment(0xE2, b"ICC_PROFILE\0\1\1" + b"no profile" * 30), segment(0xE1, CAMERA)),
        CAMERA_SAYS,
    ),
    "a raw profile that is no hexadecimal": (
        png(
            chunk(b"tEXt", b"Raw profile type iptc\0\niptc\n    4\nzzzz\n"),
            chunk(b"eXIf", CAMERA.removeprefix(b"Exif\0\0")),
        ),
        CAMERA_SAYS,
    ),
    "a text chunk that cannot be unpacked": (
        png(
            chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 50)[:-9]),
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + EDITOR),
        ),
        EDITOR_SAYS,
    ),
    "Photoshop's block that makes Pillow refuse the file": (
        jpeg(segment(0xED, b"Photoshop 3.0\0" + resources(AGENCY) + b"8BIM\x04\x25\xff"), segment(0xE1, CAMERA)),
        AGENCY_SAYS | CAMERA_SAYS | {"creator": "Zoe-author"},
    ),
    "an Adobe segment that is too short": (jpeg(segment(0xEE, b"Adobe\0"), segment(0xE1, CAMERA)), CAMERA_SAYS),
    "a JFIF segment that is too short": (
        jpeg(segment(0xE0, b"JFIF"), segment(0xE1, CAMERA)),
        CAMERA_SAYS,
    ),
    "a packed text of an unknown kind": (
        png(chunk(b"zTXt", b"Comment\0\7abc"), chunk(b"eXIf", CAMERA.removeprefix(b"Exif\0\0"))),
        CAMERA_SAYS,
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_field_costs_that_field_alone(case: str) -> None:
    data, says = ODD[case]
    found = read(data)
    assert (found.width, found.height) == (160, 120)
    found.metadata.pop("damaged", None)
    assert found.metadata == says


def test_a_position_is_read_of_xmp_too() -> None:
    found = xmp.read(packet("", 'exif:GPSLatitude="48,51.4933N" exif:GPSLongitude="2,17,40.2E"'))
    assert (found["latitude"], found["longitude"]) == (["48,51.4933N"], ["2,17,40.2E"])
    data = jpeg(
        segment(
            0xE1,
            b"http://ns.adobe.com/xap/1.0/\0"
            + packet("", 'exif:GPSLatitude="48,51.4933N" exif:GPSLongitude="2,17,40.2W"'),
        )
    )
    assert read(data).metadata == {"latitude": 48.8582217, "longitude": -2.2945}


def test_levels_of_keywords_are_kept_and_named() -> None:
    body = (
        listed("dc:subject", "Paris", "boat", "Time|Summer")
        + listed("lr:hierarchicalSubject", "Places|Paris", "Places| France |Paris ")
        + listed("digiKam:TagsList", "People/Ada", "boat", kind="Seq")
    )
    found = read(jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet(body)))).metadata
    assert found == {
        "keywords": ["Paris", "boat", "Time", "Summer", "Places", "France", "People", "Ada"],
        "hierarchies": ["Places|Paris", "Places|France|Paris", "People|Ada", "Time|Summer"],
    }


def test_a_bomb_says_nothing() -> None:
    before = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]>"
    assert xmp.read(packet("<dc:title>&a;</dc:title>", before=before)) == {}


def test_records_end_where_the_next_begins() -> None:
    block = b"junk" + records((5, b"A"), (25, b"B")) + b"\x1c\x02"
    assert [(number, value) for _, number, value in iptc.records(block)] == [(5, b"A"), (25, b"B")]
