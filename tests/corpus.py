"""Pictures for tests and benchmarks, painted from their number: the same everywhere, different from one another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def picture(number: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """Paint one picture: soft clouds of colour of its own, with edges and fine grain as photographs have."""
    random = np.random.default_rng(number)
    width, height = size
    canvas = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((3, 150.0), (9, 70.0), (40, 25.0)):
        cells_across = max(1, min(cells, width))
        noise = random.random((max(1, cells * height // width), cells_across, 3), np.float32)
        layer = Image.fromarray((noise * 255).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)
        canvas += np.asarray(layer, np.float32) * (weight / 255)
    for _ in range(4):
        top, left = random.integers(0, height), random.integers(0, width)
        bottom, right = top + random.integers(1, height), left + random.integers(1, width)
        canvas[top:bottom, left:right] *= random.uniform(0.4, 1.3)
    return Image.fromarray(canvas.clip(0, 255).astype(np.uint8))


def paint(
    folder: Path, count: int, size: tuple[int, int] = (160, 120), *, first: int = 0, suffix: str = ".jpg"
) -> list[Path]:
    """Write pictures `first` to `first + count` as `00000.jpg`, … and return their paths, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05}{suffix}" for number in range(first, first + count)]
    for number, path in enumerate(paths, first):
        picture(number, size).save(path)
    return paths


def flat(color: tuple[int, ...] | int | str, size: tuple[int, int] = (64, 48), mode: str = "RGB") -> Image.Image:
    """Return a picture of one colour, so that a test can tell it by any pixel."""
    return Image.new(mode, size, color)
