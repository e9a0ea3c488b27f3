"""CLIP's weights: from files, folders, the cache and the hub, or a sentence that says what is wrong and what to do."""

from __future__ import annotations

import http.server
import pickle
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from panoptic_ml import guard
from panoptic_ml.embedders import clip_hub, clip_sources
from panoptic_ml.types import Refused

from . import tiny_clip
from .tiny_clip import LISTED, embedder, folder, open_clip, pictures, random_weights, reference, safetensors, torch


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models by name, and weights of one of them in every form that weights come in."""
    return tiny_clip.made_in(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Return the names that are looked up, none of which is found. Nobody may wait for anything."""
    asked: list[str] = []

    def lookup(host: str, *_: object, **__: object) -> None:
        asked.append(str(host))
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def sleep(seconds: float) -> None:
        pytest.fail(f"waits {seconds} s to try again")

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(time, "sleep", sleep)
    return asked


@pytest.fixture
def published(no_network: list[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What open_clip says of the tag `known` of the model `tiny`."""
    tag = {"hf_hub": "somebody/tiny/", "mean": (0.1, 0.2, 0.3), "std": (0.5, 0.5, 0.5), "quick_gelu": True}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny", {"known": tag})
    return tag


def cache(root: Path, source: Path) -> None:
    """Lay files out as the hub's client does, for the repository `somebody/tiny`."""
    repository = root / "cache" / "models--somebody--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("0123abc")
    shutil.copytree(source, repository / "snapshots" / "0123abc")


def damaged(path: Path, made: Path) -> str:
    path.write_bytes((made / "tiny.safetensors").read_bytes()[:100_000])
    return "is damaged"


def not_weights(path: Path, made: Path) -> str:
    path.write_bytes(b"<html>Sign in to download</html>")
    return "is damaged"


def empty(path: Path, made: Path) -> str:
    path.write_bytes(b"")
    return "is damaged"


def of_another_model(path: Path, made: Path) -> str:
    weights = {key: value for key, value in random_weights(0).items() if "ln_final" not in key}
    (torch.save if path.suffix == ".pt" else safetensors.save_file)(weights, path)
    return "another architecture than tiny"


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("spoil", [damaged, not_weights, empty, of_another_model])
def test_what_is_wrong_with_a_file_is_said(
    made: Path, tmp_path: Path, spoil: Callable[[Path, Path], str], suffix: str
) -> None:
    path = tmp_path / f"weights{suffix}"
    said = spoil(path, made)
    with pytest.raises(guard.PluginRefusal, match=said) as refused:
        embedder(model="tiny", pretrained=str(path))
    assert str(path) in str(refused.value)


@pytest.mark.parametrize("model", ["wider", "deeper", "ViT-S-32-alt"])
def test_weights_of_another_architecture_are_refused(made: Path, model: str) -> None:
    with pytest.raises(guard.PluginRefusal, match=f"another architecture than {model}"):
        embedder(model=model, pretrained=str(made / "tiny.pt"))


class Trap:
    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> Any:
        return Path.touch, (self.sprung,)


def test_code_in_a_checkpoint_is_not_run(made: Path, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    torch.save({"state_dict": Trap(sprung)}, tmp_path / "weights.pt")
    with pytest.raises(guard.PluginRefusal, match="more in it than weights"):
        embedder(model="tiny", pretrained=str(tmp_path / "weights.pt"))
    assert not sprung.exists()
    pickle.loads(pickle.dumps(Trap(sprung)))
    assert sprung.exists(), "the trap is none"


def test_there_are_no_random_weights(made: Path, tmp_path: Path) -> None:
    folder(tmp_path / "bare", {}, None)
    with pytest.raises(guard.PluginRefusal, match="has no weights"):
        embedder(model=f"local-dir:{tmp_path / 'bare'}")
    with pytest.raises(guard.PluginRefusal, match="neither a file nor one of the weights"):
        embedder(model="tiny", pretrained="")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"model": "ViT-B-23"}, "open_clip has no model `ViT-B-23`; similar names are ViT-B-32"),
        ({"model": "ViT-B/32"}, "neither a file nor one of the weights of ViT-B-32, which are openai, .*laion2b"),
        ({"model": "tiny", "pretrained": "/no/such.pt"}, "open_clip knows none"),
        ({"model": "local-dir:/no/such"}, "has no `open_clip_config.json` that can be read"),
        ({"model": "hf-hub:"}, "needs a name"),
        ({"device": "mps"}, "has no mps; it has cpu"),
    ],
)
def test_names_that_lead_nowhere_are_refused(made: Path, settings: dict[str, str], said: str) -> None:
    with pytest.raises(guard.PluginRefusal, match=said):
        embedder(**settings)


