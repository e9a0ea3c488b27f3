"""Which colours a picture has, in words: each pixel that has a hue has the name of the nearest sample in CIE L*a*b*."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydantic import Field

from panoptic_ml.embedders.colors import lab
from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Action, ActionContext, Floats, PropertyName, Refused, Result, Tags, Value, Values

if TYPE_CHECKING:
    from collections.abc import Callable

#: Pixels to a side that are counted: more change the shares by less than anybody sees.
SIDE = 64

#: What people call a colour, in English and French, and samples of what they call so; the first stands for all.
NAMED = {
    ("black", "noir"): "#000000",
    ("grey", "gris"): "#868686",
    ("white", "blanc"): "#ffffff",
    ("red", "rouge"): "#e03131 #ff0000 #a01010 #6e1a1a",
    ("orange", "orange"): "#f76707 #ff9a3c #d9823b",
    ("brown", "marron"): "#8b5a2b #6b4423 #4a2c17 #7a6655 #3f352b",
    ("beige", "beige"): "#d2b48c #e3cfa8 #f0e6d2 #b8a793",
    ("yellow", "jaune"): "#fcc419 #ffe000 #c9a400 #fff3a0",
    ("green", "vert"): "#37b24d #00a000 #1b5e20 #8fbc5a #556b2f #a8d08d #46d586 #7a8560",
    ("turquoise", "turquoise"): "#1098ad #40e0d0 #0b5e63 #024747 #8fc7c4",
    ("blue", "bleu"): "#1c7ed6 #0000e0 #0b2a6b #6fa8dc #c6daf1 #1e2b45 #6f86a3",
    ("purple", "violet"): "#7048e8 #4b0082 #ae3ec9 #b39ddb #7d4f6b #c497cd",
    ("pink", "rose"): "#d6336c #ff69b4 #f8bbd0 #cb7585",
}
LANGUAGES = ("en", "fr")
BLACK, GREY, WHITE = range(3)

#: Below this distance from the axis of greys nobody sees a hue, nor below this lightness.
HUELESS, DARK = 8.0, 15.0
#: Where greys are called black, and from where on white.
BLACKISH, WHITISH = 22.0, 85.0

SHADES = [samples.split() for samples in NAMED.values()]
HUES = SHADES[WHITE + 1 :]
SAMPLES = lab(np.array([list(bytes.fromhex(shade[1:])) for shades in HUES for shade in shades], np.uint8))
#: For each sample the number of its name.
NAMES = np.repeat(np.arange(WHITE + 1, len(SHADES)), [len(shades) for shades in HUES])


class DominantColors(Action):
    """Finds the dominant colours of each image, and writes the main one as a colour and several as tags."""

    id = "dominant-colors"

    def run(
        self,
        context: ActionContext,
        color: Annotated[PropertyName | None, Field(description="Property for the main colour")] = "Dominant colour",
        tags: Annotated[PropertyName | None, Field(description="Property for the colour names")] = "Colours",
        most: Annotated[int, Field(ge=1, le=13, description="Maximum number of colour names per image")] = 3,
        share: Annotated[float, Field(ge=0, le=1, description="Smallest share of the image")] = 0.1,
        exact: Annotated[bool, Field(description="Keep the exact shade; grouping by it is then of no use")] = False,
        language: Annotated[Literal["en", "fr"], Field(description="Language of the names")] = "en",
    ) -> list[Result]:
        if not color and not tags:
            raise Refused("choose a property for the main colour, or one for the colour names")
        words = [names[LANGUAGES.index(language)] for names in NAMED]
        colors: list[Value] = []
        named: list[tuple[str, ...]] = []
        for image in context.thumbnails():
            shares, means = counted(image)
            ranked = np.argsort(-shares, kind="stable")
            first = int(ranked[0])
            colors.append("#" + bytes(means[first]).hex() if exact else SHADES[first][0])
            # The largest is named however small it is: no image is without colours.
            named.append(tuple(words[each] for at, each in enumerate(ranked[:most]) if not at or shares[each] >= share))
        results: list[Result] = [Values(color, tuple(colors))] if color else []
        return [*results, Tags(tags, tuple(named))] if tags else results


def counted(image: Image.Image) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """Return for each name the part of the picture that is called so, and its mean colour as three bytes."""
    pixels = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX)).reshape(-1, 3)
    names = called(lab(pixels))
    counts = np.bincount(names, minlength=len(SHADES))
    sums = np.stack([np.bincount(names, pixels[:, channel], len(SHADES)) for channel in range(3)], axis=1)
    means = np.divide(sums, counts[:, None], out=np.zeros_like(sums), where=counts[:, None] > 0)
    return (counts / len(pixels)).astype(np.float32), means.round().astype(np.uint8)


def called(seen: Floats) -> npt.NDArray[np.intp]:
    """Return the number of the name of each colour in L*, a* and b*."""
    light = seen[:, 0]
    greys = np.where(light < BLACKISH, BLACK, np.where(light > WHITISH, WHITE, GREY))
    # The nearest sample: of |a−b|² the part that is the same for all samples is left out.
    nearest = ((SAMPLES**2).sum(axis=1) - 2 * seen @ SAMPLES.T).argmin(axis=1)
    is_grey = (np.hypot(seen[:, 1], seen[:, 2]) < HUELESS) | (light < DARK)
    return np.where(is_grey, greys, NAMES[nearest])


@hookimpl
def register_actions(register: Callable[[type[Action]], None]) -> None:
    register(DominantColors)
