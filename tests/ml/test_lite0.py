"""The default embedder knows things by sight, and by name; its file computes what the published weights say."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_image

import hatch_model
import hatch_network
from panoptic_ml import guard
from panoptic_ml.embedders import lite0, lite0_terms
from panoptic_ml.registry import installed
from panoptic_ml.testing import check_embedder
from panoptic_ml.types import Embedder, Floats
from tests.corpus import picture

LISTED = installed().embedders["lite0"]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return guard.make(LISTED, LISTED.parameters.parse({}))


@pytest.fixture(scope="module")
def photos() -> dict[str, Image.Image]:
    """Two photographs that scikit-learn ships: a flower, and a palace in China."""
    return {name: Image.fromarray(load_sample_image(f"{name}.jpg")) for name in ("flower", "china")}


def test_it_keeps_the_promises_of_an_embedder() -> None:
    check_embedder(LISTED.target)


def test_many_are_shared_out_and_keep_their_order(embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    pictures = [picture(number, (64, 48)) for number in range(26)]
    together = guard.embed_images(LISTED, embedder, pictures)
    for number in (0, 7, 8, 25):
        assert together[number] == pytest.approx(guard.embed_images(LISTED, embedder, [pictures[number]])[0], abs=1e-4)


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "mirrored": ImageOps.mirror,
    "70 % of it": lambda image: image.crop((0, 0, image.width * 7 // 10, image.height)),
    "half of it": lambda image: image.crop((image.width // 4, 0, image.width * 3 // 4, image.height)),
    "small, in a frame": lambda image: ImageOps.expand(image.resize((80, 60)), 5, "white"),
    "grey": lambda image: image.convert("L").convert("RGB"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_copy_is_nearest_to_what_it_was_made_of(
    edit: str, embedder: Embedder, photos: dict[str, Image.Image]
) -> None:
    others = [picture(number) for number in range(4)]
    kept = guard.embed_images(LISTED, embedder, [*photos.values(), *others])
    edited = guard.embed_images(LISTED, embedder, [EDITS[edit](photo) for photo in photos.values()])
    assert (edited @ kept.T).argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a flower", "flower"),
        ("daisies", "flower"),
        ("insects", "flower"),
        ("building", "china"),
        ("Palaces", "china"),
        ("a boat in front of a palace", "china"),
    ],
)
def test_words_find_what_a_photograph_shows(
    text: str, shown: str, embedder: Embedder, photos: dict[str, Image.Image]
) -> None:
    found = guard.embed_images(LISTED, embedder, list(photos.values())) @ guard.embed_texts(LISTED, embedder, [text])[0]
    assert list(photos)[found.argmax()] == shown


MEANINGS = {
    "Dogs": ("dog", 118),
    "a red BOAT on the sea, at night": ("boat", 6),
    "wolves": ("wolf", 4),
    "knives": ("knife", 2),
    "churches": ("church", 1),
    "geese": ("goose", 1),
    "café": ("cafe", 0),
    "jack-o'-lantern": ("jack-o\u2019-lantern", 1),
    "crème brûlée": ("nothing", 0),
    "great white sharks": ("great white shark", 1),
    "white sharks": ("white shark", 1),
    "dog and cat": ("cat or dog", 131),
    "crane": ("cranes", 2),
    "crane (bird)": ("the crane, a wading bird", 1),
    "a bird, perhaps a crane": ("bird crane", 1),
    "": ("?!", 0),
    "Αθήνα": ("été", 0),
}


@pytest.mark.parametrize("text", MEANINGS)
def test_a_text_means_classes(text: str) -> None:
    other, count = MEANINGS[text]
    terms = lite0_terms.read()
    assert len(terms.meant(text)) == count
    assert terms.meant(text) == terms.meant(other)


def test_a_longer_term_counts_for_more_than_words_in_it() -> None:
    terms = lite0_terms.read()
    assert len(terms.meant("hot dogs")) == 1
    assert not terms.meant("hot dogs") & terms.meant("dog")
    assert terms.meant("fire truck") == terms.meant("fire engine")


def test_each_class_has_a_name_that_means_it(embedder: Embedder) -> None:
    terms = lite0_terms.read()
    assert len(set(embedder.words)) == len(terms.names) == 1000
    strays = {name for number, name in enumerate(terms.names) if number not in terms.meant(name)}
    assert strays == set()
    assert sum(len(terms.meant(name)) == 1 for name in terms.names) > 990


def test_a_text_without_a_known_word_is_refused_with_advice(embedder: Embedder) -> None:
    with pytest.raises(guard.PluginRefusal, match=r"knows no word of `melancholy`.*such as `dog`.*`clip`"):
        guard.embed_texts(LISTED, embedder, ["dog", "melancholy"])


def test_search_by_words_is_basic(embedder: Embedder) -> None:
    assert guard.is_basic(embedder)


def test_a_missing_model_file_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lite0, "MODEL", tmp_path / "gone.onnx")
    made = guard.make(LISTED, LISTED.parameters.parse({}))
    with pytest.raises(guard.PluginRefusal, match=r"gone\.onnx` is missing: `pip install`"):
        guard.embed_images(LISTED, made, [picture(1)])


def test_the_model_file_computes_what_the_weights_say(embedder: Embedder, photos: dict[str, Image.Image]) -> None:
    weights = hatch_network.read(BytesIO(hatch_model.checkpoint()))
    features = naive(weights, lite0.pixels(photos["flower"]))
    logits = weights["_fc.weight"] @ features + weights["_fc.bias"]
    best = [lite0_terms.read().names[number] for number in np.argsort(-logits)[:2]]
    assert best == ["daisy", "bee"]
    expected = np.sqrt(features) @ hatch_network.directions(weights["_fc.weight"])
    found = guard.embed_images(LISTED, embedder, [photos["flower"]])[0]
    assert found @ expected / np.linalg.norm(expected) > 0.99


def naive(weights: dict[str, np.ndarray], image: np.ndarray) -> Floats:
    """Return the 1,280 features of one picture, block by block as the network was published, without rounding."""
    level = (image.transpose(2, 0, 1).astype(np.float32) - 127) / 128
    level = normal(weights, "_bn0", convolved(level, weights["_conv_stem.weight"], 2)).clip(0, 6)
    for number, stride in enumerate([1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]):
        block, above = f"_blocks.{number}.", level
        if number:
            level = convolved(level, weights[f"{block}_expand_conv.weight"])
            level = normal(weights, f"{block}_bn0", level).clip(0, 6)
        level = convolved(level, weights[f"{block}_depthwise_conv.weight"], stride)
        level = normal(weights, f"{block}_bn1", level).clip(0, 6)
        level = normal(weights, f"{block}_bn2", convolved(level, weights[f"{block}_project_conv.weight"]))
        if level.shape == above.shape:
            level = level + above
    level = normal(weights, "_bn1", convolved(level, weights["_conv_head.weight"])).clip(0, 6)
    features: Floats = level.mean(axis=(1, 2))
    return features


def convolved(level: np.ndarray, kernel: np.ndarray, stride: int = 1) -> np.ndarray:
    """Convolve with padding as TensorFlow's `same`."""
    size = kernel.shape[-1]
    before = (size - stride) // 2
    padded = np.pad(level, ((0, 0), *[(before, size - stride - before)] * 2))
    high, wide = (side // stride for side in level.shape[1:])
    found = np.zeros((len(kernel), high, wide), np.float32)
    for y, x in np.ndindex(size, size):
        part = padded[:, y : y + stride * high : stride, x : x + stride * wide : stride]
        if kernel.shape[1] == 1:
            found += part * kernel[:, :, y, x, None]
        else:
            found += np.tensordot(kernel[:, :, y, x], part, 1)
    return found


def normal(weights: dict[str, np.ndarray], name: str, level: np.ndarray) -> np.ndarray:
    mean, variance, scale, bias = (
        weights[f"{name}.{part}"][:, None, None] for part in ("running_mean", "running_var", "weight", "bias")
    )
    found: np.ndarray = (level - mean) / np.sqrt(variance + 1e-3) * scale + bias
    return found
