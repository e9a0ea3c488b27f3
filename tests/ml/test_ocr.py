"""Reading text in pictures, where RapidOCR is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from PIL import Image, ImageDraw, ImageFont

from panoptic_ml import guard
from panoptic_ml.actions.ocr import Ocr, fitted
from panoptic_ml.registry import examined
from panoptic_ml.testing import SampleContext, check_action
from panoptic_ml.types import Notice, Values

with_rapidocr = pytest.mark.skipif(find_spec("rapidocr") is None, reason="`rapidocr` is not installed: extra [ocr]")
LISTED = examined("action", Ocr, "test")


class Poster(SampleContext):
    """A picture with two lines of text, then one without; the file of the second is gone."""

    def thumbnails(self) -> Iterator[Image.Image]:
        yield from (Image.new("RGB", (60, 20), "white"), Image.new("RGB", (300, 200), "#3366aa"))

    def originals(self) -> Iterator[Image.Image | None]:
        poster = Image.new("RGB", (640, 240), "white")
        draw, font = ImageDraw.Draw(poster), ImageFont.load_default(48)
        draw.text((30, 30), "MUSEUM OF IMAGES", fill="black", font=font)
        draw.text((30, 130), "open until 18:30", fill="#a01010", font=font)
        yield from (poster, None)


@with_rapidocr
@pytest.mark.filterwarnings("default")
def test_promises():
    check_action(Ocr)


@with_rapidocr
@pytest.mark.filterwarnings("default")
def test_lines_are_read_from_top_to_bottom_and_a_picture_without_text_is_left_alone():
    results = guard.act(LISTED, LISTED.parameters.parse({}), Poster(2, {}), seed=0)
    assert results == (
        Values("Text in image", ("MUSEUM OF IMAGES\nopen until 18:30", None)),
        Notice("1 image was read from a thumbnail, as the file is not there", "warning"),
    )


@pytest.mark.skipif(find_spec("rapidocr") is not None, reason="`rapidocr` is installed")
def test_without_its_package_it_says_what_installs_it():
    assert LISTED.missing == "pip install 'datasette-panoptic[ocr]'"
    with pytest.raises(guard.PluginFault, match="needs packages that are not installed"):
        guard.act(LISTED, LISTED.parameters.parse({}), Poster(2, {}), seed=0)


def test_pictures_are_shrunk_to_what_is_read():
    assert [fitted(Image.new("L", size)).size for size in ((4000, 1000), (3000, 1), (90, 60))] == [
        (2000, 500),
        (2000, 1),
        (90, 60),
    ]
