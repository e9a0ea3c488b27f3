"""What is read of EXIF, IPTC, XMP and PNG text, and that no broken block costs an image."""

from __future__ import annotations

import io
import struct
import warnings
from typing import Any

import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from datasette_panoptic.ingest.images import metadata
from tests.corpus import flat
from tests.zoo import encoded

BASE, GPS = ExifTags.Base, ExifTags.GPS


def read(data: bytes) -> tuple[str | None, dict[str, object]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of broken blocks, as in `decode.read_files`
        image = Image.open(io.BytesIO(data))
        image.load()
        return metadata.read(image, io.BytesIO(data))


def with_exif(
    tags: dict[int, Any] | None = None, details: dict[int, Any] | None = None, gps: dict[int, Any] | None = None
) -> bytes:
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(ExifTags.IFD.Exif).update(details or {})
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps or {})
    return encoded(flat("red"), "JPEG", exif=exif)


def iptc(*records: tuple[int, bytes]) -> bytes:
    """A JPEG whose Photoshop block has IPTC records of dataset 2."""
    block = b"".join(struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text for number, text in records)
    resource = b"8BIM" + struct.pack(">HBBI", 0x0404, 0, 0, len(block)) + block + b"\0" * (len(block) % 2)
    content = b"Photoshop 3.0\0" + resource
    jpeg = encoded(flat("red"), "JPEG")
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def packet(body: str, attributes: str = "", before: str = "") -> bytes:
    return f"""<?xpacket begin="" id="x"?>{before}<x:xmpmeta xmlns:x="adobe:ns:meta/">
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" {attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


XMP = packet(
    """<dc:title><rdf:Alt><rdf:li xml:lang="fr">La chouette</rdf:li><rdf:li xml:lang="x-default">The owl</rdf:li>
    </rdf:Alt></dc:title><dc:subject><rdf:Bag><rdf:li>owl</rdf:li><rdf:li>night</rdf:li></rdf:Bag></dc:subject>
    <dc:creator><rdf:Seq><rdf:li>A</rdf:li><rdf:li>B</rdf:li></rdf:Seq></dc:creator>
    <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">CC0</rdf:li></rdf:Alt></dc:rights>""",
    'photoshop:DateCreated="1890-05"',
)
XMP_SAYS = {"title": "The owl", "keywords": ["owl", "night"], "creator": "A, B", "copyright": "CC0"}


def test_camera_and_date() -> None:
    data = with_exif(
        {BASE.Make: "Acme ", BASE.Model: "One\0", BASE.Artist: "Zoé".encode(), BASE.ImageDescription: b"A caf\xe9"},
        {
            BASE.DateTimeOriginal: "2019:07:14 16:20:01",
            BASE.SubsecTimeOriginal: "25",
            BASE.OffsetTimeOriginal: "+02:00",
            BASE.LensModel: "50 mm",
        },
    )
    taken_at, found = read(data)
    assert taken_at == "2019-07-14T16:20:01.25+02:00"
    assert found == {
        "camera_make": "Acme",
        "camera_model": "One",
        "lens": "50 mm",
        "creator": "Zoé",
        "description": "A café",
    }


def test_windows_titles_and_keywords() -> None:
    data = with_exif({BASE.XPTitle: "Été".encode("utf-16-le"), BASE.XPKeywords: "a; b;;ç".encode("utf-16-le")})
    assert read(data)[1] == {"title": "Été", "keywords": ["a", "b", "ç"]}


POSITIONS = {
    "north east": (((48, 51, 29.6), "N", (2, 17, 40.2), "E"), {"latitude": 48.8582222, "longitude": 2.2945}),
    "south west": (((33, 27, 0), "S", (70, 40, 0), "W"), {"latitude": -33.45, "longitude": -70.6666667}),
    "no fix": (((0, 0, 0), "N", (0, 0, 0), "E"), {}),
    "impossible": (((148, 51, 0), "N", (2, 17, 0), "E"), {}),
    "half": (((48, 51, 0), "N", None, None), {}),
}


@pytest.mark.parametrize("case", POSITIONS)
def test_position(case: str) -> None:
    values, expected = POSITIONS[case]
    tags = (GPS.GPSLatitude, GPS.GPSLatitudeRef, GPS.GPSLongitude, GPS.GPSLongitudeRef)
    given: dict[int, Any] = {tag: value for tag, value in zip(tags, values, strict=True) if value is not None}
    assert read(with_exif(gps=given))[1] == expected


def test_iptc() -> None:
    data = iptc(
        (5, b"Chouette effraie"),
        (25, b"owl"),
        (25, b"caf\xe9"),  # as older programs on Windows write it
        (55, b"19360115"),
        (60, b"101500+0000"),
        (80, b"Anon"),
        (116, b"PD"),
        (120, b"An owl at night"),
    )
    taken_at, found = read(data)
    assert taken_at == "1936-01-15T10:15:00"
    assert found == {
        "title": "Chouette effraie",
        "description": "An owl at night",
        "creator": "Anon",
        "copyright": "PD",
        "keywords": ["owl", "café"],
    }


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_xmp(format_: str) -> None:
    if format_ == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", XMP.decode())
        data = encoded(flat("red"), "PNG", pnginfo=info)
    elif format_ == "TIFF":
        data = encoded(flat("red"), "TIFF", tiffinfo={700: XMP})
    else:
        data = encoded(flat("red"), format_, xmp=XMP)
    assert read(data) == ("1890-05", XMP_SAYS)


def test_what_people_wrote_wins() -> None:
    exif = Image.Exif()
    exif[BASE.ImageDescription] = "OLYMPUS DIGITAL CAMERA"
    exif[BASE.Make] = "Olympus"
    xmp = packet("", 'dc:description="A heron"')
    assert read(encoded(flat("red"), "JPEG", exif=exif, xmp=xmp))[1] == {
        "description": "A heron",
        "camera_make": "Olympus",
    }


def test_png_text() -> None:
    info = PngInfo()
    info.add_text("Title", "Plan")
    info.add_text("Author", "Ada")
    assert read(encoded(flat("red"), "PNG", pnginfo=info))[1] == {"title": "Plan", "creator": "Ada"}


ENTITIES = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"

BROKEN = {
    "exif": encoded(flat("red"), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xee" * 60),
    "date": with_exif(details={BASE.DateTimeOriginal: "0000:00:00 00:00:00"}),
    "iptc": iptc((5, b""))[:-10] + encoded(flat("red"), "JPEG")[-10:],
    "xmp that is no xml": encoded(flat("red"), "JPEG", xmp=b"<x:xmpmeta <<<"),
    "xmp bomb": encoded(flat("red"), "JPEG", xmp=packet("<dc:title>&b;</dc:title>", before=ENTITIES)),
    "huge xmp": encoded(flat("red"), "WEBP", xmp=packet(f"<dc:title>{'x' * 5_000_000}</dc:title>")),
    "half a position": with_exif(gps={GPS.GPSLatitude: (1, 2), GPS.GPSLongitude: (1, 2)}),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_blocks_are_left_out(case: str) -> None:
    assert read(BROKEN[case]) == (None, {})


def test_long_texts_are_cut() -> None:
    found = read(encoded(flat("red"), "WEBP", xmp=packet(f"<dc:title>{'x' * 100_000}</dc:title>")))[1]
    assert found == {"title": "x" * metadata.MAX_TEXT}
