"""What an image file says about itself: when and with what it was taken, where, by whom, and what it shows.

EXIF, IPTC and XMP repeat each other. Where they disagree, what people write by hand wins: XMP, then IPTC, then EXIF.
All of it is untrusted: a block that cannot be read is left out, never a reason to refuse the image.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TypeVar
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from PIL import ExifTags, Image, IptcImagePlugin

from datasette_panoptic.domain.dates import camera

#: No caption is longer; a file that says so is making room for something else.
MAX_TEXT = 20_000
MAX_KEYWORDS = 500
MAX_XMP = 4_000_000

BASE = ExifTags.Base
DC = "{http://purl.org/dc/elements/1.1/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
EXIF_XMP = "{http://ns.adobe.com/exif/1.0/}"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"

Texts = Mapping[str, list[str]]
T = TypeVar("T")


def read(image: Image.Image) -> tuple[str | None, dict[str, object]]:
    """Return the capture date (ISO 8601, as precise as the file says it) and what else is known, empty values left out.

    Keys: camera_make, camera_model, lens, latitude, longitude (degrees, north and east positive), title, description,
    keywords (a list), creator, copyright.
    """
    exif = attempt(lambda: from_exif(image.getexif())) or {}
    iptc = attempt(lambda: from_iptc(image)) or {}
    xmp = attempt(lambda: from_xmp(packet(image))) or {}
    sources = (xmp, iptc, exif, from_png(image))
    last = {"taken_at": exif.get("changed_at", [])}
    taken_at = next(
        (date for said in (exif, xmp, iptc, last) for date in map(camera.read, said.get("taken_at", [])) if date), None
    )
    found: dict[str, object] = {}
    for key in ("camera_make", "camera_model", "lens"):
        if exif.get(key):
            found[key] = exif[key][0]
    found |= attempt(lambda: position(image.getexif().get_ifd(ExifTags.IFD.GPSInfo))) or {}
    for key in ("title", "description", "creator", "copyright"):
        text = next((", ".join(source[key]) for source in sources if source.get(key)), "")
        if text:
            found[key] = text[:MAX_TEXT]
    keywords = list(dict.fromkeys(word for source in sources for word in source.get("keywords", [])))
    if keywords:
        found["keywords"] = keywords[:MAX_KEYWORDS]
    return taken_at, found


def attempt(read: Callable[[], T]) -> T | None:
    """Read a block that anybody may have written."""
    try:
        return read()
    except Exception:
        # Pillow's and the XML parser's failures on broken blocks have no common type: struct, Syntax, Value, Key, …
        return None


def from_exif(exif: Image.Exif) -> Texts:
    if not exif:
        return {}
    details = exif.get_ifd(ExifTags.IFD.Exif)

    def moment(date: object, fraction: int, zone: int) -> list[str]:
        said = {"fraction": str(details.get(fraction) or ""), "zone": str(details.get(zone) or "")}
        found = camera.read(str(date or ""), **said)
        return [found] if found else []

    original = details.get(BASE.DateTimeOriginal), BASE.SubsecTimeOriginal, BASE.OffsetTimeOriginal
    digitized = details.get(BASE.DateTimeDigitized), BASE.SubsecTimeDigitized, BASE.OffsetTimeDigitized
    return {
        "taken_at": moment(*original) + moment(*digitized),
        "changed_at": moment(exif.get(BASE.DateTime), BASE.SubsecTime, BASE.OffsetTime),
        "camera_make": ascii_(exif.get(BASE.Make)),
        "camera_model": ascii_(exif.get(BASE.Model)),
        "lens": ascii_(details.get(BASE.LensModel)),
        "title": words(exif.get(BASE.XPTitle)),
        "description": ascii_(exif.get(BASE.ImageDescription)) or words(exif.get(BASE.XPComment)),
        "creator": ascii_(exif.get(BASE.Artist)) or words(exif.get(BASE.XPAuthor)),
        "copyright": ascii_(exif.get(BASE.Copyright)),
        "keywords": [word for text in words(exif.get(BASE.XPKeywords)) for word in words(text.split(";"))],
    }


def ascii_(value: object) -> list[str]:
    """Return an EXIF text. The standard wants ASCII, most programs write UTF-8, Pillow reads Latin-1."""
    if isinstance(value, str):
        with suppress(UnicodeError):
            value = value.encode("latin-1").decode()
    return words(value)


def words(value: object) -> list[str]:
    """Return texts, or one text, as a list without empty ones. Bytes are Windows' XP tags (UTF-16) or IPTC (any)."""
    if value is None:
        return []
    if isinstance(value, bytes):
        value = value.decode("utf-16-le", "replace") if value[1::2].count(0) > len(value) // 4 else in_words(value)
    texts = [value] if isinstance(value, str) else value if isinstance(value, Iterable) else [str(value)]
    cleaned = ("".join(c for c in str(text) if c >= " " or c in "\n\t").strip() for text in texts)
    return [text.encode("utf-8", "replace").decode() for text in cleaned if text]


