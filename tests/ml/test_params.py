"""Parameters: from a signature or a model to a form, and back from texts and JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, model_validator

from panoptic_ml.options import options
from panoptic_ml.options import parse as parse_options
from panoptic_ml.params import BadParameter, BadSignature, Parameter, Parameters
from panoptic_ml.types import PLACE, Embedder, Space

if TYPE_CHECKING:
    from nowhere import Vectors  # type: ignore[import-not-found]


class Mood(Enum):
    GAY = "gay"
    SAD = "sad"


def compute_clusters(
    vectors: Vectors,
    seed: int,
    space: Space = "clip",
    n_clusters: Annotated[int, Field(ge=2, description="Number of clusters")] = 10,
    share: Annotated[float, Field(gt=0, le=1)] = 0.5,
    linkage: Literal["ward", "average"] = "ward",
    mood: Mood = Mood.SAD,
    name: str = "",
    at_most: int | None = None,
    *,
    flat: bool = False,
) -> None: ...


PARAMETERS = Parameters.of(compute_clusters, {"vectors", "hashes", "seed"})

VALUES = st.fixed_dictionaries(
    {},
    optional={
        "space": st.text(max_size=10),
        "n_clusters": st.integers(2, 10**12),
        "share": st.floats(0, 1, exclude_min=True),
        "linkage": st.sampled_from(["ward", "average"]),
        "mood": st.sampled_from(["gay", "sad"]),
        "name": st.text(max_size=10),
        "at_most": st.none() | st.integers(),
        "flat": st.booleans(),
    },
)


def as_text(value: object) -> str:
    """Return what a form's field holds."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_signature_is_a_form() -> None:
    assert PARAMETERS.given == {"vectors", "seed"}
    assert PARAMETERS.fields == (
        Parameter("space", "space", "clip"),
        Parameter("n_clusters", "integer", 10, minimum=2, description="Number of clusters"),
        Parameter("share", "number", 0.5, minimum=0, maximum=1),
        Parameter("linkage", "choice", "ward", choices=("ward", "average")),
        Parameter("mood", "choice", "sad", choices=("gay", "sad")),
        Parameter("name", "text", ""),
        Parameter("at_most", "integer", optional=True),
        Parameter("flat", "checkbox", False),
    )


def test_types_may_be_told_by_defaults() -> None:
    def seeded(context, vec_type="clip", nb_clusters=10, ratio=0.5, deep=False): ...  # type: ignore[no-untyped-def]

    kinds = {field.name: (field.kind, field.default) for field in Parameters.of(seeded, {"context"}).fields}
    assert kinds == {
        "vec_type": ("text", "clip"),
        "nb_clusters": ("integer", 10),
        "ratio": ("number", 0.5),
        "deep": ("checkbox", False),
    }


def test_a_model_is_a_form_and_is_handed_over_whole() -> None:
    class Settings(BaseModel):
        n_clusters: int = Field(10, gt=1, lt=100)
        names: str = Field(default_factory=lambda: "a" * 3)
        prompt: str

    def cluster(vectors: object, params: Settings) -> None: ...

    cluster.__annotations__["params"] = Settings
    parameters = Parameters.of(cluster, {"vectors"})
    assert parameters.fields == (
        Parameter("n_clusters", "integer", 10, minimum=2, maximum=99),
        Parameter("names", "text", "aaa"),
        Parameter("prompt", "text", required=True),
    )
    parsed = parameters.parse({"prompt": "a photo of", "n_clusters": "12"})
    assert parameters.arguments(parsed) == {"params": Settings(n_clusters=12, prompt="a photo of")}


@dataclass(frozen=True)
class Sized(Embedder):
    """An embedder whose constructor is made by `dataclass`."""

    size: int = 32


class Bare(Embedder):
    """An embedder without settings."""


def test_the_parameters_of_a_class_are_those_of_its_constructor() -> None:
    assert Parameters.of(Sized).fields == (Parameter("size", "integer", 32),)
    assert Parameters.of(Bare).fields == ()
    assert Parameters.of(type("Plain", (), {})).fields == ()


@given(VALUES)
def test_json_comes_back_as_it_was(values: dict[str, Any]) -> None:
    parsed = PARAMETERS.parse(values)
    stored = PARAMETERS.dump(parsed)
    assert stored.items() >= values.items()
    assert PARAMETERS.parse(stored) == parsed


@given(VALUES)
def test_the_texts_of_a_form_mean_the_same(values: dict[str, Any]) -> None:
    assert PARAMETERS.parse({name: as_text(value) for name, value in values.items()}) == PARAMETERS.parse(values)


@given(VALUES)
def test_options_of_a_command_mean_the_same(values: dict[str, Any]) -> None:
    arguments = []
    for name, value in values.items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            arguments.append(option if value else option.replace("--", "--no-"))
        else:
            arguments.append(f"{option}={as_text(value)}")
    assert parse_options(PARAMETERS, arguments, "cluster") == PARAMETERS.parse(values)


def test_options_explain_themselves() -> None:
    command = click.Command("cluster", params=list(options(PARAMETERS)))
    said = command.get_help(click.Context(command, terminal_width=200))
    assert "--n-clusters INTEGER" in said
    assert "Number of clusters  [default: 10]" in said
    assert "--linkage ward|average" in said
    assert "--flat / --no-flat" in said
    with pytest.raises(click.NoSuchOption, match="--n-cluster"):
        parse_options(PARAMETERS, ["--n-cluster", "3"], "cluster")


