"""A small CLIP with random weights, which tests make: the code is the real one, the meaning is none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from panoptic_ml import guard
from panoptic_ml.embedders.clip import Clip
from panoptic_ml.registry import examined
from panoptic_ml.types import Floats
from tests.corpus import picture

torch = pytest.importorskip("torch", reason="the extra `clip` is not installed")
open_clip = pytest.importorskip("open_clip", reason="the extra `clip` is not installed")
safetensors = pytest.importorskip("safetensors.torch")

LISTED = examined("embedder", Clip, "ours")

TINY = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "patch_size": 8, "layers": 1, "width": 32, "head_width": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "layers": 1, "width": 32, "heads": 2},
}
WIDER = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "width": 48}}
DEEPER = {**TINY, "vision_cfg": {**TINY["vision_cfg"], "layers": 2}}


def made_in(made: Path) -> Path:
    """Write models that have names from now on, and weights of one of them in every form that weights come in."""
    for name, config in {"tiny": TINY, "wider": WIDER, "deeper": DEEPER}.items():
        (made / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(made)
    weights = random_weights(0)
    safetensors.save_file(weights, made / "tiny.safetensors")
    torch.save(weights, made / "tiny.pt")
    torch.save({"state_dict": {f"module.{key}": value for key, value in weights.items()}}, made / "trained.pt")
    folder(made / "folder", {}, made / "tiny.safetensors")
    return made


def random_weights(seed: int) -> dict[str, Any]:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return open_clip.create_model("tiny", load_weights=False).state_dict()


def folder(path: Path, preprocess: dict[str, Any], weights: Path | None) -> Path:
    """Write what a repository of the hub has."""
    path.mkdir(parents=True)
    (path / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY, "preprocess_cfg": preprocess}))
    if weights:
        shutil.copy(weights, path / "open_clip_model.safetensors")
    return path


def embedder(**settings: object) -> Any:
    return guard.make(LISTED, LISTED.parameters.parse(settings))


def pictures(count: int) -> list[Image.Image]:
    return [picture(number) for number in range(count)]


def reference(made: Path, images: list[Image.Image], **told: object) -> Floats:
    """Return vectors as open_clip's own documentation makes them."""
    model, _, preprocess = open_clip.create_model_and_transforms("tiny", str(made / "tiny.safetensors"), **told)
    with torch.no_grad():
        found = model.eval().encode_image(torch.stack([preprocess(image) for image in images]), normalize=True)
    return found.numpy()
