from panoptic_brightness import Brightness
from PIL import Image

from panoptic_ml.testing import check_embedder


def test_brightness_keeps_the_promises_of_an_embedder():
    check_embedder(Brightness)
    check_embedder(Brightness, {"grid": 1})


def test_dark_is_the_opposite_of_light():
    light, dark = Brightness().embed_images([Image.new("RGB", (9, 9), color) for color in ("white", "black")])
    assert (light == -dark).all()
