"""Pictures and words in one space, by the CLIP models of open_clip. Needs the extra `clip`, and weights.

Nothing here imports torch before an embedder is made, so that listing what there is costs nothing.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from PIL import Image
from pydantic import AfterValidator, Field

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.types import PLACE, Embedder, Floats, Modality, Refused

from . import clip_models, clip_onnx, clip_sources
from .clip_words import WORDS

EXTRA = "datasette-panoptic[clip]"

#: Images that go through the model at once. A CPU gains nothing by more; the others have work for more.
BATCH = {"cpu": 8, "mps": 16, "cuda": 32}

#: Texts that go through the model at once.
TEXTS = 64

#: How many times longer than wide a picture may be before its ends are cut off.
STRIP = 8


def whole_folder(model: str) -> str:
    """Return the name of a model with the whole path, if it is a folder: it is stored, and read from elsewhere."""
    scheme, _, place = model.partition(":")
    return f"{scheme}:{Path(place).expanduser().absolute()}" if scheme == "local-dir" else model


def whole_file(pretrained: str) -> str:
    """Return the name of weights with the whole path, if it is a file. Tags have no suffix."""
    path = Path(pretrained).expanduser()
    return str(path.absolute()) if path.suffix and path.is_file() else pretrained


Model = Annotated[
    str,
    AfterValidator(whole_folder),
    Field(
        min_length=1,
        description="Model of open_clip, local-dir:/folder or hf-hub:org/name",
        json_schema_extra=PLACE,
    ),
]
Weights = Annotated[
    str,
    AfterValidator(whole_file),
    Field(description="Weights: a tag of open_clip, or a .safetensors or .pt file", json_schema_extra=PLACE),
]


class Clip(Embedder):
    """Embeds images and texts in one space: finds pictures by words, and pictures of the same things."""

    id = "clip"
    modalities: frozenset[Modality] = frozenset({"image", "text"})
    words = WORDS
    incidental = frozenset({"device", "runtime"})
    requires = {"torch": EXTRA, "open_clip": EXTRA}  # noqa: RUF012 as in the protocol

    def __init__(
        self,
        model: Model = "ViT-B-32-256",
        pretrained: Weights = "datacomp_s34b_b86k",
        device: Annotated[Literal["auto", "cuda", "mps", "cpu"], Field(description="Device to compute on")] = "auto",
        runtime: Annotated[
            Literal["torch", "onnx"], Field(description="Runtime of the image model on a CPU")
        ] = "torch",
    ) -> None:
        if runtime == "onnx" and device not in ("auto", "cpu"):
            raise Refused(f"the runtime onnx computes on the CPU, not on {device}")
        self.device = available("cpu" if runtime == "onnx" else device)
        loaded = clip_models.load(model, pretrained)
        self.revision, self.dimension = loaded.revision, loaded.dimension
        self.model = loaded.model.to(self.device)
        self.preprocess, self.tokenizer = loaded.preprocess, loaded.tokenizer
        self.encode_image = self.model.encode_image
        if runtime == "onnx":
            example = self.preprocess(Image.new("RGB", (64, 64))).expand(2, -1, -1, -1)
            self.encode_image = clip_onnx.image_encoder(self.model, self.revision, example)
            self.model.visual = None  # most of the memory, for nothing now
        #: Only the square in the middle is looked at, the rest is resized in vain.
        self.middle_only = loaded.resize_mode == "shortest"

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        return self.embed(self.encode_image, self.prepared(images))

    def embed_texts(self, texts: list[str]) -> Floats:
        """Return a row for each text. What is longer than the model reads, some 70 words, is cut off."""
        parts = (texts[start : start + TEXTS] for start in range(0, len(texts), TEXTS))
        return self.embed(self.model.encode_text, (self.tokenizer(part) for part in parts))

    def embed(self, encode: Callable[[Any], Any], batches: Iterator[Any]) -> Floats:
        """Run batches through the model. On CUDA in half precision, twice as fast or more; elsewhere that is slower."""
        import torch

        rows = [np.empty((0, self.dimension), np.float32)]
        with torch.inference_mode(), torch.autocast(self.device, torch.float16, enabled=self.device == "cuda"):
            rows += [encode(batch.to(self.device)).float().cpu().numpy() for batch in batches]
        return np.concatenate(rows)

    def prepared(self, images: Sequence[Image.Image]) -> Iterator[Any]:
        """Yield images as tensors, a batch each; threads prepare the next while the model is busy with one."""
        import torch

        step = BATCH[self.device]
        ahead: deque[list[Future[Any]]] = deque()
        with ThreadPoolExecutor(min(os.cpu_count() or 1, step)) as pool:
            for start in range(0, len(images), step):
                ahead.append([pool.submit(self.tensor, image) for image in images[start : start + step]])
                if len(ahead) == 2:
                    yield torch.stack([future.result() for future in ahead.popleft()])
            while ahead:
                yield torch.stack([future.result() for future in ahead.popleft()])

    def tensor(self, image: Image.Image) -> Any:
        return self.preprocess(middle(image) if self.middle_only else image)


def available(device: str) -> str:
    """Return the device to compute on; Refused where there is none such."""
    clip_sources.imported()
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return next(name for name, is_there in there.items() if is_there)
    if not there[device]:
        usable = ", ".join(name for name, is_there in there.items() if is_there)
        raise Refused(f"this machine's torch {torch.__version__} has no {device}; it has {usable}")
    return device


def middle(image: Image.Image) -> Image.Image:
    """Return a strip without its ends: resized until its short side fits, one pixel by 60,000 would fill the memory."""
    width, height = image.size
    longest = STRIP * min(width, height)
    if max(width, height) <= longest:
        return image
    left, top = max(0, width - longest) // 2, max(0, height - longest) // 2
    return image.crop((left, top, left + min(width, longest), top + min(height, longest)))


@hookimpl
def register_embedders(register: Callable[[type[Embedder]], None]) -> None:
    register(Clip)
