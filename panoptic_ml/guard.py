"""Running plugins: whatever they do, the caller gets what the protocol promises, or one PluginFault that says why not.

Nothing here can stop a plugin that hangs or takes all memory: run it in a process that can be ended. What is no
`Exception` passes through, so a context can end an action by raising a `BaseException` of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from . import vectors as arithmetic
from .registry import METHODS, Listed
from .types import (
    ActionContext,
    Embedder,
    Floats,
    Groups,
    Labels,
    Level,
    Modality,
    Notice,
    Refused,
    Result,
    Scores,
    Tags,
    Value,
    Values,
)

if TYPE_CHECKING:
    from PIL.Image import Image

LEVELS: tuple[Level, ...] = ("info", "warning", "error")
MODALITIES: tuple[Modality, ...] = ("image", "text")


class PluginFault(Exception):
    """A plugin did not do what its protocol promises, or could not; names it and says what was wrong."""

    def __init__(self, plugin: str, said: str) -> None:
        super().__init__(plugin, said)  # both, so that it travels between processes
        self.plugin, self.said = plugin, said

    def __str__(self) -> str:
        return f"{self.plugin}: {self.said}"


class PluginRefusal(PluginFault):
    """A plugin works, but says that it cannot do what was asked, and why."""


class Wrong(Exception):
    """What is wrong with an answer, before it is known whose it was."""


def call(listed: Listed, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call plugin code; any way in which it fails is a PluginFault, a sentence of its own a PluginRefusal."""
    name = f"{listed.role} `{listed.id}`"
    if listed.missing:
        raise PluginFault(name, f"needs packages that are not installed: `{listed.missing}`")
    try:
        return function(*args, **kwargs)
    except Refused as error:
        raise PluginRefusal(name, str(error)) from error
    except Wrong as error:
        raise PluginFault(f"{name} of `{listed.plugin}`", str(error)) from None
    except (Exception, SystemExit) as error:
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise PluginFault(f"{name} of `{listed.plugin}`", f"raised {said}") from error


def make(listed: Listed, settings: BaseModel) -> Embedder:
    """Make an embedder with these settings."""
    return call(listed, lambda: checked_embedder(listed.target(**listed.parameters.arguments(settings))))


def checked_embedder(embedder: Embedder) -> Embedder:
    """Return an embedder whose attributes say what the core needs to know before it embeds anything."""
    if not isinstance(embedder.revision, str) or not embedder.revision:
        raise Wrong(f"`revision` must be a text, not {embedder.revision!r}")
    if not isinstance(embedder.dimension, int) or embedder.dimension < 1:
        raise Wrong(f"`dimension` must be a whole number from 1, not {embedder.dimension!r}")
    if metric_of(embedder) not in ("cosine", "hamming"):
        raise Wrong(f"`metric` must be `cosine` or `hamming`, not {metric_of(embedder)!r}")
    reads = modalities_of(embedder)
    if not reads or not reads <= set(MODALITIES):
        raise Wrong(f"`modalities` must be of {', '.join(MODALITIES)}, not {sorted(reads)}")
    if "text" in reads and not callable(getattr(embedder, "embed_texts", None)):
        raise Wrong("reads texts by its `modalities`, but has no method `embed_texts`")
    words = words_of(embedder)
    if isinstance(words, str) or not all(isinstance(word, str) and word.strip() for word in words):
        raise Wrong(f"`words` must be texts that are not blank, not {words!r:.80}")
    if not isinstance(is_basic(embedder), bool):
        raise Wrong(f"`is_basic` must be true or false, not {is_basic(embedder)!r}")
    return embedder


def metric_of(embedder: Embedder) -> str:
    return getattr(embedder, "metric", "cosine")


def modalities_of(embedder: Embedder) -> frozenset[str]:
    return frozenset(getattr(embedder, "modalities", {"image"}))


def words_of(embedder: Embedder) -> Sequence[str]:
    return getattr(embedder, "words", ())


def incidental_of(embedder: Embedder) -> frozenset[str]:
    return frozenset(getattr(embedder, "incidental", ()))


def is_basic(embedder: Embedder) -> bool:
    return getattr(embedder, "is_basic", False)


def embed_images(listed: Listed, embedder: Embedder, images: Sequence[Image]) -> Floats:
    """Return unit vectors of RGB images, float32 (n, dimension)."""
    return call(listed, lambda: directions(embedder.embed_images(list(images)), embedder, len(images)))


def embed_texts(listed: Listed, embedder: Embedder, texts: Sequence[str]) -> Floats:
    """Return unit vectors of texts, float32 (n, dimension)."""
    if "text" not in modalities_of(embedder):
        raise PluginFault(f"embedder `{listed.id}`", "reads no texts")
    method: Callable[[list[str]], Any] = getattr(embedder, "embed_texts")  # noqa: B009 optional in the protocol
    return call(listed, lambda: directions(method(list(texts)), embedder, len(texts)))


def cluster(
    listed: Listed,
    settings: BaseModel,
    *,
    seed: int,
    vectors: Floats | None = None,
    hashes: npt.NDArray[np.uint64] | None = None,
    texts: Sequence[str] | None = None,
) -> tuple[Labels, Floats]:
    """Return labels int32 (n,), −1 for noise, and scores float32 (n,). Give what `listed.parameters.given` names."""
    offered = {"vectors": vectors, "hashes": hashes, "texts": texts, "seed": seed}
    given, count = supplied(listed, offered)

    def run() -> tuple[Labels, Floats]:
        answer = listed.target.cluster(**given, **listed.parameters.arguments(settings))
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise Wrong(f"returned {type(answer).__name__}, a pair (labels, scores) is expected")
        return labelling(answer[0], count), array("scores", answer[1], np.float32, (count,))

    return call(listed, run)


