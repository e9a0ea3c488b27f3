"""Vectors for queries come from processes of their own: kept, limited, ended, and never the server's trouble."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from datasette_panoptic.errors import PanopticError
from datasette_panoptic.jobs import inference as inferring
from datasette_panoptic.jobs.inference import Inference
from datasette_panoptic.store.spaces import Space
from tests.ml.trial import install
from tests.pictured import encoded


def space(at_red: str = "nothing", *, embedder: str = "trial", revision: str = "1") -> Space:
    return Space(1, embedder, revision, {"at_red": at_red}, True, 4, "cosine", 0, 0)


@pytest_asyncio.fixture
async def inference(monkeypatch: pytest.MonkeyPatch, tmp_path) -> AsyncIterator[Inference]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([install(tmp_path / "site"), os.environ.get("PYTHONPATH", "")]))
    found = Inference()
    yield found
    await found.stop()


def process_of(inference: Inference) -> asyncio.subprocess.Process:
    helper = next(reversed(inference._helpers.values()))
    assert helper._process
    return helper._process


@pytest.mark.asyncio
async def test_texts_and_pictures_are_answered_by_one_process(inference):
    vectors = await inference.texts(space(), ["abc", "ab"])
    assert vectors.dtype == np.float32
    assert np.allclose(vectors[0], np.array([3, 1, 1, 1]) / np.sqrt(12))
    first = process_of(inference).pid
    found = await inference.picture(space(), encoded((0, 40, 0)))
    assert np.allclose(found * np.hypot(40, 9), [0, 40, 0, 9], atol=0.5)
    # Several at once: each gets its own answer.
    asked = await asyncio.gather(*(inference.texts(space(), ["x" * n]) for n in range(1, 9)))
    assert [round(float(one[0, 0] / one[0, 1])) for one in asked] == list(range(1, 9))
    with pytest.raises(PanopticError, match="the file holds text, not an image"):
        await inference.picture(space(), b"this is no picture at all, and says so")
    assert process_of(inference).pid == first
    # One that ends because it was idle, in the moment in which it is asked.
    process_of(inference).stdin.close()
    assert len(await inference.texts(space(), ["a"])) == 1
    assert process_of(inference).pid != first


@pytest.mark.asyncio
async def test_what_hangs_is_ended_and_what_dies_is_said(inference, monkeypatch):
    assert len(await inference.texts(space("hang"), ["blue"])) == 1
    monkeypatch.setattr(inferring, "LIMIT", 0.5)
    hanging = process_of(inference)
    with pytest.raises(PanopticError, match=r"did not answer within 0\.5 seconds and was stopped"):
        await inference.texts(space("hang"), ["red"])
    assert hanging.returncode is not None
    assert len(await inference.texts(space("hang"), ["blue"])) == 1  # another process
    with pytest.raises(PanopticError, match=r"ended its process \(exit code 3\): the last words"):
        await inference.texts(space("exit"), ["red"])


@pytest.mark.asyncio
async def test_whoever_does_not_wait_leaves_no_answer_to_the_next(inference):
    await inference.texts(space("hang"), ["blue"])
    waiting = asyncio.create_task(inference.texts(space("hang"), ["red"]))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert np.allclose((await inference.texts(space("hang"), ["abc"]))[0], np.array([3, 1, 1, 1]) / np.sqrt(12))


@pytest.mark.asyncio
async def test_only_some_are_kept_and_none_after_the_end(inference, monkeypatch):
    monkeypatch.setattr(inferring, "KEPT", 1)
    with pytest.raises(PanopticError, match="made by `absent`: no embedder `absent` is installed"):
        await inference.texts(space(embedder="absent"), ["a"])
    first = process_of(inference)
    with pytest.raises(PanopticError, match="made by revision 0 of `trial`, and revision 1 is installed"):
        await inference.texts(space(revision="0"), ["a"])
    second = process_of(inference)
    assert (first.returncode is None, second.returncode is None) == (False, True)
    await inference.stop()
    assert second.returncode is not None
