"""Whatever a plugin does, the caller gets what the protocol promises, or a PluginFault."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from panoptic_ml import guard
from panoptic_ml.guard import PluginFault, PluginRefusal
from panoptic_ml.registry import Listed, Role, examined
from panoptic_ml.testing import SampleContext, painted
from panoptic_ml.types import Floats, Groups, Notice, Scores, Tags, Values

from . import broken

ROWS = np.eye(3, 4, dtype=np.float32)
IMAGES = [painted(number, (8, 8)) for number in range(3)]


def run(role: Role, listed: Listed) -> Any:
    """Call a plugin as the core does, with three rows."""
    settings = listed.parameters.parse({})
    if role == "embedder":
        return guard.embed_images(listed, guard.make(listed, settings), IMAGES)
    if role == "clusterer":
        return guard.cluster(listed, settings, vectors=ROWS, seed=0)
    if role == "projector":
        return guard.project(listed, settings, ROWS, seed=0)
    return guard.act(listed, settings, SampleContext(3, {}), seed=0)


def ones(*shape: int) -> Floats:
    return np.ones(shape, np.float32)


def labels(*values: int) -> Any:
    return np.array(values, np.int32)


FAULTS: dict[tuple[Role, str], tuple[Any, str]] = {
    ("embedder", "a list"): ([[1, 2, 3, 4]], "returned vectors as list, a numpy array is expected"),
    ("embedder", "nothing"): (None, "returned vectors as NoneType, a numpy array is expected"),
    ("embedder", "too few"): (ones(2, 4), "returned vectors of shape (2, 4), (3, 4) is expected"),
    ("embedder", "too short"): (ones(3, 3), "returned vectors of shape (3, 3), (3, 4) is expected"),
    ("embedder", "doubles"): (
        np.ones((3, 4)),
        "returned vectors as float64, float32 is expected: `.astype(np.float32)`",
    ),
    ("embedder", "nan"): (
        np.array([[1] * 4, [1, np.nan, 1, 1], [1] * 4], np.float32),
        "returned nan among the vectors, in row 1",
    ),
    ("embedder", "zeros"): (ones(3, 4) * 0, "returned a vector of zeros in row 0; a vector needs a length above 0"),
    ("embedder", "raises"): (broken.fail, "raised ZeroDivisionError: division by zero"),
    ("embedder", "leaves"): (broken.leave, "raised SystemExit: 3"),
    ("embedder", "refuses"): (broken.refuse, "asks for a quieter place"),
    ("clusterer", "labels alone"): (labels(0, 0, 0), "returned ndarray, a pair (labels, scores) is expected"),
    ("clusterer", "too few"): ((labels(0, 0), ones(2)), "returned labels of shape (2,), (3,) is expected"),
    ("clusterer", "long labels"): (
        (np.zeros(3, np.int64), ones(3)),
        "returned labels as int64, int32 is expected: `.astype(np.int32)`",
    ),
    ("clusterer", "below noise"): ((labels(0, -2, 0), ones(3)), "returned the label -2; labels count from 0"),
    ("clusterer", "scores inf"): ((labels(0, 0, 0), ones(3) * np.inf), "returned inf among the scores, in row 0"),
    ("clusterer", "raises"): (broken.fail, "raised ZeroDivisionError: division by zero"),
    ("projector", "in space"): (ones(3, 3), "returned points of shape (3, 3), (3, 2) is expected"),
    ("projector", "nan"): (ones(3, 2) * np.nan, "returned nan among the points, in row 0"),
    ("action", "nothing"): (None, "returned NoneType; Groups, Scores, Values, Tags or Notice is expected"),
    ("action", "text"): ("done", "returned str; Groups, Scores, Values, Tags or Notice is expected"),
    ("action", "few values"): (Values("x", ("a",)), "returned 1 values for 3 images"),
    ("action", "odd value"): (Values("x", (1, [], 2)), "returned [] as a value"),  # type: ignore[arg-type]
    ("action", "nan value"): (Values("x", (1, float("nan"), 2)), "returned nan as a value"),
    ("action", "few tags"): (Tags("x", ((),)), "returned 1 tags for 3 images"),
    ("action", "blank tag"): (Tags("x", ((), ("a", " "), ())), "returned ' ' as a tag"),
    ("action", "labels"): (Groups(labels(0, 1)), "returned labels of shape (2,), (3,) is expected"),
    ("action", "few names"): (Groups(labels(0, 1, 0), ("a",)), "returned the label 1 with names for 1 groups only"),
    ("action", "group scores"): (Groups(labels(0, 1, 0), scores=ones(2)), "returned scores of shape (2,)"),
    ("action", "scores"): (Scores(np.ones(3), "x"), "returned scores as float64, float32 is expected"),
    ("action", "level"): (Notice("x", "loud"), "returned a notice of level 'loud'"),  # type: ignore[arg-type]
    ("action", "raises"): (broken.fail, "raised ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize(("role", "how"), FAULTS, ids=lambda part: part.replace(" ", "-"))
def test_a_promise_that_is_not_kept_is_one_fault_with_a_name(role: Role, how: str) -> None:
    answer, said = FAULTS[role, how]
    with pytest.raises(PluginFault) as raised:
        run(role, broken.answering(role, answer))
    assert str(raised.value).startswith(f"{role} `answering`")
    assert said in str(raised.value)
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def listed(role: Role, plugin: type) -> Listed:
    return examined(role, plugin, "somebody:else")


def test_sound_plugins_get_through() -> None:
    vectors = run("embedder", listed("embedder", broken.Means))
    assert vectors.shape == (3, 4)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(ones(3))
    assert run("clusterer", listed("clusterer", broken.Halves))[0].tolist() == [0, 0, 0]
    assert run("projector", listed("projector", broken.Flat)).tolist() == [[1, 0], [0, 1], [0, 0]]
    results = run("action", listed("action", broken.Sizes))
    assert [type(result) for result in results] == [Values, Tags, Scores, Groups, Notice]
    assert results[0] == Values("width", (96, 64, 200))


def test_texts_are_embedded_by_those_who_read_them() -> None:
    entry = listed("embedder", broken.Means)
    assert guard.embed_texts(entry, broken.Means(), ["", "sea"]).shape == (2, 4)

    class Blind(broken.Means):
        modalities = frozenset({"image"})

    with pytest.raises(PluginFault, match="embedder `means`: reads no texts"):
        guard.embed_texts(listed("embedder", Blind), Blind(), ["sea"])


@pytest.mark.parametrize(
    ("attribute", "value", "said"),
    [
        ("revision", "", "`revision` must be a text, not ''"),
        ("dimension", 0, "`dimension` must be a whole number from 1, not 0"),
        ("metric", "far", "`metric` must be `cosine` or `hamming`, not 'far'"),
        ("modalities", frozenset({"smell"}), "`modalities` must be of image, text, not ['smell']"),
        ("words", "a boat", "`words` must be texts that are not blank, not 'a boat'"),
        ("words", ("boat", " "), "`words` must be texts that are not blank, not ('boat', ' ')"),
        ("words", (3,), "`words` must be texts that are not blank, not (3,)"),
        ("is_basic", "yes", "`is_basic` must be true or false, not 'yes'"),
        ("embed_texts", None, "has no method `embed_texts`"),
    ],
)
def test_an_embedder_that_describes_itself_wrongly_is_not_made(attribute: str, value: object, said: str) -> None:
    entry = listed("embedder", type("Odd", (broken.Means,), {attribute: value}))
    with pytest.raises(PluginFault) as raised:
        guard.make(entry, entry.parameters.parse({}))
    assert said in str(raised.value)


def test_a_hamming_embedder_has_bits() -> None:
    class Bits(broken.Means):
        metric = "hamming"

    with pytest.raises(PluginFault, match=r"numbers other than \+1 and −1"):
        run("embedder", listed("embedder", Bits))


def test_what_is_not_installed_is_said_before_anything_runs() -> None:
    class Heavy(broken.Halves):
        requires = {"no_such_module": "datasette-panoptic[clip]", "numpy": "numpy"}  # noqa: RUF012

    with pytest.raises(PluginFault) as raised:
        run("clusterer", listed("clusterer", Heavy))
    assert str(raised.value) == (
        "clusterer `halves`: needs packages that are not installed: `pip install 'datasette-panoptic[clip]'`"
    )


def test_a_plugin_cannot_write_into_what_it_is_given() -> None:
    def scribble(vectors: Floats) -> Floats:
        vectors[:] = 0
        return vectors[:, :2]

    with pytest.raises(PluginFault, match="read-only"):
        run("projector", broken.answering("projector", scribble))
    assert ROWS.any()


def test_what_a_clusterer_needs_must_be_there() -> None:
    class Worded(broken.Halves):
        def cluster(self, texts: list[str]) -> Any:
            raise AssertionError

    with pytest.raises(PluginFault, match="needs texts, which do not exist"):
        run("clusterer", listed("clusterer", Worded))


def test_a_refusal_is_told_from_a_mistake() -> None:
    with pytest.raises(PluginRefusal, match=r"^action `answering`: asks for a quieter place$"):
        run("action", broken.answering("action", broken.refuse))
    with pytest.raises(PluginFault) as raised:
        run("action", broken.answering("action", broken.fail))
    assert not isinstance(raised.value, PluginRefusal)


def test_who_runs_an_action_can_end_it() -> None:
    class Cancelled(BaseException):
        """Raised by a context whose job was cancelled."""

    class Ending(SampleContext):
        def thumbnails(self) -> Any:
            raise Cancelled

    entry = listed("action", broken.Sizes)
    with pytest.raises(Cancelled):
        guard.act(entry, entry.parameters.parse({}), Ending(3, {}), seed=0)
