"""What programs do to image files while their pictures stay the same, and what makes other pictures of them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

Edit = Callable[[Path], None]

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF/></x:xmpmeta>'


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def insert(path: Path, marker: int, content: bytes) -> None:
    """Put a segment at the beginning of a JPEG file, as programs that write metadata do."""
    data = path.read_bytes()
    path.write_bytes(data[:2] + segment(marker, content) + data[2:])


def orient(path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    insert(path, 0xE1, exif.tobytes())


def save_again(
    path: Path, change: Callable[[Image.Image], Image.Image] = lambda image: image, **options: object
) -> None:
    out = io.BytesIO()
    with Image.open(path) as image:
        change(image.convert("RGB")).save(out, image.format, **options)
    path.write_bytes(out.getvalue())


def add_text(path: Path) -> None:
    """Write a text chunk into a PNG file without touching its pixels."""
    data = path.read_bytes()
    content = b"iTXtXML:com.adobe.xmp\0\0\0\0\0" + XMP
    chunk = (len(content) - 4).to_bytes(4, "big") + content + zlib.crc32(content).to_bytes(4, "big")
    end = data.index(b"IEND") - 4
    path.write_bytes(data[:end] + chunk + data[end:])


def with_text(path: Path) -> None:
    """Save a PNG file anew with a description, compressed otherwise."""
    words = PngInfo()
    words.add_text("Description", "a boat")
    save_again(path, pnginfo=words, compress_level=1)


def comment(path: Path, text: bytes = b"edited") -> None:
    insert(path, 0xFE, text)


def blacken(image: Image.Image) -> Image.Image:
    """Hide a small part, as who must not be recognised."""
    edge = max(image.size) // 20
    ImageDraw.Draw(image).rectangle(
        [image.width // 3, image.height // 3, image.width // 3 + edge, image.height // 3 + edge], 0
    )
    return image


def crop(image: Image.Image) -> Image.Image:
    return image.crop((image.width // 8, image.height // 8, image.width, image.height))


#: The picture stays: what was said of it has to follow.
SAME: dict[str, tuple[str, Edit]] = {
    "a comment": (".jpg", comment),
    "XMP": (".jpg", lambda path: insert(path, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP)),
    "IPTC": (".jpg", lambda path: insert(path, 0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0")),
    "bytes behind the end": (".jpg", lambda path: path.write_bytes(path.read_bytes() + b"more")),
    "XMP in PNG": (".png", add_text),
    "a PNG saved again": (".png", with_text),
    "a TIFF saved again": (".tif", lambda path: save_again(path, compression="tiff_lzw")),
    "a WebP saved again": (".webp", lambda path: save_again(path, quality=80)),
    "encoded anew": (".jpg", lambda path: save_again(path, quality=70)),
    "half the size": (".jpg", lambda path: save_again(path, lambda image: image.reduce(2), quality=92)),
    **{f"orientation {n}": (".jpg", lambda path, n=n: orient(path, n)) for n in range(2, 9)},
    "turned for good": (".jpg", lambda path: save_again(path, lambda image: image.rotate(90, expand=True), quality=95)),
}  # fmt: skip

#: Another picture: nothing may follow by itself.
OTHER: dict[str, tuple[str, Edit]] = {
    "a part blackened": (".jpg", lambda path: save_again(path, blacken, quality=95)),
    "a part blackened in PNG": (".png", lambda path: save_again(path, blacken)),
    "cropped": (".jpg", lambda path: save_again(path, crop, quality=95)),
    "negative": (".jpg", lambda path: save_again(path, lambda image: image.point(lambda level: 255 - level))),
    "one colour": (".jpg", lambda path: save_again(path, lambda image: Image.new("RGB", image.size, "red"))),
    "noise": (".jpg", lambda path: save_again(path, lambda image: Image.effect_noise(image.size, 60).convert("RGB"))),
}
