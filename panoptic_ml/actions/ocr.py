"""Reading the text in pictures with RapidOCR, whose models come with its package: nothing is downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Action, ActionContext, Notice, PropertyName, Result, Value, Values

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

EXTRA = "datasette-panoptic[ocr]"

#: Longest edge that is read; larger pictures are shrunk, which RapidOCR would do with less care.
LARGEST = 2000


class Ocr(Action):
    """Writes the text in each image into a property, line by line."""

    id = "ocr"
    requires = {"rapidocr": EXTRA, "onnxruntime": EXTRA}  # noqa: RUF012 nobody writes to it

    def run(
        self,
        context: ActionContext,
        property: Annotated[PropertyName, Field(description="Property for the text")] = "Text in image",
        confidence: Annotated[float, Field(ge=0, le=1, description="Minimum confidence for a line")] = 0.8,
    ) -> list[Result]:
        from rapidocr import RapidOCR

        read = RapidOCR(params={"Global.log_level": "error"})
        texts: list[Value] = []
        small = 0
        # The file shows small print; the thumbnail stands in where it is gone, and tells how far this is.
        for original, thumbnail in zip(context.originals(), context.thumbnails(), strict=True):
            small += original is None
            answer = read(np.asarray(fitted(original or thumbnail))[:, :, ::-1])  # it wants blue first
            lines = zip(answer.txts or (), answer.scores or (), strict=True)
            texts.append("\n".join(text for text, score in lines if score >= confidence).strip() or None)
        results: list[Result] = [Values(property, tuple(texts))]
        if small:
            what = "1 image was" if small == 1 else f"{small} images were"
            results.append(Notice(f"{what} read from a thumbnail, as the file is not there", "warning"))
        return results


def fitted(image: Image) -> Image:
    """Return an image within the size that is read; the edges of a strip stay a pixel wide at least."""
    scale = LARGEST / max(image.size)
    return (
        image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale)))) if scale < 1 else image
    )


@hookimpl
def register_actions(register: Callable[[type[Action]], None]) -> None:
    register(Ocr)
