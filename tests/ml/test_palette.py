"""The action that names colours: promises of an action, and pictures of which everybody knows the colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from panoptic_ml import guard
from panoptic_ml.actions.palette import NAMED, DominantColors
from panoptic_ml.registry import examined
from panoptic_ml.testing import SampleContext, check_action
from panoptic_ml.types import Tags, Values

PLAIN = {
    "#101010": "black", "#7f7f7f": "grey", "#fafafa": "white", "#c81e1e": "red", "#ff7f0e": "orange",
    "#5c3a1e": "brown", "#e8d5b0": "beige", "#f4d03f": "yellow", "#2e7d32": "green", "#6b8e23": "green",
    "#20b2aa": "turquoise", "#1f4e9c": "blue", "#87b5e5": "blue", "#6a1b9a": "purple", "#f48fb1": "pink",
}  # fmt: skip


@dataclass(frozen=True)
class Given(SampleContext):
    """Pictures of our own in place of painted ones."""

    pictures: tuple[Image.Image, ...] = ()

    def thumbnails(self) -> Any:
        return iter(self.pictures)


def run(*pictures: Image.Image, **settings: object) -> tuple[Any, ...]:
    listed = examined("action", DominantColors, "test")
    return guard.act(listed, listed.parameters.parse(settings), Given(len(pictures), {}, pictures), seed=0)


def test_promises():
    check_action(DominantColors)
    check_action(DominantColors, {"exact": True, "language": "fr", "tags": ""})


@pytest.mark.parametrize("shade", PLAIN)
def test_a_plain_colour_has_its_name(shade):
    _, tags = run(Image.new("RGB", (30, 20), shade))
    assert tags.tags == ((PLAIN[shade],),)


def test_values_are_shades_that_can_be_grouped_unless_exact_ones_are_asked_for():
    pictures = [Image.new("RGB", (9, 9), color) for color in ("#c81e1e", "#d02020")]
    assert run(*pictures, tags="") == (Values("Dominant colour", ("#e03131", "#e03131")),)
    assert run(*pictures, tags="", exact=True) == (Values("Dominant colour", ("#c81e1e", "#d02020")),)


def test_most_colours_first_and_small_parts_have_no_name():
    flag = Image.new("RGB", (100, 100), "white")
    flag.paste("#e03131", (0, 0, 40, 100))
    flag.paste("#1c7ed6", (98, 0, 100, 100))
    assert run(flag, color="") == (Tags("Colours", (("white", "red"),)),)
    assert run(flag, color="", most=1) == (Tags("Colours", (("white",),)),)
    assert run(flag, color="", share=0, language="fr")[0].tags[0][:3] == ("blanc", "rouge", "bleu")


def test_with_nowhere_to_write_it_refuses():
    with pytest.raises(guard.PluginRefusal, match="choose a property"):
        run(Image.new("RGB", (9, 9)), color="", tags="")


def test_names_are_told_apart():
    for names in zip(*NAMED, strict=True):
        assert len(set(names)) == len(NAMED)
