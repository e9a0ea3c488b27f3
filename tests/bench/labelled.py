"""Real images that somebody labelled: those of installed packages, and folders of your own."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

#: Where Debian's package `dataset-fashion-mnist` puts it.
FASHION = Path("/usr/share/datasets/fashion-mnist")
GARMENTS = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"}

#: No picture is kept larger: embedders reduce them further.
SIDE = 320
#: Pixels of a file that is worth the wait.
MOST = 30_000_000


@dataclass(frozen=True)
class Labelled:
    """Pictures with a label each."""

    name: str
    pictures: Sequence[Image.Image]
    #: For each picture, its place among the names.
    labels: npt.NDArray[np.intp]
    names: tuple[str, ...]


def digits(limit: int) -> Labelled:
    """Return handwritten digits of 8×8 pixels, which scikit-learn ships."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pictures = [Image.fromarray((levels * 15.9).astype(np.uint8)).convert("RGB") for levels in found.images]
    return some("digits", pictures, found.target, tuple("0123456789"), limit)


def fashion(folder: Path, limit: int) -> Labelled:
    """Return product photos of 28×28 pixels, from the files that Fashion-MNIST is published as."""
    levels = np.frombuffer(gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    labels = np.frombuffer(gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    pictures = [Image.fromarray(picture).convert("RGB") for picture in levels.reshape(-1, 28, 28)]
    return some("garments", pictures, labels, GARMENTS, limit)


def folder(path: Path, limit: int) -> Labelled:
    """Return the images of a folder with a sub-folder for each label; transparent ones on white."""
    names = sorted(each.name for each in path.iterdir() if each.is_dir())
    found = [
        (file, number)
        for number, name in enumerate(names)
        for file in sorted((path / name).rglob("*"))
        if file.suffix.lower() in SUFFIXES
    ]
    labels = np.array([number for _, number in found])
    chosen = sample(labels, limit)
    opened = [(picture, labels[place]) for place in chosen if (picture := reduced(found[place][0])) is not None]
    pictures, kept = zip(*opened, strict=True)
    return Labelled(path.name, pictures, np.array(kept), tuple(name.replace("_", " ") for name in names))


def some(
    name: str, pictures: Sequence[Image.Image], labels: npt.ArrayLike, names: tuple[str, ...], limit: int
) -> Labelled:
    chosen = sample(np.asarray(labels), limit)
    return Labelled(name, [pictures[place] for place in chosen], np.asarray(labels, np.intp)[chosen], names)


def sample(labels: npt.NDArray[np.integer], limit: int) -> npt.NDArray[np.intp]:
    """Return at most so many places, always the same, in their order."""
    return np.sort(np.random.default_rng(0).permutation(len(labels))[:limit])


def reduced(file: Path) -> Image.Image | None:
    """Return a picture that is small enough to be kept with thousands; None where it cannot be read, or is huge."""
    try:
        with Image.open(file) as image:
            if image.width * image.height > MOST:
                return None
            image.draft("RGB", (SIDE, SIDE))
            whole = image.convert("RGBA")
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    whole.thumbnail((SIDE, SIDE), reducing_gap=2.0)
    white = Image.new("RGBA", whole.size, "white")
    white.alpha_composite(whole)
    return white.convert("RGB")


def edits() -> dict[str, Callable[[Image.Image], Image.Image]]:
    """Return what people do to pictures before they use them again."""
    from io import BytesIO

    from PIL import ImageEnhance, ImageOps

    def encoded(image: Image.Image) -> Image.Image:
        file = BytesIO()
        image.save(file, "jpeg", quality=30)
        return Image.open(file).convert("RGB")

    def middle(share: float) -> Callable[[Image.Image], Image.Image]:
        def crop(image: Image.Image) -> Image.Image:
            across, down = (max(1, round(side * share)) for side in image.size)
            left, top = (image.width - across) // 2, (image.height - down) // 2
            return image.crop((left, top, left + across, top + down))

        return crop

    return {
        "JPEG at quality 30": encoded,
        "0.4 of the size": lambda image: image.resize([max(1, side * 2 // 5) for side in image.size]),  # type: ignore[arg-type]
        "brighter by 1.4": lambda image: ImageEnhance.Brightness(image).enhance(1.4),
        "grey": lambda image: image.convert("L").convert("RGB"),
        "90 % of each side": middle(0.9),
        "70 % of each side": middle(0.7),
        "50 % of each side": middle(0.5),
        "mirrored": ImageOps.mirror,
        "turned by 5°": lambda image: image.rotate(5, Image.Resampling.BILINEAR, fillcolor="white"),
        "turned by 90°": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    }
