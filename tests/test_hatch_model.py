"""When the model file is written anew, and from what."""

from __future__ import annotations

from pathlib import Path

import pytest

import hatch_model


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with a model file that was written by the sources in it."""
    for name in hatch_model.INPUTS:
        (tmp_path / name).write_text(name)
    (tmp_path / hatch_model.MODEL).parent.mkdir(parents=True)
    (tmp_path / hatch_model.MODEL).write_bytes(b"model")
    (tmp_path / hatch_model.FINGERPRINT).write_text(hatch_model.fingerprint(tmp_path) + "\n")
    return tmp_path


def test_a_file_that_its_sources_wrote_is_fresh(root: Path) -> None:
    assert hatch_model.is_fresh(root)


@pytest.mark.parametrize("name", [hatch_model.MODEL, hatch_model.FINGERPRINT])
def test_a_file_that_is_not_there_is_not_fresh(root: Path, name: str) -> None:
    (root / name).unlink()
    assert not hatch_model.is_fresh(root)


@pytest.mark.parametrize("name", hatch_model.INPUTS)
def test_a_change_of_a_source_makes_the_file_stale(root: Path, name: str) -> None:
    (root / name).write_text("changed")
    assert not hatch_model.is_fresh(root)


def test_this_tree_has_what_it_says_it_has() -> None:
    assert hatch_model.is_fresh(Path(hatch_model.__file__).parent)


def test_other_weights_are_not_taken(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_model, "SHA256", "0" * 64)
    with pytest.raises(RuntimeError, match=r"SHA-256 5793.*: install efficientnet\S*==0\.1\.0 again"):
        hatch_model.build(root)
    assert (root / hatch_model.MODEL).read_bytes() == b"model"
