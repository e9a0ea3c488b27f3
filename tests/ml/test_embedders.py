"""What the built-in embedders see, and what they do not."""

from __future__ import annotations

import io

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageOps

from panoptic_ml import guard
from panoptic_ml.embedders.colors import lab
from panoptic_ml.registry import installed
from panoptic_ml.testing import check_embedder
from panoptic_ml.types import Floats
from tests.corpus import flat, picture

NAMES = ("colors", "perceptual-hash", "average-hash")


def embed(name: str, *images: Image.Image) -> Floats:
    listed = installed().embedders[name]
    return guard.embed_images(listed, guard.make(listed, listed.parameters.parse({})), images)


def similarity(name: str, one: Image.Image, other: Image.Image) -> float:
    first, second = embed(name, one, other)
    return float(first @ second)


def encoded(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "jpeg", quality=quality)
    return Image.open(file).convert("RGB")


@pytest.mark.parametrize("name", NAMES)
def test_every_embedder_keeps_its_promises(name: str) -> None:
    check_embedder(installed().embedders[name].target)


@pytest.mark.parametrize("name", NAMES)
def test_the_most_similar_is_the_copy(name: str) -> None:
    pictures = [picture(number) for number in range(12)]
    copies = [encoded(image.resize((90, 70)), 40) for image in pictures]
    found = embed(name, *copies) @ embed(name, *pictures).T
    assert found.argmax(axis=1).tolist() == list(range(12))


@pytest.mark.parametrize(("name", "reference"), [("perceptual-hash", "phash"), ("average-hash", "average_hash")])
def test_cosines_count_the_bits_that_differ(name: str, reference: str) -> None:
    one, other = picture(1), picture(2)
    distance = getattr(imagehash, reference)(one) - getattr(imagehash, reference)(other)
    assert distance > 0
    assert similarity(name, one, other) == pytest.approx(1 - 2 * distance / 64, abs=1e-6)
    assert similarity(name, one, ImageOps.mirror(one)) < 0.7


def test_colours_do_not_mind_where_they_are() -> None:
    image = picture(3)
    for moved in (ImageOps.mirror(image), image.rotate(90, expand=True), ImageOps.flip(image)):
        assert similarity("colors", image, moved) > 0.98


def test_colours_mind_a_change_of_colour() -> None:
    image = picture(3)
    grey = image.convert("L").convert("RGB")
    assert similarity("colors", image, grey) < 0.9
    slightly = ImageEnhance.Brightness(image).enhance(1.05)
    assert similarity("colors", image, slightly) > 0.95


@pytest.mark.parametrize(("one", "other"), [("red", "green"), ("black", "white"), ("blue", "yellow")])
def test_colours_that_have_nothing_in_common_are_0(one: str, other: str) -> None:
    assert similarity("colors", flat(one), flat(other)) == pytest.approx(0, abs=1e-6)
    assert similarity("colors", flat(one), flat(one, (7, 300))) == pytest.approx(1, abs=1e-6)


def test_more_of_a_colour_is_more_similar() -> None:
    def mixed(share: int) -> Image.Image:
        image = flat("navy", (64, 64))
        image.paste(flat("orange", (64, share)))
        return image

    found = [similarity("colors", flat("orange", (64, 64)), mixed(share)) for share in (0, 16, 32, 48, 64)]
    assert found == sorted(found)
    assert found[2] == pytest.approx(np.sqrt(0.5), abs=0.01)


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ((255, 255, 255), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0, 0)),
    ],
)
def test_lab_is_the_one_of_the_tables(color: tuple[int, int, int], expected: tuple[float, float, float]) -> None:
    assert lab(np.array(color, np.uint8)) == pytest.approx(np.array(expected), abs=0.05)
