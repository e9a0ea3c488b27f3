"""CLIP by open_clip: its real code on a small model with random weights that the test makes, and on real ones if given.

`PANOPTIC_CLIP` names a checkpoint of real weights, and `PANOPTIC_CLIP_MODEL` the model that it is of.
"""

from __future__ import annotations

import itertools
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from datasette_panoptic.cli import panoptic
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from panoptic_ml import guard
from panoptic_ml.embedders import clip, clip_onnx
from panoptic_ml.embedders.clip import Clip
from panoptic_ml.testing import check_embedder
from panoptic_ml.vectors import unpack
from tests.conftest import Project
from tests.corpus import paint

from . import tiny_clip
from .tiny_clip import LISTED, embedder, folder, open_clip, pictures, random_weights, reference, safetensors, torch


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models by name, and weights of one of them in every form that weights come in."""
    return tiny_clip.made_in(tmp_path_factory.mktemp("clip"))


@pytest.mark.parametrize("weights", ["tiny.safetensors", "tiny.pt", "folder"])
def test_it_keeps_the_promises_of_an_embedder(made: Path, weights: str) -> None:
    if weights == "folder":
        check_embedder(Clip, {"model": f"local-dir:{made / weights}"})
    else:
        check_embedder(Clip, {"model": "tiny", "pretrained": str(made / weights)})


def test_the_same_weights_are_the_same_revision_in_whatever_file_they_come(made: Path) -> None:
    found = {embedder(model="tiny", pretrained=str(made / name)).revision for name in ("tiny.pt", "trained.pt")}
    assert found == {embedder(model="tiny", pretrained=str(made / "tiny.safetensors")).revision}
    assert found.pop().startswith("tiny@")


def test_other_weights_are_another_revision(made: Path, tmp_path: Path) -> None:
    safetensors.save_file(random_weights(1), tmp_path / "tiny.safetensors")
    one, other = (embedder(model="tiny", pretrained=str(path / "tiny.safetensors")) for path in (made, tmp_path))
    assert one.revision != other.revision
    assert not np.allclose(*(guard.embed_images(LISTED, each, pictures(1)) for each in (one, other)), atol=0.01)


def test_a_folder_says_how_its_images_are_prepared(made: Path, tmp_path: Path) -> None:
    dark = folder(tmp_path / "dark", {"mean": [0.9, 0.9, 0.9], "resize_mode": "squash"}, made / "tiny.safetensors")
    plain, prepared = (embedder(model=f"local-dir:{path}") for path in (made / "folder", dark))
    assert plain.revision != prepared.revision
    found = guard.embed_images(LISTED, prepared, pictures(3))
    told = {"image_mean": (0.9, 0.9, 0.9), "image_resize_mode": "squash"}
    assert np.allclose(found, reference(made, pictures(3), **told), atol=1e-5)


def test_images_get_the_vectors_that_open_clip_gives_them(made: Path) -> None:
    found = embedder(model="tiny", pretrained=str(made / "tiny.pt"))
    images = pictures(2 * clip.BATCH["cpu"] + 3)
    assert np.allclose(guard.embed_images(LISTED, found, images), reference(made, images), atol=1e-5)


def test_texts_and_images_are_in_one_space(made: Path) -> None:
    found = embedder(model="tiny", pretrained=str(made / "tiny.pt"))
    texts = [f"a boat with {number} sails" for number in range(clip.TEXTS + 2)]
    cosines = guard.embed_texts(LISTED, found, texts) @ guard.embed_images(LISTED, found, pictures(2)).T
    model, _, preprocess = open_clip.create_model_and_transforms("tiny", str(made / "tiny.pt"))
    with torch.no_grad():
        tensors = torch.stack([preprocess(image) for image in pictures(2)])
        images, words, scale = model.eval()(tensors, open_clip.get_tokenizer("tiny")(texts))
    assert np.allclose(cosines, (words @ images.T).numpy(), atol=1e-5)
    assert scale > 0


def test_the_next_images_are_prepared_while_the_model_is_busy(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = embedder(model="tiny", pretrained=str(made / "tiny.pt"))
    prepare, encode, second = found.preprocess, found.encode_image, threading.Event()
    monkeypatch.setattr(found, "preprocess", lambda image: (image.width == 77 and second.set(), prepare(image))[1])

    def encoding(batch: Any) -> Any:
        assert second.wait(30), "nothing is prepared while the model runs"
        return encode(batch)

    monkeypatch.setattr(found, "encode_image", encoding)
    images = [*pictures(clip.BATCH["cpu"]), Image.new("RGB", (77, 50))]
    assert len(guard.embed_images(LISTED, found, images)) == len(images)


def test_onnx_runtime_gives_the_same_and_is_exported_once(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx")
    monkeypatch.setenv("PANOPTIC_CACHE", str(tmp_path))
    settings = {"model": f"local-dir:{made / 'folder'}", "runtime": "onnx"}
    found = guard.embed_images(LISTED, embedder(**settings), pictures(11))
    assert np.allclose(found, reference(made, pictures(11)), atol=1e-5)
    monkeypatch.setattr(clip_onnx, "export", lambda *_: pytest.fail("exports it again"))
    check_embedder(Clip, settings)
    assert [path.name for path in (tmp_path / "clip").iterdir()] == [embedder(**settings).revision]


def test_onnx_runtime_says_what_it_takes(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANOPTIC_CACHE", str(tmp_path))
    monkeypatch.setattr(clip_onnx, "find_spec", lambda name: None)
    with pytest.raises(guard.PluginRefusal, match="pip install onnx"):
        embedder(model="tiny", pretrained=str(made / "tiny.pt"), runtime="onnx")
    with pytest.raises(guard.PluginRefusal, match="computes on the CPU, not on cuda"):
        embedder(runtime="onnx", device="cuda")


@pytest.mark.parametrize("size", [(60_000, 1), (2, 30_000)])
def test_a_strip_is_not_enlarged(made: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    found = embedder(model="tiny", pretrained=str(made / "tiny.pt"))
    prepare, sizes = found.preprocess, []
    monkeypatch.setattr(found, "preprocess", lambda image: (sizes.append(image.size), prepare(image))[1])
    strip = Image.effect_noise(size, 60).convert("RGB")
    vectors = guard.embed_images(LISTED, found, [strip])
    assert max(sizes[0]) == clip.STRIP * min(size)
    left, top = ((length - min(length, max(sizes[0]))) // 2 for length in size)
    assert strip.crop((left, top, left + sizes[0][0], top + sizes[0][1])).tobytes() == clip.middle(strip).tobytes()
    assert vectors.shape == (1, 24)


def test_a_project_is_embedded_and_searched_in_words(made: Path, project: Project) -> None:
    import_folders(
        project.conn, [paint(project.path.parent / "pictures", 5)[0].parent], options=ImportOptions(workers=1)
    )

    def command(*arguments: str) -> Any:
        ran = CliRunner().invoke(panoptic, [arguments[0], str(project.path), *arguments[1:], "--json"])
        assert ran.exit_code == 0, ran.output
        return json.loads(ran.stdout)

    said = command("embed", "--embedder", "clip", "--model", f"local-dir:{made / 'folder'}")
    assert (said["embedded"], said["missing"]) == (5, 0)
    rows = command("search", "a boat")["rows"]
    assert len(rows) == 5

    stored = dict(project.conn.execute("select image_id, vector from _panoptic_embeddings").fetchall())
    boat = guard.embed_texts(LISTED, embedder(model=f"local-dir:{made / 'folder'}"), ["a boat"])[0]
    cosines = unpack([stored[row["image_id"]] for row in rows], len(boat)) @ boat
    ranked = [(row["similarity"], float(cosine)) for row, cosine in zip(rows, cosines, strict=True)]
    assert len({score for score, _ in ranked}) > 1
    pairs = list(itertools.combinations(ranked, 2))
    assert all(one[0] >= other[0] for one, other in pairs)
    assert all(one[1] > other[1] for one, other in pairs if one[0] > other[0])


@pytest.mark.skipif("PANOPTIC_CLIP" not in os.environ, reason="PANOPTIC_CLIP names no checkpoint of real weights")
def test_real_weights_know_what_they_see() -> None:
    model = os.environ.get("PANOPTIC_CLIP_MODEL", "ViT-B-32-256")
    found = embedder(model=model, pretrained=os.environ["PANOPTIC_CLIP"])
    colors = ["red", "green", "blue", "yellow", "black", "white"]
    images = guard.embed_images(LISTED, found, [Image.new("RGB", (64, 64), color) for color in colors])
    texts = guard.embed_texts(LISTED, found, [f"a plain {color} square" for color in colors])
    assert ((texts @ images.T).argmax(axis=1) == np.arange(len(colors))).sum() >= 5