def test_files_are_stored_by_their_whole_path(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made)
    Path("openai").touch()

    def stored(**settings: str) -> dict[str, Any]:
        return LISTED.parameters.dump(LISTED.parameters.parse(settings))

    assert stored(model="local-dir:folder")["model"] == f"local-dir:{made / 'folder'}"
    assert stored(model="tiny", pretrained="tiny.pt")["pretrained"] == str(made / "tiny.pt")
    assert stored(model="folder", pretrained="openai")["model"] == "folder"
    assert stored(model="ViT-B-32", pretrained="openai")["pretrained"] == "openai"


def test_a_configuration_that_is_none_is_refused(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"model_cfg": {"embed_dim": 3}}'):
        (tmp_path / "open_clip_config.json").write_text(text)
        with pytest.raises(guard.PluginRefusal, match=r"open_clip_config\.json"):
            embedder(model=f"local-dir:{tmp_path}")


def test_weights_that_are_not_here_are_said_to_be_missing_at_once(no_network: list[str], tmp_path: Path) -> None:
    with pytest.raises(guard.PluginRefusal) as refused:
        embedder()
    assert no_network == ["huggingface.co"]
    said = str(refused.value)
    assert "datacomp_s34b_b86k of ViT-B-32-256 (605 MB) are not on this machine" in said
    assert "https://huggingface.co cannot be reached" in said
    assert "`hf download laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K open_clip_model.safetensors`" in said
    assert f"into {tmp_path / 'cache'} here" in said


def test_a_model_of_the_hub_that_is_not_here_is_missing_at_once(no_network: list[str]) -> None:
    with pytest.raises(guard.PluginRefusal, match=r"weights of somebody/tiny are not on this machine.*cannot be"):
        embedder(model="hf-hub:somebody/tiny")
    assert no_network == ["huggingface.co"]


def test_where_people_said_offline_nothing_is_asked(no_network: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(guard.PluginRefusal, match="HF_HUB_OFFLINE forbids"):
        embedder()
    assert no_network == []


def test_what_is_in_the_cache_needs_no_network(
    made: Path, published: dict[str, Any], no_network: list[str], tmp_path: Path
) -> None:
    cache(tmp_path, made / "folder")
    by_name, by_tag = embedder(model="hf-hub:somebody/tiny"), embedder(model="tiny", pretrained="known")
    told = {"image_mean": published["mean"], "image_std": published["std"], "force_quick_gelu": True}
    found = guard.embed_images(LISTED, by_tag, pictures(2))
    assert np.allclose(found, reference(made, pictures(2), **told), atol=1e-5)
    assert np.allclose(guard.embed_images(LISTED, by_name, pictures(2)), reference(made, pictures(2)), atol=1e-5)
    assert by_name.revision.startswith("somebody/tiny@")
    assert no_network == []


def test_a_file_is_treated_as_the_published_weights_of_its_model(made: Path, published: dict[str, Any]) -> None:
    found = embedder(model="tiny", pretrained=str(made / "tiny.pt"))
    told = {"image_mean": published["mean"], "image_std": published["std"], "force_quick_gelu": True}
    assert np.allclose(guard.embed_images(LISTED, found, pictures(2)), reference(made, pictures(2), **told), atol=1e-5)


def test_of_published_weights_only_what_all_have_in_common_is_taken() -> None:
    one, other = {"mean": 1, "std": 2, "quick_gelu": True}, {"mean": 1, "std": 3}
    assert clip_sources.manner([one, other]) == {"image_mean": 1}
    assert clip_sources.manner([]) == {}


def test_a_multilingual_model_says_what_it_reads_texts_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clip_sources, "find_spec", lambda name: None)
    with pytest.raises(guard.PluginRefusal, match="pip install transformers"):
        embedder(model="ViT-B-32-SigLIP2-256", pretrained="webli")


def test_things_are_fetched_only_where_they_are_not_here_and_something_answers(
    no_network: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    seen: list[bool] = []

    def get() -> str:
        seen.append(constants.HF_HUB_OFFLINE)
        if constants.HF_HUB_OFFLINE:
            raise OSError("not in the cache")
        return "fetched"

    def gone() -> None:
        raise OSError("401 Client Error\nadvice")

    def wanted() -> clip_hub.Wanted:
        return clip_hub.Wanted("the weights", "a/b")

    monkeypatch.setattr(clip_hub, "reachable", lambda address: address == constants.ENDPOINT)
    assert clip_hub.fetched(get, wanted) == "fetched"
    assert seen == [True, False]
    with pytest.raises(Refused, match=r"fetching them failed: 401 Client Error\. Where"):
        clip_hub.fetched(gone, wanted)


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    """The port of something that answers, and knows nothing."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        server.RequestHandlerClass.log_message = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_whatever_answers_is_reachable(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    assert clip_hub.reachable(f"http://127.0.0.1:{server}")
    assert clip_hub.reachable(f"https://127.0.0.1:{server}")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        assert not clip_hub.reachable(f"http://127.0.0.1:{taken.getsockname()[1]}")
