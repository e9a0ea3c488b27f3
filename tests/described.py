"""Pictures that say something about themselves, in every format and every block that is read."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from tests.corpus import picture
from tests.zoo import chunk, encoded

BASE, GPS = ExifTags.Base, ExifTags.GPS

SPACES = """xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/"
    xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
    xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/\""""


def packet(body: str = "", attributes: str = "", before: str = "") -> bytes:
    """An XMP packet as editors embed it."""
    return f"""<?xpacket begin="" id="x"?>{before}<x:xmpmeta xmlns:x="adobe:ns:meta/">
    <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description {SPACES} {attributes}>
    {body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""".encode()


def listed(name: str, *texts: str, kind: str = "Bag") -> str:
    """A property whose value is a list."""
    return f"<{name}><rdf:{kind}>{''.join(f'<rdf:li>{text}</rdf:li>' for text in texts)}</rdf:{kind}></{name}>"


def iptc(*records: tuple[int, bytes], charset: bytes = b"") -> bytes:
    """An IPTC block with records of dataset 2."""
    first = struct.pack(">BBBH", 0x1C, 1, 90, len(charset)) + charset if charset else b""
    return first + b"".join(struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text for number, text in records)


def resources(block: bytes) -> bytes:
    """Photoshop's image resources with an IPTC block among them."""
    return b"8BIM" + struct.pack(">HBBI", 0x0404, 0, 0, len(block)) + block + b"\0" * (len(block) % 2)


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def exif(tags: Mapping[int, object], details: Mapping[int, object] = {}, gps: Mapping[int, object] = {}) -> bytes:
    made = Image.Exif()
    made.update(tags)
    made.get_ifd(ExifTags.IFD.Exif).update(details)
    made.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    return made.tobytes()


def jpeg(*segments: bytes, image: Image.Image | None = None) -> bytes:
    data = encoded(image or picture(3), "JPEG")
    return data[:2] + b"".join(segments) + data[2:]


def png(*chunks: bytes, image: Image.Image | None = None) -> bytes:
    """A PNG with more chunks behind its header."""
    data = encoded(image or picture(3), "PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def raw_profile(kind: str, block: bytes, *, packed: bool) -> bytes:
    """A PNG chunk as ImageMagick writes it."""
    digits = block.hex()
    lines = "\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    text = f"\n{kind}\n{len(block):8}\n{lines}\n".encode()
    keyword = f"Raw profile type {kind}".encode() + b"\0"
    return chunk(b"zTXt", keyword + b"\0" + zlib.compress(text)) if packed else chunk(b"tEXt", keyword + text)


def gif(xmp: bytes) -> bytes:
    data = encoded(picture(3).quantize(16), "GIF")
    at = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    return data[:at] + b"\x21\xff\x0bXMP DataXMP" + xmp + trailer + data[at:]


#: A field of each block, by the text that says it and where it is expected.
CAMERA = exif(
    {
        BASE.Make: "Acme-maker",
        BASE.Model: "One-model",
        BASE.Artist: "Ada-artist",
        BASE.ImageDescription: "Owls-caption",
    },
    {BASE.LensModel: "Fifty-lens", BASE.DateTimeOriginal: "2019:07:14 16:20:01"},
)
CAMERA_SAYS: dict[str, object] = {
    "camera_make": "Acme-maker",
    "camera_model": "One-model",
    "creator": "Ada-artist",
    "description": "Owls-caption",
    "lens": "Fifty-lens",
}
AGENCY = iptc((5, b"Barn-title"), (25, b"boat-word"), (25, b"lake-word"), (80, b"Zoe-author"), (90, b"Brest-city"))
AGENCY_SAYS: dict[str, object] = {
    "title": "Barn-title",
    "keywords": ["boat-word", "lake-word"],
    "creator": "Zoe-author",
    "place": "Brest-city",
}
EDITOR = packet(
    listed("dc:title", "Owl-heading", kind="Alt")
    + listed("dc:subject", "night-word", "bird-word")
    + listed("dc:rights", "Public-rights", kind="Alt")
    + "<photoshop:City>Rennes-city</photoshop:City>"
    + listed("dc:creator", "Eve-writer", kind="Seq")
)
EDITOR_SAYS: dict[str, object] = {
    "title": "Owl-heading",
    "keywords": ["night-word", "bird-word"],
    "copyright": "Public-rights",
    "place": "Rennes-city",
    "creator": "Eve-writer",
}


def tiff(**options: object) -> bytes:
    return encoded(picture(3), "TIFF", **options)


def webp(**options: object) -> bytes:
    return encoded(picture(3), "WEBP", **options)


def png_text(**texts: str) -> bytes:
    info = PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    return encoded(picture(3), "PNG", pnginfo=info)


XMP_IN_PNG = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + EDITOR)

#: Files by name, with what each says.
FILES: dict[str, tuple[bytes, dict[str, object]]] = {
    "exif.jpg": (jpeg(segment(0xE1, CAMERA)), CAMERA_SAYS),
    "iptc.jpg": (jpeg(segment(0xED, b"Photoshop 3.0\0" + resources(AGENCY))), AGENCY_SAYS),
    "xmp.jpg": (jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + EDITOR)), EDITOR_SAYS),
    "exif.png": (png(chunk(b"eXIf", CAMERA.removeprefix(b"Exif\0\0"))), CAMERA_SAYS),
    "xmp.png": (png(XMP_IN_PNG), EDITOR_SAYS),
    "raw exif.png": (png(raw_profile("exif", CAMERA, packed=True)), CAMERA_SAYS),
    "raw exif in plain text.png": (png(raw_profile("exif", CAMERA, packed=False)), CAMERA_SAYS),
    "raw app1.png": (png(raw_profile("APP1", CAMERA, packed=True)), CAMERA_SAYS),
    "raw xmp.png": (png(raw_profile("xmp", EDITOR, packed=True)), EDITOR_SAYS),
    "raw iptc.png": (png(raw_profile("iptc", resources(AGENCY), packed=True)), AGENCY_SAYS),
    "raw iptc alone.png": (png(raw_profile("iptc", AGENCY, packed=False)), AGENCY_SAYS),
    "text.png": (
        png_text(Title="Plan-heading", Author="Ada-writer"),
        {"title": "Plan-heading", "creator": "Ada-writer"},
    ),
    "xmp.gif": (gif(EDITOR), EDITOR_SAYS),
    "exif.webp": (webp(exif=CAMERA), CAMERA_SAYS),
    "xmp.webp": (webp(xmp=EDITOR), EDITOR_SAYS),
    "xmp.tif": (tiff(tiffinfo={700: EDITOR}), EDITOR_SAYS),
    "iptc.tif": (tiff(tiffinfo={33723: AGENCY}), AGENCY_SAYS),
    "photoshop.tif": (tiff(tiffinfo={34377: resources(AGENCY)}), AGENCY_SAYS),
    "exif.tif": (tiff(exif=CAMERA), CAMERA_SAYS),
}
