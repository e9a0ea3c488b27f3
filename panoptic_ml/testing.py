"""The conformance kit: call `check_embedder` and its siblings in the tests of a plugin.

Each raises AssertionError with a sentence that says which promise is not kept. Settings are given as in a form:
`check_clusterer(KMeans, {"n_clusters": 3})`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from PIL import Image

from . import guard
from .params import BadParameter, BadSignature
from .registry import BadPlugin, Listed, Role, examined
from .types import Embedder, Floats, Hashes, Ids, Labels, Value
from .vectors import normalise

if TYPE_CHECKING:
    from pydantic import BaseModel

T = TypeVar("T")

#: Sizes that corpora have: a picture, a strip, a pixel.
SIZES = ((96, 64), (64, 96), (200, 3), (1, 1), (32, 32))

TEXTS = ("a boat", "a red boat on the sea at night", "", "été à Αθήνα")

#: So many of the words that an embedder proposes are given to it.
WORDS = 10

#: Sums in another order differ in their last digits.
CLOSE = 1e-4

SEED = 7


def check_embedder(embedder: type[Embedder], settings: Mapping[str, object] | None = None) -> None:
    """Check shape, type and length of vectors, that a batch does not change them, and that they are always the same.

    Texts may be refused, but none of the words that it proposes itself.
    """
    listed, parsed = opened("embedder", embedder, settings)
    made = kept(guard.make, listed, parsed)
    pictures = [painted(number, size) for number, size in enumerate(SIZES)]
    before = [picture.tobytes() for picture in pictures]
    check_batches(lambda images: guard.embed_images(listed, made, images), pictures, "images")
    require([picture.tobytes() for picture in pictures] == before, "changes the images it is given")
    again = kept(guard.embed_images, listed, kept(guard.make, listed, parsed), pictures)
    require(
        np.allclose(again, guard.embed_images(listed, made, pictures), atol=CLOSE),
        "made a second time it gives other vectors",
    )
    if "text" in guard.modalities_of(made):
        read = [*guard.words_of(made)[:WORDS], *(text for text in TEXTS if is_read(listed, made, text))]
        check_batches(lambda texts: guard.embed_texts(listed, made, texts), read, "texts")


def check_clusterer(clusterer: object, settings: Mapping[str, object] | None = None) -> None:
    """Check labels and scores of many rows, few, equal ones and none, and that a seed always gives the same."""
    listed, parsed = opened("clusterer", clusterer, settings)

    def run(vectors: Floats) -> tuple[Labels, Floats]:
        count = len(vectors)
        texts = [f"text {number % 5}" for number in range(count)]
        return kept(guard.cluster, listed, parsed, seed=SEED, vectors=vectors, hashes=hashes_like(vectors), texts=texts)

    for name, vectors in samples().items():
        labels, scores = run(vectors)
        again, scores_again = run(vectors)
        require(bool((labels == again).all()), f"with the same seed it gives other labels ({name})")
        require(np.allclose(scores, scores_again, atol=CLOSE), f"with the same seed it gives other scores ({name})")
        used = np.unique(labels[labels >= 0])
        require(
            used.tolist() == list(range(len(used))), f"its labels leave out numbers between 0 and the last ({name})"
        )


def check_projector(projector: object, settings: Mapping[str, object] | None = None) -> None:
    """Check points of many rows, few, equal ones and none, and that a seed always gives the same."""
    listed, parsed = opened("projector", projector, settings)
    for name, vectors in samples().items():
        first, again = (kept(guard.project, listed, parsed, vectors, seed=SEED) for _ in range(2))
        require(np.allclose(first, again, atol=CLOSE), f"with the same seed it gives other points ({name})")


def check_action(
    action: object, settings: Mapping[str, object] | None = None, *, values: Mapping[str, Value] | None = None
) -> None:
    """Check the results for several images, one and none, each of which it may refuse with a sentence.

    `values` are what each image has for properties that the action reads.
    """
    listed, parsed = opened("action", action, settings)
    for count in (len(SIZES), 1, 0):
        context = SampleContext(count, dict(values or {}))
        try:
            kept(guard.act, listed, parsed, context, seed=SEED)
        except AssertionError as error:
            if not isinstance(error.__cause__, guard.PluginRefusal):
                raise


@dataclass(frozen=True)
class SampleContext:
    """Painted images with the same values each, for actions under test."""

    count: int
    said: Mapping[str, Value]

    @property
    def ids(self) -> Ids:
        return np.arange(1, self.count + 1, dtype=np.int64)

    def values(self, name: str) -> Sequence[Value]:
        return [self.said.get(name)] * self.count

    def thumbnails(self) -> Iterator[Image.Image]:
        return (painted(number, SIZES[number % len(SIZES)]) for number in range(self.count))

    def originals(self) -> Iterator[Image.Image | None]:
        """Yield the images, the first but for that: its file is not there, as happens."""
        return (picture if number else None for number, picture in enumerate(self.thumbnails()))

    def vectors(self, space: str) -> Floats:
        """Return vectors of 16 numbers, zeros for the first image, which has none yet."""
        vectors = next(iter(samples().values()))[: self.count].copy()
        vectors[:1] = 0
        return vectors


def opened(role: Role, target: Any, settings: Mapping[str, object] | None) -> tuple[Listed, BaseModel]:
    """Return what the registry would list for this plugin, and its parsed settings."""
    try:
        listed = examined(role, target, "plugin under test")
    except (BadPlugin, BadSignature) as error:
        raise AssertionError(f"it cannot be registered: {error}") from error
    try:
        parsed = listed.parameters.parse(settings or {})
    except BadParameter as error:
        raise AssertionError(f"settings: {error}") from error
    require(
        listed.parameters.parse(listed.parameters.dump(parsed)) == parsed, "its settings do not survive being stored"
    )
    return listed, parsed


def check_batches(embed: Callable[[Sequence[Any]], Floats], given: Sequence[Any], what: str) -> None:
    """Check that vectors depend on nothing but the one thing that each is of."""
    together = kept(embed, given)
    kept(embed, given[:0])
    alone = np.concatenate([kept(embed, [one]) for one in given])
    require(np.allclose(together, alone, atol=CLOSE), f"{what} get other vectors in a batch than alone")
    backwards = kept(embed, given[::-1])[::-1]
    require(np.allclose(together, backwards, atol=CLOSE), f"{what} get other vectors in another order")


def is_read(listed: Listed, embedder: Embedder, text: str) -> bool:
    """Tell whether an embedder reads a text, which it may refuse to."""
    try:
        kept(guard.embed_texts, listed, embedder, [text])
    except AssertionError as error:
        if isinstance(error.__cause__, guard.PluginRefusal):
            return False
        raise
    return True


def kept(run: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Return what a guarded call returns; a fault is a promise not kept."""
    try:
        return run(*args, **kwargs)
    except guard.PluginFault as fault:
        raise AssertionError(str(fault)) from fault


def require(so: bool, otherwise: str) -> None:
    if not so:
        raise AssertionError(otherwise)


def painted(number: int, size: tuple[int, int]) -> Image.Image:
    """Return an RGB picture of a few soft patches of colour, always the same for a number."""
    patches = np.random.default_rng(number).integers(0, 256, (3, 4, 3), np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BILINEAR)


def samples() -> dict[str, Floats]:
    """Return unit vectors of every shape that a corpus may hand to a plugin."""
    random = np.random.default_rng(SEED)
    middles = random.normal(size=(4, 16))
    clouds = normalise(np.repeat(middles, 15, axis=0) + random.normal(scale=0.2, size=(60, 16)))
    return {
        "60 rows": clouds,
        "3 rows": clouds[:3],
        "1 row": clouds[:1],
        "no rows": clouds[:0],
        "equal rows": np.repeat(clouds[:1], 12, axis=0),
    }


def hashes_like(vectors: Floats) -> Hashes:
    """Return 64-bit hashes, near each other where vectors are: the signs of their products with fixed directions."""
    directions = np.random.default_rng(SEED).normal(size=(vectors.shape[1], 64))
    return np.packbits(vectors @ directions > 0, axis=1).view(">u8").astype(np.uint64).reshape(len(vectors))
