"""What a picture shows, by a small network that comes with the package: EfficientNet-Lite0, trained on ImageNet."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import Embedder, Floats, Modality, Refused

from . import lite0_terms

if TYPE_CHECKING:
    from collections.abc import Callable

MODEL = files("panoptic_ml") / "models" / "efficientnet-lite0.onnx"

#: Pixels to a side of what the network was trained on.
SIDE = 224

#: Pictures that go through the network at once; the time for each gets no shorter with more.
BATCH = 8


class Lite0(Embedder):
    """Shows the same kind of thing, crops and mirrored copies too. Searches by English words for a thousand things."""

    id = "lite0"
    revision = "imagenet-svd-256"
    dimension = 256
    modalities: frozenset[Modality] = frozenset({"image", "text"})
    requires: Mapping[str, str] = {"onnxruntime": "onnxruntime"}
    is_basic = True

    @property
    def words(self) -> Sequence[str]:  # type: ignore[override]
        return lite0_terms.read().names

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        """Share pictures out to the processors, each of which makes some ready and runs the network on them."""
        network = self.network  # here, or each thread would load it
        processors = os.cpu_count() or 1
        size = max(1, min(BATCH, -(-len(images) // processors)))
        parts = [images[start : start + size] for start in range(0, len(images), size)]
        with ThreadPoolExecutor(processors) as pool:
            rows = list(pool.map(lambda part: vectors(network, part), parts))
        return np.concatenate([np.empty((0, self.dimension), np.float32), *rows])

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        """Return for each text the mean direction of the classes that it speaks of."""
        rows = [self.classes[meant(text)].mean(axis=0) for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), self.dimension)

    @cached_property
    def classes(self) -> Floats:
        """The direction of each class, which the model file has as numbers: they need no picture."""
        nothing = np.empty((0, SIDE, SIDE, 3), np.uint8)
        classes: Floats = self.network.run(["classes"], {"pixels": nothing})[0]
        return classes

    @cached_property
    def network(self) -> Any:
        """The network, loaded when it is first used. It computes on the thread that calls it."""
        import onnxruntime

        if not MODEL.is_file():
            raise Refused(f"its model file `{MODEL}` is missing: `pip install` the package again to write it")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(MODEL.read_bytes(), options, ["CPUExecutionProvider"])


def vectors(network: Any, images: Sequence[Image.Image]) -> Floats:
    rows: Floats = network.run(["vectors"], {"pixels": np.stack([pixels(image) for image in images])})[0]
    return rows


def pixels(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Return a picture as the network takes it: squeezed into a square, so that nothing at the edges is cut off."""
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0))


def meant(text: str) -> list[int]:
    """Return the classes that a text speaks of; Refused where it has no known word."""
    if not (meant := lite0_terms.read().meant(text)):
        raise Refused(
            f"knows no word of `{text}`: it knows the English names of a thousand things and their kinds, such as "
            "`dog`, `boat`, `fruit`, `clock` or `musical instrument`; other texts take the embedder `clip`"
        )
    return sorted(meant)


@hookimpl
def register_embedders(register: Callable[[type[Embedder]], None]) -> None:
    register(Lite0)