def test_an_option_without_a_default_must_be_given() -> None:
    def search(text: str) -> None: ...

    with pytest.raises(click.MissingParameter, match="text"):
        parse_options(Parameters.of(search), [], "search")


def test_the_call_gets_what_the_signature_says() -> None:
    arguments = PARAMETERS.arguments(PARAMETERS.parse({"n_clusters": "3", "mood": "gay", "flat": "on"}))
    assert arguments["mood"] is Mood.GAY
    assert (arguments["n_clusters"], arguments["flat"], arguments["at_most"]) == (3, True, None)


COMPLAINTS = {
    "n_clusters=1": "`n_clusters` must be a whole number from 2, not `1`",
    "n_clusters=": "`n_clusters` must be a whole number from 2, not ``",
    "n_clusters=2.5": "`n_clusters` must be a whole number from 2, not `2.5`",
    "share=0": "`share` must be a number from 0 to 1, not `0`",
    "share=nan": "`share` must be a number from 0 to 1, not `nan`",
    "linkage=single": "`linkage` must be one of ward, average, not `single`",
    "flat=perhaps": "`flat` must be true or false, not `perhaps`",
    "at_most=many": "`at_most` must be a whole number, or empty, not `many`",
    "seed=1": "no parameter `seed`; known: space, n_clusters, share, linkage, mood, name, at_most, flat",
}


@pytest.mark.parametrize("said", COMPLAINTS)
def test_a_bad_value_is_named_with_what_it_may_be(said: str) -> None:
    name, _, value = said.partition("=")
    with pytest.raises(BadParameter) as raised:
        PARAMETERS.parse({name: value})
    assert str(raised.value) == COMPLAINTS[said]


def test_every_bad_value_is_named() -> None:
    with pytest.raises(BadParameter, match=r"`n_clusters` must .*; `linkage` must "):
        PARAMETERS.parse({"n_clusters": "1", "linkage": "single"})


def test_a_long_value_is_cut_and_a_union_complains_once() -> None:
    def run(ratio: int | float = 1) -> None: ...

    assert Parameters.of(run).fields == (Parameter("ratio", "number", 1),)
    with pytest.raises(BadParameter) as raised:
        Parameters.of(run).parse({"ratio": "x" * 1000})
    assert str(raised.value) == f"`ratio` must be a number, not `{'x' * 80}`"


def test_what_is_missing_is_named() -> None:
    def search(text: str) -> None: ...

    with pytest.raises(BadParameter, match="`text` is missing: it is a text"):
        Parameters.of(search).parse({})


@pytest.mark.parametrize("value", ["nan", "inf", float("nan"), float("-inf")])
def test_numbers_that_json_has_not_are_refused(value: object) -> None:
    def project(spread: float = 1) -> None: ...

    with pytest.raises(BadParameter, match="`spread` must be a number, not"):
        Parameters.of(project).parse({"spread": value})


class Range(BaseModel):
    low: int = 0
    high: int = 1

    @model_validator(mode="after")
    def ordered(self) -> Range:
        if self.low > self.high:
            raise ValueError("`low` must not be above `high`")
        return self


def test_a_validator_of_the_plugin_speaks_for_itself() -> None:
    def run(params: Range) -> None: ...

    with pytest.raises(BadParameter, match=r"^`low` must not be above `high`$"):
        Parameters.of(run).parse({"low": "2"})


def test_a_pattern_of_the_plugin_speaks_for_itself() -> None:
    def run(
        code: Annotated[str, Field(pattern="^[a-z]+$")] = "a", step: Annotated[int, Field(multiple_of=5)] = 5
    ) -> None: ...

    with pytest.raises(BadParameter, match=r"^`code`: String should match pattern"):
        Parameters.of(run).parse({"code": "1"})
    with pytest.raises(BadParameter, match=r"^`step`: Input should be a multiple of 5"):
        Parameters.of(run).parse({"step": "7"})


def untyped(images): ...  # type: ignore[no-untyped-def]
def starred(**settings: int) -> None: ...
def listed(names: list[str]) -> None: ...
def either(size: int | str) -> None: ...
def numbered(level: Literal[1, 2]) -> None: ...
def unreadable(vectors: Vectors) -> None: ...
def mistaken(linkage: Literal["ward"] = "single") -> None: ...  # type: ignore[assignment]


REFUSED: dict[Callable[..., Any], str] = {
    untyped: "parameter `images` of `untyped` needs a type",
    starred: "takes `*settings`: name each parameter",
    listed: "parameter `names` of `listed` has a type that forms cannot show",
    either: "parameter `size` of `either` has a type that forms cannot show",
    numbered: "parameter `level` of `numbered` has a type that forms cannot show",
    unreadable: "the types of `unreadable` cannot be read: name 'Vectors' is not defined",
    mistaken: "a default of `mistaken`: `linkage` must be one of ward, not `single`",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda function: function.__name__)
def test_a_signature_that_is_no_form_is_refused(function: Callable[..., Any]) -> None:
    with pytest.raises(BadSignature) as raised:
        Parameters.of(function)
    assert REFUSED[function] in str(raised.value)


def test_a_parameter_that_may_name_a_file_is_marked():
    def embed(weights: Annotated[str, Field(json_schema_extra=PLACE)] = "tag", name: str = "") -> None: ...

    assert [field.is_place for field in Parameters.of(embed).fields] == [True, False]
