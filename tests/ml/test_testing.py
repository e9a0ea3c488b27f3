"""The conformance kit lets sound plugins through, and says of others what they do not keep."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image

from panoptic_ml import testing
from panoptic_ml.types import ActionContext, Floats, Labels, Notice, Refused, Values

from . import broken

COUNTER = itertools.count(1)


def test_sound_plugins_pass() -> None:
    testing.check_embedder(broken.Means)
    testing.check_clusterer(broken.Halves)
    testing.check_projector(broken.Flat)
    testing.check_action(broken.Sizes, {"unit": "cm"})


class Batched(broken.Means):
    """Scales each picture by the batch it is in."""

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        rows = super().embed_images(images)
        rows[:, 3] += len(images) * 100
        return rows


class Ordered(broken.Means):
    """Knows the first picture of a batch."""

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        rows = super().embed_images(images)
        rows[1:] += rows[:1] * 10
        return rows


class Impatient(broken.Means):
    """Forgets that there may be nothing to do."""

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        return np.stack([np.ones(4, np.float32) for _ in images])


class Painting(broken.Means):
    """Draws into what it is shown."""

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        rows = super().embed_images(images)
        for image in images:
            image.paste("black", (0, 0, *image.size))
        return np.ones_like(rows)


class Moody(broken.Means):
    """Has a new idea each time it is made."""

    def __init__(self) -> None:
        self.mood = next(COUNTER) * 50

    def embed_images(self, images: Sequence[Image.Image], /) -> Floats:
        rows = super().embed_images(images)
        rows[:, 3] += self.mood
        return rows


class Stuttering(broken.Means):
    """Reads texts by the batch."""

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        rows = super().embed_texts(texts)
        rows[:, 1] = len(texts)
        return rows


class Speechless(broken.Means):
    """Proposes a word that it cannot read."""

    words = ("boat",)

    def embed_texts(self, texts: Sequence[str]) -> Floats:
        raise Refused("reads nothing")


class Restless(broken.Halves):
    """Clusters by chance, and by no seed."""

    def cluster(self, vectors: Floats) -> tuple[Labels, Floats]:
        random = np.random.default_rng(next(COUNTER))
        return random.integers(-1, 1, len(vectors), np.int32), np.ones(len(vectors), np.float32)


class Gaps(broken.Halves):
    """Leaves out a label."""

    def cluster(self, vectors: Floats) -> tuple[Labels, Floats]:
        return np.full(len(vectors), 3, np.int32), np.ones(len(vectors), np.float32)


class Empty(broken.Halves):
    """Takes the first row for granted."""

    def cluster(self, vectors: Floats) -> tuple[Labels, Floats]:
        _ = vectors[0]
        return np.zeros(len(vectors), np.int32), np.ones(len(vectors), np.float32)


class Drifting(broken.Flat):
    """Lays points out by chance."""

    def project(self, vectors: Floats, seed: int) -> Floats:
        return np.random.default_rng(next(COUNTER)).normal(size=(len(vectors), 2)).astype(np.float32)


class Short(broken.Sizes):
    """Answers for one image."""

    def run(self, context: ActionContext) -> Values:
        return Values("x", (1,))


class Original(broken.Sizes):
    """Thinks that every file is there."""

    def run(self, context: ActionContext) -> Notice:
        return Notice(str([image.size for image in context.originals()]))  # type: ignore[union-attr]


Check = Callable[[Any], None]

BROKEN: list[tuple[Check, type, str]] = [
    (testing.check_embedder, Batched, "images get other vectors in a batch than alone"),
    (testing.check_embedder, Ordered, "images get other vectors in a batch than alone"),
    (testing.check_embedder, Impatient, "raised ValueError"),
    (testing.check_embedder, Painting, "changes the images it is given"),
    (testing.check_embedder, Moody, "made a second time it gives other vectors"),
    (testing.check_embedder, Stuttering, "texts get other vectors in a batch than alone"),
    (testing.check_embedder, Speechless, "reads nothing"),
    (testing.check_clusterer, Restless, "with the same seed it gives other labels (60 rows)"),
    (testing.check_clusterer, Gaps, "its labels leave out numbers between 0 and the last (60 rows)"),
    (testing.check_clusterer, Empty, "raised IndexError"),
    (testing.check_projector, Drifting, "with the same seed it gives other points (60 rows)"),
    (testing.check_action, Short, "returned 1 values for 5 images"),
    (testing.check_action, Original, "raised AttributeError: 'NoneType'"),
    (testing.check_projector, broken.Halves, "it cannot be registered: has no method `project`"),
]


@pytest.mark.parametrize(("check", "plugin", "said"), BROKEN, ids=[plugin.__name__ for _, plugin, _ in BROKEN])
def test_a_broken_promise_fails_with_a_sentence(check: Check, plugin: type, said: str) -> None:
    with pytest.raises(AssertionError) as raised:
        check(plugin)
    assert said in str(raised.value)


def test_only_actions_may_refuse_and_embedders_that_read_no_such_text() -> None:
    def few(self: object, texts: Sequence[str]) -> Floats:
        return broken.Means.embed_texts(self, texts) if all("boat" in text for text in texts) else broken.refuse()  # type: ignore[arg-type, return-value]

    testing.check_embedder(type("Shy", (broken.Means,), {"embed_texts": few}))
    testing.check_action(type("Shy", (broken.Sizes,), {"run": lambda self, context: broken.refuse()}))
    with pytest.raises(AssertionError, match="asks for a quieter place"):
        testing.check_projector(type("Shy", (broken.Flat,), {"project": lambda self, vectors: broken.refuse()}))


def test_wrong_settings_are_said_to_be_wrong() -> None:
    with pytest.raises(AssertionError, match="settings: no parameter `size`; known: unit"):
        testing.check_action(broken.Sizes, {"size": 3})


def test_an_action_under_test_reads_what_it_is_given() -> None:
    class Reading(broken.Sizes):
        def run(self, context: ActionContext) -> Notice:
            assert set(context.values("title")) <= {"A boat"}
            assert set(context.values("author")) <= {None}
            assert context.vectors("any").shape == (len(context.ids), 16)
            assert not context.vectors("any")[:1].any()
            return Notice("read")

    testing.check_action(Reading, values={"title": "A boat"})
