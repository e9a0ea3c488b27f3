"""Image files that break importers, each with what has to become of it. Made anew for every test run."""

from __future__ import annotations

import io
import os
import socket
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, features

from tests.corpus import flat, picture

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 40), (30, 40, 220), (255, 255, 255)

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Imported:
    """What an imported file has to look like: the thumbnail's colour at one place (a fraction of width and height)."""

    width: int
    height: int
    format: str
    color: Color | None = None
    at: tuple[float, float] = (0.5, 0.5)
    mime: str = ""  # of the thumbnail; empty: what opaque pictures of this size have
    metadata: tuple[tuple[str, object], ...] = ()

    @property
    def thumbnail(self) -> str:
        return self.mime or ("image/png" if max(self.width, self.height) < 128 else "image/jpeg")


@dataclass(frozen=True)
class Refused:
    """Words that the reason has to hold."""

    reason: str


@dataclass(frozen=True)
class Animal:
    make: Callable[[Path], object]
    expect: Imported | Refused


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def data(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def saved(image: Image.Image, format_: str, **options: object) -> Callable[[Path], object]:
    return data(encoded(image, format_, **options))


def quarters(size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A picture whose top left quarter is red, so that its orientation can be told."""
    image = flat(BLUE, size)
    image.paste(RED, (0, 0, size[0] // 2, size[1] // 2))
    return image


def turned(orientation: int, format_: str) -> Callable[[Path], object]:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if format_ != "TIFF" else {}
    return saved(quarters(), format_, exif=exif, **options)


#: Where the stored top left quarter has to be seen, for each EXIF orientation.
CORNERS = {1: (0.2, 0.2), 2: (0.8, 0.2), 3: (0.8, 0.8), 4: (0.2, 0.8), 5: (0.2, 0.2), 6: (0.8, 0.2), 7: (0.8, 0.8),
           8: (0.2, 0.8)}  # fmt: skip


def upright(orientation: int, format_: str) -> Imported:
    width, height = (60, 40) if orientation < 5 else (40, 60)
    return Imported(width, height, format_, RED, CORNERS[orientation])


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG that says it is large and holds next to nothing."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body + chunk(b"IEND", b"")


def deep(value: int, dtype: str, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Grey that is black on the left and `value` on the right."""
    values = np.zeros((size[1], size[0]), dtype)
    values[:, size[0] // 2 :] = value
    return Image.fromarray(values)


def swapped_profile() -> bytes:
    """An RGB profile in which red and green have changed places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    offsets = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, green = offsets[b"rXYZ"], offsets[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


def transparent(color: tuple[int, ...] = (*RED, 255)) -> Image.Image:
    """A coloured right half on nothing."""
    image = flat((0, 0, 0, 0), (64, 48), "RGBA")
    image.paste(color, (32, 0, 64, 48))
    return image


def palette() -> Image.Image:
    image = flat(0, mode="P")
    image.putpalette([*WHITE, *GREEN])
    image.paste(1, (0, 0, 32, 48))
    image.info["transparency"] = 0
    return image


def special_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        # A socket's path is short by law: bind it by a relative one.
        here = os.getcwd()
        os.chdir(path.parent)
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(encoded(flat(RED), "JPEG"))
        file.truncate(5_000_000_000)


def frames(*colors: Color) -> dict[str, object]:
    return {"save_all": True, "append_images": [flat(color) for color in colors]}


JPEG = encoded(picture(1, (400, 300)), "JPEG", quality=90)
PLAIN = encoded(flat(RED), "JPEG", quality=95)
DAMAGED = (("damaged", "what could be read is shown; the rest of the file is missing or broken"),)
GOOD = Imported(64, 48, "jpeg", RED)

ZOO: dict[str, Animal] = {
    "truncated in the middle.jpg": Animal(data(JPEG[: len(JPEG) // 2]), Imported(400, 300, "jpeg", metadata=DAMAGED)),
    "truncated at the end.jpg": Animal(data(JPEG[:-40]), Imported(400, 300, "jpeg", metadata=DAMAGED)),
    "truncated in the header.jpg": Animal(data(JPEG[:100]), Refused("damaged")),
    "truncated.png": Animal(data(encoded(picture(2), "PNG")[:12_000]), Imported(160, 120, "png", metadata=DAMAGED)),
    "empty.jpg": Animal(data(b""), Refused("empty")),
    "zeros.jpg": Animal(data(bytes(5000)), Refused("zeros")),
    "text.jpg": Animal(data(b"Dear diary, today I was not an image at all.\n"), Refused("text")),
    "page.jpg": Animal(data(b"<!DOCTYPE html><html><body>404</body></html>"), Refused("web page")),
    "drawing.png": Animal(data(b'<svg xmlns="http://www.w3.org/2000/svg"/>'), Refused("SVG")),
    "paper.jpg": Animal(data(b"%PDF-1.7 and so on, for quite a while"), Refused("PDF")),
    "noise.jpg": Animal(data(bytes(range(128, 256)) * 40), Refused("not an image")),
    "bomb.png": Animal(data(png(50_000, 50_000)), Refused("500 million pixels")),
    "impossible.png": Animal(data(png(2**31 - 1, 2**31 - 1)), Refused("pixels")),
    "large.png": Animal(data(png(20_000, 20_000)), Refused("memory")),
    "text bomb.png": Animal(
        data(png(2, 2, chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)))),
        Imported(2, 2, "png", metadata=DAMAGED),
    ),
    "sparse.jpg": Animal(sparse, Refused("larger than")),
    "pipe.jpg": Animal(os.mkfifo, Refused("named pipe")),
    "socket.jpg": Animal(special_socket, Refused("socket")),
    "loop.jpg": Animal(lambda path: path.symlink_to(path.name), Refused("leads back to itself")),
    "loop": Animal(lambda path: path.symlink_to("."), Refused("a link to a folder")),
    "dangling.jpg": Animal(lambda path: path.symlink_to("nowhere.jpg"), Refused("not there")),
    "link.jpg": Animal(lambda path: path.symlink_to("plain.jpg"), GOOD),
    "plain.jpg": Animal(data(PLAIN), GOOD),
    "UPPER.JPG": Animal(data(PLAIN), GOOD),
    "png in truth.jpg": Animal(saved(flat(GREEN), "PNG"), Imported(64, 48, "png", GREEN)),
    "cmyk.jpg": Animal(
        saved(flat((0, 255, 255, 0), mode="CMYK"), "JPEG", quality=95), Imported(64, 48, "jpeg", (254, 0, 0))
    ),
    "cmyk.tif": Animal(saved(flat((255, 255, 0, 0), mode="CMYK"), "TIFF"), Imported(64, 48, "tiff", (0, 0, 254))),
    "grey.jpg": Animal(saved(flat(77, mode="L"), "JPEG"), Imported(64, 48, "jpeg", (77, 77, 77))),
    "16 bit.png": Animal(saved(deep(40_000, "uint16"), "PNG"), Imported(64, 48, "png", (156,) * 3, (0.75, 0.5))),
    "12 in 16 bit.png": Animal(saved(deep(2_048, "uint16"), "PNG"), Imported(64, 48, "png", (128,) * 3, (0.75, 0.5))),
    "16 bit.tif": Animal(saved(deep(40_000, "uint16"), "TIFF"), Imported(64, 48, "tiff", (0,) * 3, (0.25, 0.5))),
    "32 bit.tif": Animal(saved(deep(2**30, "int32"), "TIFF"), Imported(64, 48, "tiff", (128,) * 3, (0.75, 0.5))),
    "float.tif": Animal(saved(deep(3, "float32"), "TIFF"), Imported(64, 48, "tiff", WHITE, (0.75, 0.5))),
    "bilevel.tif": Animal(
        saved(flat(1, mode="1"), "TIFF", compression="group4"), Imported(64, 48, "tiff", WHITE)
    ),
    "lab.tif": Animal(saved(flat((128, 128, 128), mode="LAB"), "TIFF"), Imported(64, 48, "tiff", (119, 119, 119))),
    "palette with transparency.png": Animal(
        saved(palette(), "PNG"), Imported(64, 48, "png", GREEN, (0.25, 0.5), mime="image/webp")
    ),
    "palette.gif": Animal(saved(quarters().quantize(8), "GIF"), Imported(60, 40, "gif", RED, (0.2, 0.2))),
    "grey with alpha.png": Animal(
        saved(transparent((90, 90, 90, 255)).convert("LA"), "PNG"),
        Imported(64, 48, "png", (90, 90, 90), (0.75, 0.5), mime="image/webp"),
    ),
    "alpha.png": Animal(saved(transparent(), "PNG"), Imported(64, 48, "png", RED, (0.75, 0.5), mime="image/webp")),
    "alpha.webp": Animal(
        saved(transparent(), "WEBP", lossless=True), Imported(64, 48, "webp", RED, (0.75, 0.5), mime="image/webp")
    ),
    "alpha that hides nothing.png": Animal(
        saved(flat((*GREEN, 255), mode="RGBA"), "PNG"), Imported(64, 48, "png", GREEN)
    ),
    "alpha that hides all.png": Animal(
        saved(flat((0, 0, 0, 0), mode="RGBA"), "PNG"), Imported(64, 48, "png", WHITE, mime="image/webp")
    ),
    "animated.gif": Animal(
        saved(flat(RED), "GIF", **frames(GREEN, BLUE)), Imported(64, 48, "gif", RED, metadata=(("frames", 3),))
    ),
    "animated.webp": Animal(
        saved(flat(RED), "WEBP", **frames(GREEN)), Imported(64, 48, "webp", RED, metadata=(("frames", 2),))
    ),
    "animated.png": Animal(
        saved(flat(RED), "PNG", **frames(GREEN)), Imported(64, 48, "png", RED, metadata=(("frames", 2),))
    ),
    "pages.tif": Animal(
        saved(flat(RED), "TIFF", **frames(GREEN)), Imported(64, 48, "tiff", RED, metadata=(("frames", 2),))
    ),
    "phone.jpg": Animal(saved(flat(RED), "MPO", **frames(GREEN)), Imported(64, 48, "jpeg", RED)),
    "bitmap.bmp": Animal(saved(flat(RED), "BMP"), Imported(64, 48, "bmp", RED)),
    "old.dib": Animal(saved(flat(RED), "DIB"), Imported(64, 48, "bmp", RED)),
    "archive.jp2": Animal(saved(flat(RED), "JPEG2000"), Imported(64, 48, "jp2", RED)),
    **{f"turned {n}.jpg": Animal(turned(n, "JPEG"), upright(n, "jpeg")) for n in CORNERS},
    "turned.png": Animal(turned(6, "PNG"), upright(6, "png")),
    "turned.webp": Animal(turned(8, "WEBP"), upright(8, "webp")),
    "turned.tif": Animal(turned(6, "TIFF"), upright(6, "tiff")),
    "turned 9.jpg": Animal(turned(9, "JPEG"), upright(1, "jpeg")),
    "broken exif.jpg": Animal(saved(flat(RED), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\0\1"), GOOD),
    "red is green.jpg": Animal(
        saved(flat(RED), "JPEG", quality=95, icc_profile=swapped_profile()), Imported(64, 48, "jpeg", (30, 220, 30))
    ),
    "broken profile.jpg": Animal(saved(flat(RED), "JPEG", icc_profile=b"no profile" * 20), GOOD),
    "long.png": Animal(saved(flat(RED, (65_000, 1)), "PNG"), Imported(65_000, 1, "png", RED)),
    "high.png": Animal(saved(flat(RED, (1, 20_000)), "PNG"), Imported(1, 20_000, "png", RED)),
    "dot.png": Animal(saved(flat(RED, (1, 1)), "PNG"), Imported(1, 1, "png", RED)),
    "new\nline.jpg": Animal(data(PLAIN), GOOD),
    "quo'te\".jpg": Animal(data(PLAIN), GOOD),
    "emoji 🦉.jpg": Animal(data(PLAIN), GOOD),
    "a%20b#c?d&e;f\\x.jpg": Animal(data(PLAIN), GOOD),
    "n" * 240 + ".jpg": Animal(data(PLAIN), GOOD),
    "caf\u00e9.jpg": Animal(data(PLAIN), GOOD),
    "cafe\u0301.jpg": Animal(data(PLAIN), GOOD),
}  # fmt: skip

if features.check("avif"):
    ZOO["new.avif"] = Animal(saved(flat(RED), "AVIF", quality=95), Imported(64, 48, "avif", RED))
    ZOO["turned.avif"] = Animal(turned(6, "AVIF"), upright(6, "avif"))


def zoo(folder: Path) -> dict[str, Imported | Refused]:
    """Write every file of the zoo and return what has to become of each."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, animal in ZOO.items():
        animal.make(folder / name)
    return {name: animal.expect for name, animal in ZOO.items()}
