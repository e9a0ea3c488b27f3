"""What an image file says about itself: when and with what it was taken, where, by whom, and what it shows.

EXIF, IPTC and XMP repeat each other. Where they disagree, what people write by hand wins: XMP, then IPTC, then EXIF.
All of it is untrusted: a field that cannot be read is left out, never a reason to lose another one or the image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO

from PIL import ExifTags, Image

from datasette_panoptic.domain.dates import camera
from datasette_panoptic.domain.described import LEVELS, levels

from . import iptc, position, xmp
from .blocks import Blocks, blocks_of
from .texts import Texts, ascii_, attempt, words

#: No caption is longer; a file that says so is making room for something else.
MAX_TEXT = 20_000
MAX_KEYWORDS = 500

BASE = ExifTags.Base


def read(image: Image.Image, source: IO[bytes]) -> tuple[str | None, dict[str, object]]:
    """Return the capture date (ISO 8601, as precise as the file says it) and what else is known, empty values left out.

    Keys: camera_make, camera_model, lens, latitude, longitude (degrees, north and east positive), title, description,
    keywords (a list), hierarchies (a list of paths such as `Places|Paris`), creator, copyright, place.
    """
    blocks = blocks_of(source)
    if not blocks.xmp:  # formats whose containers only Pillow walks through
        blocks.xmp = packet(image)
    exif = attempt(lambda: exif_of(image, blocks)) or Image.Exif()
    from_camera = attempt(lambda: from_exif(exif)) or {}
    from_agency = attempt(lambda: iptc.read(blocks.iptc)) or {}
    from_xmp = attempt(lambda: xmp.read(blocks.xmp)) or {}
    last = {"taken_at": from_camera.get("changed_at", [])}
    taken_at = first_date(from_camera, from_xmp, from_agency, last)
    where = attempt(lambda: position.from_exif(exif.get_ifd(ExifTags.IFD.GPSInfo)))
    return taken_at, combined([from_xmp, from_agency, from_camera, from_png(blocks)], where or {})


def read_sidecar(packet: bytes) -> dict[str, object]:
    """Return what a sidecar says, by the keys of `read`, with `taken_at` among them."""
    texts = attempt(lambda: xmp.read(packet)) or {}
    said = combined([texts])
    taken_at = first_date(texts)
    return said | ({"taken_at": taken_at} if taken_at else {})


def first_date(*sources: Texts) -> str | None:
    dates = (camera.read(text) for texts in sources for text in texts.get("taken_at", []))
    return next(filter(None, dates), None)


def combined(sources: Sequence[Texts], where: dict[str, float] | None = None) -> dict[str, object]:
    """Join what several blocks say: of each field what the first says that says anything, of keywords all."""

    def first(key: str) -> list[str]:
        return next((texts[key] for texts in sources if texts.get(key)), [])

    said: dict[str, object] = {}
    for key in ("camera_make", "camera_model", "lens", "title", "description", "creator", "copyright", "place"):
        if text := ", ".join(dict.fromkeys(first(key))):
            said[key] = text[:MAX_TEXT]
    said |= where or attempt(lambda: position.from_xmp(*first("latitude"), *first("longitude"))) or {}
    flat = [word for texts in sources for word in texts.get("keywords", [])]
    paths = [path for texts in sources for path in texts.get("hierarchies", [])]
    paths = list(dict.fromkeys(filter(None, map(tidy, [*paths, *(word for word in flat if LEVELS in word)]))))
    names = [name[:MAX_TEXT] for word in [*flat, *paths] for name in levels(word)]
    if names:
        said["keywords"] = list(dict.fromkeys(names))[:MAX_KEYWORDS]
    if paths := [path for path in paths if LEVELS in path]:
        said["hierarchies"] = paths[:MAX_KEYWORDS]
    return said


def tidy(path: str) -> str:
    return LEVELS.join(levels(path))[:MAX_TEXT]


def exif_of(image: Image.Image, blocks: Blocks) -> Image.Exif:
    """Read the EXIF block; of formats whose containers only Pillow walks through, what it says."""
    if not blocks.exif:
        return image.getexif()
    exif = Image.Exif()
    exif.load(blocks.exif if blocks.exif.startswith(b"Exif\0\0") else b"Exif\0\0" + blocks.exif)
    return exif


def from_exif(exif: Image.Exif) -> Texts:
    details = attempt(lambda: exif.get_ifd(ExifTags.IFD.Exif)) or {}

    def tag(number: int) -> object:
        return attempt(lambda: exif.get(number))

    def detail(number: int) -> object:
        return attempt(lambda: details.get(number))

    def moment(date: object, fraction: int, zone: int) -> list[str]:
        said = {"fraction": str(detail(fraction) or ""), "zone": str(detail(zone) or "")}
        found = camera.read(str(date or ""), **said)
        return [found] if found else []

    original = detail(BASE.DateTimeOriginal), BASE.SubsecTimeOriginal, BASE.OffsetTimeOriginal
    digitized = detail(BASE.DateTimeDigitized), BASE.SubsecTimeDigitized, BASE.OffsetTimeDigitized
    texts: dict[str, Callable[[], list[str]]] = {
        "taken_at": lambda: moment(*original) + moment(*digitized),
        "changed_at": lambda: moment(tag(BASE.DateTime), BASE.SubsecTime, BASE.OffsetTime),
        "camera_make": lambda: ascii_(tag(BASE.Make)),
        "camera_model": lambda: ascii_(tag(BASE.Model)),
        "lens": lambda: ascii_(detail(BASE.LensModel)),
        "title": lambda: words(tag(BASE.XPTitle)) or words(tag(BASE.XPSubject)),
        "description": lambda: ascii_(tag(BASE.ImageDescription)) or words(tag(BASE.XPComment)),
        "creator": lambda: ascii_(tag(BASE.Artist)) or words(tag(BASE.XPAuthor)),
        "copyright": lambda: rights(tag(BASE.Copyright)),
        "keywords": lambda: [word for text in words(tag(BASE.XPKeywords)) for word in words(text.split(";"))],
    }
    return {key: attempt(read) or [] for key, read in texts.items()}


def rights(value: object) -> list[str]:
    """Return who holds the rights: the photographer, or, where that is blank, the editor who stands after a NUL."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value if isinstance(value, str) else ""
    photographer, _, editor = text.partition("\0")
    return ascii_(photographer) or ascii_(editor)


def packet(image: Image.Image) -> bytes:
    """Return the XMP packet that Pillow found."""
    value = image.info.get("xmp") or b""
    return value.encode() if isinstance(value, str) else bytes(value)


def from_png(blocks: Blocks) -> Texts:
    """Read PNG's own text chunks."""
    keys = {"title": "Title", "description": "Description", "creator": "Author", "copyright": "Copyright"}
    return {key: words(blocks.texts.get(name)) for key, name in keys.items()}
