"""CLIP is listed whether or not it can run, and listing it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from panoptic_ml import guard, registry
from panoptic_ml.embedders.clip import Clip
from panoptic_ml.registry import examined


def test_it_is_registered() -> None:
    assert registry.installed().embedders["clip"].target is Clip


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "is_importable", lambda module: module not in ("torch", "open_clip"))
    listed = examined("embedder", Clip, "ours")
    assert listed.missing == "pip install 'datasette-panoptic[clip]'"
    with pytest.raises(guard.PluginFault, match=r"pip install 'datasette-panoptic\[clip\]'"):
        guard.make(listed, listed.parameters.parse({}))


def test_listing_it_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'torchvision', 'open_clip', 'transformers', 'huggingface_hub', 'onnxruntime'}"
    code = f"import sys; import panoptic_ml.embedders.clip; sys.exit(', '.join({heavy} & sys.modules.keys()) or None)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.strip()) == (0, "")
