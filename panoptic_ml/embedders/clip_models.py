"""Models of open_clip with the weights that were asked for, or one sentence that says why not and what to do.

Left to itself, open_clip makes up random weights, waits for a network that is not there, and fails in as many ways as
there are libraries below it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pickle import UnpicklingError
from typing import Any

from panoptic_ml.types import Refused

from . import clip_sources
from .clip_hub import Wanted, fetched, first_line, offline
from .clip_sources import Source, imported


@dataclass(frozen=True)
class Loaded:
    """A model on the CPU, and what its inputs are made with."""

    model: Any
    #: Makes a tensor of an image.
    preprocess: Callable[[Any], Any]
    resize_mode: str
    #: Makes a tensor of a list of texts.
    tokenizer: Callable[[list[str]], Any]
    dimension: int
    #: Names the model, and by a hash all that its vectors depend on.
    revision: str


def load(name: str, pretrained: str) -> Loaded:
    """Return a model by its name and the tag or file of its weights."""
    source = clip_sources.found(name, pretrained)
    tokenizer = tokenizer_of(source)
    with offline():
        try:
            model, _, preprocess = imported().create_model_and_transforms(
                source.name, source.pretrained, require_pretrained=True, weights_only=True, **source.manner
            )
        except Exception as error:
            raise Refused(misfit(error, source)) from error
    label = "local" if source.is_folder else source.name.removeprefix("hf-hub:")
    revision = f"{label}@{digest(model, source)}"
    mode = model.visual.preprocess_cfg["resize_mode"]
    return Loaded(fused(model.eval()), preprocess, mode, tokenizer, source.config["embed_dim"], revision)


def tokenizer_of(source: Source) -> Any:
    """Return what makes tokens of texts. That of a multilingual model is one more thing to fetch."""
    open_clip = imported()
    text = source.config["text_cfg"]
    tower, tokens = text.get("hf_model_name"), text.get("hf_tokenizer_name")

    def wanted() -> Wanted:
        return Wanted(
            f"tables by which {source.name} reads texts", tokens or tower, ("--include", "'*.json'", "'*.model'")
        )

    if tower or tokens:
        from transformers import AutoConfig  # before it is kept off the network, which some releases never forget

        if tower:
            fetched(lambda: AutoConfig.from_pretrained(tower), wanted)
    if not source.is_folder:
        return fetched(lambda: open_clip.get_tokenizer(source.name), wanted)
    with offline():
        try:
            return open_clip.get_tokenizer(source.name)
        except Exception as error:
            raise Refused(f"`{source.name}` lacks files of its tokenizer: {first_line(error)}") from error


def misfit(error: Exception, source: Source) -> str:
    """Say why weights that are there are not those of this model."""
    said = first_line(error)
    if isinstance(error, AssertionError) or "state_dict" in said:
        return f"`{source.weights}` has weights of another architecture than {source.name}"
    unreadable = isinstance(error, UnpicklingError | EOFError) or type(error).__name__ == "SafetensorError"
    if unreadable or "zip archive" in said or "weights_only" in said:
        return f"`{source.weights}` is damaged, or has more in it than weights, which might be code and is never loaded"
    return f"`{source.weights}` cannot be loaded as {source.name}: {said}"


def fused(model: Any) -> Any:
    """Return a model without the branches that some have for training: the same numbers, in half the time."""
    from timm.utils.model import reparameterize_model

    return reparameterize_model(model, inplace=True)


def digest(model: Any, source: Source) -> str:
    """Return a hash of what vectors depend on, the same for the same weights in whatever file they came."""
    settings = [source.config, source.manner.get("force_quick_gelu"), model.visual.preprocess_cfg]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for key, tensor in sorted(model.state_dict().items()):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy())
    return digest.hexdigest()[:16]
