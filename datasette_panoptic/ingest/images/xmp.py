"""XMP: what programs and people say of a picture, as RDF in XML, embedded in the file or in a sidecar beside it."""

from __future__ import annotations

import codecs
import re
from itertools import chain
from xml.etree.ElementTree import Element

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from datasette_panoptic.domain.described import LEVELS

from . import lenient
from .texts import Texts, words

#: No packet that says something about a picture is larger; edits of a whole library may be.
MAX_XMP = 4_000_000

#: What prefixes usually stand for.
SPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xml": "http://www.w3.org/XML/1998/namespace",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "exifEX": "http://cipa.jp/exif/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
}

#: The properties that are read: of each field those that say it, the first that says anything counts.
PROPERTIES: dict[str, tuple[str, ...]] = {
    "title": ("dc:title", "photoshop:Headline"),
    "description": ("dc:description", "tiff:ImageDescription"),
    "keywords": ("dc:subject",),
    "hierarchies": ("lr:hierarchicalSubject",),
    "creator": ("dc:creator", "tiff:Artist"),
    "copyright": ("dc:rights", "tiff:Copyright", "xmpRights:UsageTerms"),
    "camera_make": ("tiff:Make",),
    "camera_model": ("tiff:Model",),
    "lens": ("exifEX:LensModel", "aux:Lens"),
    "latitude": ("exif:GPSLatitude",),
    "longitude": ("exif:GPSLongitude",),
}
#: The same of fields that several properties say together.
DATES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")
PLACES = ("Iptc4xmpCore:Location", "photoshop:City", "photoshop:State", "photoshop:Country")  # from near to far
#: Keywords with their levels, separated by slashes.
SLASHED = ("digiKam:TagsList", "MicrosoftPhoto:LastKeywordXMP")
#: Fields of which a list holds several values, and not one in several languages.
LISTS = ("keywords", "hierarchies", "creator")

#: What no XML holds, as a letter or written as a number: programs leave them in all the same.
NOT_XML = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));", re.IGNORECASE
)
#: The first element's name.
ROOT = re.compile(rb"<([A-Za-z_][\w.:-]*)")
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read(packet: bytes) -> Texts:
    """Return what a packet says; of a damaged one, what can still be told.

    One with a document type (the way to an XML bomb), and one larger than MAX_XMP, say nothing.
    """
    root = parsed(packet) if 0 < len(packet) <= MAX_XMP else None
    if root is None:
        return {}
    described = list(root.iter(full("rdf:Description")))
    said = {}
    for field, names in PROPERTIES.items():
        texts = next((texts for name in names if (texts := values(described, name))), [])
        said[field] = texts if field in LISTS else texts[:1]
    said["taken_at"] = [text for name in DATES for text in values(described, name)]
    said["place"] = [text for name in PLACES for text in values(described, name)[:1]]
    said["hierarchies"] += [text.replace("/", LEVELS) for name in SLASHED for text in values(described, name)]
    return said


def fault(packet: bytes) -> str:
    """Say what is wrong with a packet, of which `read` then tells less or nothing; an empty text where nothing is."""
    if len(packet) > MAX_XMP:
        return f"it is larger than {MAX_XMP // 10**6} MB, the most that is read"
    try:
        fromstring(in_utf_8(packet), forbid_dtd=True)
    except DefusedXmlException:
        return "it has a document type with entities, which is refused"
    except (SyntaxError, ValueError, LookupError):  # the last two of encodings that the parser does not know
        return "it is not well-formed XML; only what could be told is read"
    return ""


def full(written: str) -> str:
    """Return the name of a property as the parser gives it."""
    prefix, _, name = written.partition(":")
    return f"{{{SPACES[prefix]}}}{name}"


def values(described: list[Element], written: str) -> list[str]:
    """Return the texts of a property, from where the packet has it first."""
    name = full(written)
    for description in described:
        if name in description.attrib:
            return words(description.attrib[name])
        element = description.find(name)
        if element is not None:
            return listed(element)
    return []


def listed(element: Element) -> list[str]:
    """Return an XMP value's texts: its own, or those of the list in it. Of translations the default comes first."""
    items = list(element.iter(full("rdf:li")))
    if not items:
        return words(element.text)
    items.sort(key=lambda item: item.get(full("xml:lang"), "x-default") != "x-default")
    return words([item.text or "" for item in items])


def parsed(packet: bytes) -> Element | None:
    """Parse a packet: as it stands, else without what no XML holds, else what can be told of it. None: a bomb."""
    text = in_utf_8(packet)
    try:
        try:
            return fromstring(text, forbid_dtd=True)
        except SyntaxError:  # ParseError is one
            text = NOT_XML.sub(b"", text.decode("utf-8", "replace").encode())
            return fromstring(text, forbid_dtd=True)
    except DefusedXmlException:
        return None
    except SyntaxError:
        names = [*chain(*PROPERTIES.values()), *DATES, *PLACES, *SLASHED, "rdf:li", "xml:lang"]
        return lenient.read(text.decode(), full("rdf:Description"), {name: full(name) for name in names})


def in_utf_8(packet: bytes) -> bytes:
    """Return the XML of a packet: up to the end of its first element, whatever stale bytes follow."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if packet.startswith(mark):
            text = packet.removeprefix(mark).decode(encoding, "replace")
            packet = DECLARATION.sub("", text).encode("utf-8", "replace")
    match = ROOT.search(packet)
    at = packet.find(b"</" + match[1]) if match else -1
    end = packet.find(b">", at) + 1 if at >= 0 else 0
    return packet[: end or None].strip(b"\0 \n\r\t")