def in_words(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def position(gps: Mapping[int, object]) -> dict[str, object]:
    """Return latitude and longitude in degrees; nothing where either is absent or impossible."""
    latitude = degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
    longitude = degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return {}
    # Cameras without a fix write zeros.
    return {"latitude": latitude, "longitude": longitude} if latitude or longitude else {}


def degrees(value: object, reference: object, negative: str) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    degree, minute, second = (float(part) for part in value)
    total = degree + minute / 60 + second / 3600
    if total != total:  # 0/0 in a rational is not a number
        return None
    return round(-total if str(reference).strip("\0 ").upper() == negative else total, 7)


def from_iptc(image: Image.Image) -> Texts:
    if "photoshop" not in image.info and image.format != "TIFF":
        return {}
    blocks = IptcImagePlugin.getiptcinfo(image) or {}  # type: ignore[arg-type]

    def texts(number: int) -> list[str]:
        value = blocks.get((2, number), [])
        return [text for part in (value if isinstance(value, list) else [value]) for text in words(in_words(part))]

    date = "".join(texts(55))
    time = re.match(r"(\d\d)(\d\d)(\d\d)", "".join(texts(60)))
    when = f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 else ""
    return {
        "taken_at": [f"{when}T{':'.join(time.groups())}" if when and time else when],
        "title": texts(5)[:1],
        "description": texts(120)[:1],
        "keywords": texts(25),
        "creator": texts(80),
        "copyright": texts(116)[:1],
    }


def packet(image: Image.Image) -> bytes:
    """Return the XMP packet of a file, whatever its format keeps it in."""
    value = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return value.encode() if isinstance(value, str) else bytes(value)


def from_xmp(text: bytes) -> Texts:
    """Read an XMP packet. One with a document type (the way to an XML bomb) raises, as broken ones do."""
    if not text or len(text) > MAX_XMP:
        return {}
    root = fromstring(text.strip(b"\0 \n\r\t"), forbid_dtd=True)
    described = list(root.iter(f"{RDF}Description"))

    def texts(name: str) -> list[str]:
        for description in described:
            if name in description.attrib:
                return words(description.attrib[name])
            element = description.find(name)
            if element is not None:
                return listed(element)
        return []

    return {
        "taken_at": texts(f"{EXIF_XMP}DateTimeOriginal") + texts(f"{PHOTOSHOP}DateCreated") + texts(f"{XMP}CreateDate"),
        "title": texts(f"{DC}title")[:1],
        "description": texts(f"{DC}description")[:1],
        "keywords": texts(f"{DC}subject"),
        "creator": texts(f"{DC}creator"),
        "copyright": texts(f"{DC}rights")[:1],
    }


def listed(element: Element) -> list[str]:
    """Return an XMP value's texts: its own, or those of the list in it. Of translations the default comes first."""
    items = list(element.iter(f"{RDF}li"))
    if not items:
        return words(element.text)
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    items.sort(key=lambda item: item.get(language, "x-default") != "x-default")
    return words([item.text or "" for item in items])


def from_png(image: Image.Image) -> Texts:
    """Read PNG's own text chunks."""
    if image.format != "PNG":
        return {}
    keys = {"title": "Title", "description": "Description", "creator": "Author", "copyright": "Copyright"}
    return {key: words(image.info.get(name)) for key, name in keys.items()}