def project(listed: Listed, settings: BaseModel, vectors: Floats, *, seed: int) -> Floats:
    """Return a point for each vector, float32 (n, 2)."""
    given, count = supplied(listed, {"vectors": vectors, "seed": seed})

    def run() -> Floats:
        answer = listed.target.project(**given, **listed.parameters.arguments(settings))
        return array("points", answer, np.float32, (count, 2))

    return call(listed, run)


def act(listed: Listed, settings: BaseModel, context: ActionContext, *, seed: int) -> tuple[Result, ...]:
    """Return what an action answers, each result checked against the number of images."""
    given, _ = supplied(listed, {"context": context, "seed": seed})
    count = len(context.ids)

    def run() -> tuple[Result, ...]:
        answer = listed.target.run(**given, **listed.parameters.arguments(settings))
        several = answer if isinstance(answer, Iterable) else (answer,)
        return tuple(checked(result, count) for result in several)

    return call(listed, run)


def supplied(listed: Listed, offered: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Return what the plugin takes of what is offered, and its number of rows. Arrays cannot be written to."""
    given = {name: offered[name] for name in METHODS[listed.role][1] & listed.parameters.given}
    if absent := [name for name, value in given.items() if value is None]:
        raise PluginFault(f"{listed.role} `{listed.id}`", f"needs {', '.join(sorted(absent))}, which do not exist")
    for name, value in given.items():
        if isinstance(value, np.ndarray):
            given[name] = value.view()
            given[name].flags.writeable = False
    counts = [len(value) for name, value in offered.items() if name not in ("seed", "context") and value is not None]
    return given, counts[0] if counts else 0


def directions(answer: Any, embedder: Embedder, count: int) -> Floats:
    """Return what an embedder answered with rows of length 1."""
    vectors = array("vectors", answer, np.float32, (count, embedder.dimension))
    if metric_of(embedder) == "hamming" and not (np.abs(vectors) == 1).all():
        raise Wrong("returned vectors with numbers other than +1 and −1, though its metric is `hamming`")
    if (zero := np.flatnonzero(~vectors.any(axis=1))).size:
        raise Wrong(f"returned a vector of zeros in row {zero[0]}; a vector needs a length above 0")
    return arithmetic.normalise(vectors)


def labelling(answer: Any, count: int) -> Labels:
    labels = array("labels", answer, np.int32, (count,))
    if labels.size and labels.min() < -1:
        raise Wrong(f"returned the label {labels.min()}; labels count from 0, and −1 is noise")
    return labels


def array(name: str, answer: Any, dtype: type[np.generic], shape: tuple[int, ...]) -> Any:
    """Return an answer that is an array of this type and shape, and finite; Wrong says in what it differs."""
    if not isinstance(answer, np.ndarray):
        raise Wrong(f"returned {name} as {type(answer).__name__}, a numpy array is expected")
    if answer.shape != shape:
        raise Wrong(f"returned {name} of shape {answer.shape}, {shape} is expected")
    if answer.dtype != dtype:
        wanted = np.dtype(dtype).name
        raise Wrong(f"returned {name} as {answer.dtype.name}, {wanted} is expected: `.astype(np.{wanted})`")
    finite = np.isfinite(answer)
    if not finite.all():
        place = np.argwhere(~finite)[0]
        raise Wrong(f"returned {answer[tuple(place)]} among the {name}, in row {place[0]}")
    return answer


def checked(result: Result, count: int) -> Result:
    """Return one result of an action if it fits the images."""
    match result:
        case Groups():
            labelling(result.labels, count)
            highest = int(result.labels.max(initial=-1))
            if result.names and highest >= len(result.names):
                raise Wrong(f"returned the label {highest} with names for {len(result.names)} groups only")
            if result.scores is not None:
                array("scores", result.scores, np.float32, (count,))
        case Scores():
            array("scores", result.scores, np.float32, (count,))
        case Values():
            counted("values", result.values, count)
            if odd := [value for value in result.values if not is_value(value)]:
                raise Wrong(f"returned {odd[0]!r} as a value; it must be a text, a finite number, true, false or None")
        case Tags():
            counted("tags", result.tags, count)
            if odd := [tag for tags in result.tags for tag in tags if not isinstance(tag, str) or not tag.strip()]:
                raise Wrong(f"returned {odd[0]!r} as a tag; it must be a text that is not blank")
        case Notice():
            if result.level not in LEVELS:
                raise Wrong(f"returned a notice of level {result.level!r}; known: {', '.join(LEVELS)}")
        case _:
            raise Wrong(f"returned {type(result).__name__}; Groups, Scores, Values, Tags or Notice is expected")
    return result


def is_value(value: object) -> bool:
    return isinstance(value, Value) and not (isinstance(value, float) and not math.isfinite(value))


def counted(name: str, values: Sequence[object], count: int) -> None:
    if len(values) != count:
        raise Wrong(f"returned {len(values)} {name} for {count} images")
