"""A folder of pictures to try the software on, made without any download.

Photographs come from packages that we depend on anyway; everything else is painted here. The same seed paints the same
files. The folder shows what real corpora have: several folders, capture dates, captions, identical files, and pictures
that circulate in slightly different copies.
"""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from .painting import PAINTERS

SEED = 1826  # the year of the oldest photograph that survives

PHOTOGRAPHS = {
    "china": ("sklearn", "datasets/images/china.jpg", "Summer Palace, Beijing. Photo: danielbuechele, CC BY 2.0"),
    "flower": ("sklearn", "datasets/images/flower.jpg", "Dahlia. Photo: vultilion, CC BY 2.0"),
    "town": ("pywt", "data/aero.npz", "Town from the air"),
    "stairs": ("pywt", "data/ascent.npz", "Stairs"),
    "photographer": ("pywt", "data/camera.npz", "A man with a camera"),
}
CAPTIONS = ("SEEN TODAY", "IS THIS REAL?", "MONDAY AGAIN", "PLEASE SHARE", "NOBODY:", "THEY TOLD US")

TAKEN, DESCRIPTION, MAKE = 0x9003, 0x010E, 0x010F  # EXIF tags; TAKEN is of the sub-directory 0x8769


def make_samples(folder: Path) -> int:
    """Write the pictures below a folder, which is made, and return how many files there are."""
    chance = random.Random(SEED)
    for name, picture, caption in _everything(chance):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".jpg":
            picture.save(path, quality=88, exif=_exif(chance, caption))
        else:
            picture.save(path)
    reposted = folder / "circulation" / "reposted"
    reposted.mkdir(parents=True, exist_ok=True)
    for path in [*folder.glob("photographs/*.jpg"), *folder.glob("circulation/* 1[123].jpg")]:
        for time in range(chance.randint(1, 3)):
            shutil.copy(path, reposted / f"{path.stem} again {time + 1}.jpg")  # same bytes: instances of one image
    return sum(path.is_file() for path in folder.rglob("*"))


def _everything(chance: random.Random) -> Iterator[tuple[str, Image.Image, str]]:
    for name, photograph, caption in _photographs():
        yield f"photographs/{name}.jpg", photograph, caption
        for n, detail in enumerate(_details(chance, photograph), 1):
            yield f"photographs/details/{name} {n:02}.jpg", detail, f"{caption} (detail)"
        for n, copy in enumerate(_copies(chance, photograph), 1):
            yield f"circulation/{name} {n:02}.jpg", copy, ""
    for painter, paint in PAINTERS.items():
        for n in range(1, 31):
            yield f"painted/{painter}/{painter} {n:02}.jpg", paint(chance), f"Painted: {painter} {n}"
    for n, (digit, scan) in enumerate(_digits(60), 1):
        yield f"handwriting/{n:03} ({digit}).png", scan, ""


def _photographs() -> Iterator[tuple[str, Image.Image, str]]:
    for name, (package, path, caption) in PHOTOGRAPHS.items():
        spec = find_spec(package)  # its place on the disk: importing the packages takes seconds
        for place in (spec.submodule_search_locations or ()) if spec else ():
            file = Path(place, path)
            if file.suffix == ".npz" and file.exists():
                with np.load(file) as arrays:
                    yield name, Image.fromarray(arrays["data"]), caption
            elif file.exists():
                yield name, Image.open(file).convert("RGB"), caption


def _details(chance: random.Random, photograph: Image.Image) -> Iterator[Image.Image]:
    for _ in range(10):
        side = chance.randint(90, 200)
        x, y = (chance.randint(0, length - side) for length in photograph.size)
        wide = chance.choice((1.0, 0.75, 1.33))
        yield photograph.crop((x, y, x + side, y + side)).resize((int(420 * wide), 420), Image.Resampling.LANCZOS)


def _copies(chance: random.Random, photograph: Image.Image) -> Iterator[Image.Image]:
    """Change a picture as people do who pass it on: crop, shrink, mirror, tint, frame, tilt, write on it."""
    width, height = photograph.size
    color = photograph.convert("RGB")
    for part in (0.95, 0.8, 0.6):
        x, y = chance.uniform(0, 1 - part), chance.uniform(0, 1 - part)
        yield color.crop((int(x * width), int(y * height), int((x + part) * width), int((y + part) * height)))
    yield color.resize((width // 3, height // 3)).resize((width, height))
    yield ImageOps.mirror(color)
    yield ImageOps.grayscale(color)
    yield ImageOps.colorize(ImageOps.grayscale(color), "#2b1a0e", "#f7e8cf")
    yield ImageEnhance.Brightness(color).enhance(1.35)
    yield ImageOps.expand(color, 24, "white")
    yield color.rotate(4, expand=True, fillcolor="black", resample=Image.Resampling.BICUBIC)
    for caption in chance.sample(CAPTIONS, 3):
        yield _captioned(color, caption)


def _captioned(picture: Image.Image, caption: str) -> Image.Image:
    captioned = picture.copy()
    font = ImageFont.load_default(size=picture.width // 12)
    place = (picture.width / 2, picture.height * 0.9)
    ImageDraw.Draw(captioned).text(place, caption, "white", font, anchor="mm", stroke_width=3, stroke_fill="black")
    return captioned


def _digits(count: int) -> Iterator[tuple[int, Image.Image]]:
    """Scans of handwritten digits, 8 × 8 pixels and the digit in the last column, enlarged on paper."""
    spec = find_spec("sklearn")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(place, "datasets/data/digits.csv.gz")
        rows = np.loadtxt(file, delimiter=",", max_rows=count, dtype=np.uint8) if file.exists() else ()
        for *pixels, digit in rows:
            ink = Image.fromarray(np.array(pixels, dtype=np.uint8).reshape(8, 8) * 15)  # 16 is full ink
            large = ink.resize((176, 176), Image.Resampling.BICUBIC).point(
                lambda value: max(0, min(255, 2 * value - 90))
            )
            yield int(digit), ImageOps.expand(ImageOps.colorize(large, "#f3ead8", "#1d2a44"), 32, "#f3ead8")


def _exif(chance: random.Random, caption: str) -> Image.Exif:
    exif = Image.Exif()
    if caption:
        exif[DESCRIPTION] = caption
        exif[MAKE] = "datasette-panoptic"
        days = math.floor(chance.triangular(0, 3650, 2400))
        year, day = 2014 + days // 365, days % 365
        exif.get_ifd(0x8769)[TAKEN] = f"{year}:{1 + day // 31:02}:{1 + day % 28:02} {8 + day % 12:02}:{day % 60:02}:00"
    return exif
