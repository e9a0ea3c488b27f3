"""Parameters of plugins: one source for the form, the command's options, the JSON that is stored, and the call.

They come from a plain typed signature, `def cluster(self, vectors, seed, space: Space = "clip", n_clusters: int = 10)`,
or from a pydantic model, `def cluster(self, vectors, params: Settings)`. Limits and descriptions are pydantic's:
`Annotated[int, Field(ge=2, description="Number of clusters")]`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, Literal, Protocol, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic.errors import PydanticUserError

from .types import PLACE

Kind = Literal["text", "integer", "number", "checkbox", "choice", "space", "property", "tag-property"]
Json = str | int | float | bool | None

#: The name of an argument that takes all parameters at once, as a pydantic model.
AT_ONCE = "params"

#: Types of JSON Schema that a form has a field for, and the field.
KINDS: Mapping[str, Kind] = {"string": "text", "integer": "integer", "number": "number", "boolean": "checkbox"}

#: Texts that name something of a project, by the format that their types say.
NAMES: Mapping[str, Kind] = {"space": "space", "property": "property", "tag-property": "tag-property"}

#: Characters of a wrong value that are repeated to who wrote it.
SHOWN = 80

STRICT = ConfigDict(extra="forbid", validate_default=True, protected_namespaces=())

#: Ends of pydantic's names of errors that come of what `Parameter.expects` says.
TOLD = ("_parsing", "_type", "_from_float", "_than", "_equal", "enum", "literal_error", "finite_number")

SAYS: Mapping[Kind, str] = {
    "text": "a text",
    "integer": "a whole number",
    "number": "a number",
    "checkbox": "true or false",
    "space": "the name of an embedding space",
    "property": "the name of a property",
    "tag-property": "the name of a property that has tags",
}


class Bare(Protocol):
    """A protocol alone: classes that inherit from one and have no constructor share its `__init__`."""


class BadSignature(TypeError):
    """The author of a plugin wrote parameters that no form can show."""


class BadParameter(ValueError):
    """Somebody gave a parameter a value that it cannot have; says which, and what it can."""


@dataclass(frozen=True)
class Parameter:
    """One field of the form."""

    name: str
    kind: Kind
    #: None where there is no default, or where the default is to leave it out; `required` tells which.
    default: Json = None
    required: bool = False
    #: It may be left empty, which is None.
    optional: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    description: str = ""
    #: It may name a file of this machine.
    is_place: bool = False

    @property
    def expects(self) -> str:
        """What it may be, as the middle of a sentence."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        low = f" from {self.minimum:.15g}" if self.minimum is not None else ""
        high = f" {'to' if low else 'up to'} {self.maximum:.15g}" if self.maximum is not None else ""
        return f"{SAYS[self.kind]}{low}{high}{', or empty' if self.optional else ''}"


@dataclass(frozen=True)
class Parameters:
    """The parameters of one function."""

    model: type[BaseModel]
    fields: tuple[Parameter, ...]
    #: What the function takes of what it may be given: arrays, a seed, a context.
    given: frozenset[str]
    at_once: bool = False

    @classmethod
    def of(cls, function: Callable[..., Any], given: Collection[str] = ()) -> Parameters:
        """Read the signature of a bound method or a class; what is named in `given` is no parameter."""
        name = getattr(function, "__qualname__", repr(function))
        bare = constructor(function) in (object.__init__, constructor(Bare))
        arguments = {} if bare else dict(inspect.signature(function).parameters)
        taken = frozenset(arguments.keys() & set(given))
        chosen = {key: argument for key, argument in arguments.items() if key not in taken}
        if starred := [key for key, one in chosen.items() if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]:
            raise BadSignature(f"`{name}` takes `*{starred[0]}`: name each parameter, so that a form can show it")
        hints = hinted(function, chosen, name)
        if set(chosen) == {AT_ONCE} and isinstance(hints.get(AT_ONCE), type) and issubclass(hints[AT_ONCE], BaseModel):
            return cls(hints[AT_ONCE], described(hints[AT_ONCE], name), taken, at_once=True)
        fields = {key: (hints[key], ... if one.default is one.empty else one.default) for key, one in chosen.items()}
        try:
            model: type[BaseModel] = create_model(name, __config__=STRICT, **cast("dict[str, Any]", fields))
        except (PydanticUserError, NameError, TypeError) as error:
            raise BadSignature(f"the parameters of `{name}`: {error}") from error
        return cls(model, described(model, name), taken)

    def parse(self, values: Mapping[str, object]) -> BaseModel:
        """Check texts of a form or a command line, or values of JSON. What is not there has its default."""
        known = {field.name: field for field in self.fields}
        if unknown := sorted(values.keys() - known.keys()):
            raise BadParameter(f"no parameter `{unknown[0]}`; known: {', '.join(known) or 'none'}")
        empty_is_none = {key: None if value == "" and known[key].optional else value for key, value in values.items()}
        try:
            parsed = self.model.model_validate(empty_is_none)
        except ValidationError as error:
            # A union complains once for each of its types.
            complaints = dict.fromkeys(complaint(each, known) for each in error.errors())
            raise BadParameter("; ".join(complaints)) from None
        for key, value in self.dump(parsed).items():
            if isinstance(value, float) and not math.isfinite(value):
                raise BadParameter(f"`{key}` must be {known[key].expects}, not `{value}`")
        return parsed

    def dump(self, parameters: BaseModel) -> dict[str, Json]:
        """Return what JSON keeps of parsed parameters; `parse` makes the same of it again."""
        return parameters.model_dump(mode="json", by_alias=True)

    def arguments(self, parameters: BaseModel) -> dict[str, Any]:
        """Return the keyword arguments that the function is called with, besides those it is given."""
        if self.at_once:
            return {AT_ONCE: parameters}
        return {field.name: getattr(parameters, field.name) for field in self.fields}


def constructor(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """Return the `__init__` of a class; None for anything else."""
    return getattr(function, "__init__", None) if isinstance(function, type) else None


def hinted(function: Callable[..., Any], arguments: Mapping[str, inspect.Parameter], name: str) -> dict[str, Any]:
    """Return the types of these arguments, and only of these: others may name what is imported for type checkers."""
    written: dict[str, Any] = {}
    for key, argument in arguments.items():
        if argument.annotation is not argument.empty:
            written[key] = argument.annotation
        elif isinstance(argument.default, bool | int | float | str):
            written[key] = type(argument.default)
        else:
            raise BadSignature(f"parameter `{key}` of `{name}` needs a type, as in `{key}: int = 10`")
    body = inspect.unwrap(constructor(function) or function)
    namespace = getattr(getattr(body, "__func__", body), "__globals__", {})
    try:
        return get_type_hints(SimpleNamespace(__annotations__=written), globalns=namespace, include_extras=True)
    except NameError as error:
        raise BadSignature(
            f"the types of `{name}` cannot be read: {error}; they must be importable when it is registered"
        ) from error


def described(model: type[BaseModel], name: str) -> tuple[Parameter, ...]:
    """Return the fields of a form for this model, from its JSON schema."""
    try:
        schema = model.model_json_schema()
    except PydanticUserError as error:
        raise BadSignature(f"the parameters of `{name}`: {str(error).splitlines()[0]}") from error
    definitions, required = schema.get("$defs", {}), schema.get("required", [])
    properties = schema.get("properties", {})
    fields = {key: field(key, one, definitions, required=key in required, of=name) for key, one in properties.items()}
    try:
        model.model_validate({})
    except ValidationError as error:
        if wrong := [complaint(each, fields) for each in error.errors() if each["type"] != "missing"]:
            raise BadSignature(f"a default of `{name}`: {wrong[0]}") from None
    # Of the model and not of its schema, which knows no default that is made by a function.
    defaults = model.model_construct().model_dump(mode="json", by_alias=True, warnings=False)
    return tuple(replace(one, default=defaults.get(key)) for key, one in fields.items())


def field(
    name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any], *, required: bool, of: str
) -> Parameter:
    """Return what a form shows for one property of a JSON schema."""
    branches = [resolved(branch, definitions) for branch in schema.get("anyOf", [schema])]
    optional = {"type": "null"} in branches
    solid = [branch for branch in branches if branch != {"type": "null"}]
    # `int | float` is a number to people; any other choice of types is none that a form could offer.
    if len(solid) == 2 and {branch.get("type") for branch in solid} == {"integer", "number"}:
        solid = [branch for branch in solid if branch["type"] == "number"]
    one = solid[0] if len(solid) == 1 else {}
    choices = one.get("enum", [one["const"]] if "const" in one else [])
    kind = "choice" if choices else NAMES.get(one.get("format", "")) or KINDS.get(one.get("type", ""))
    if kind is None or not all(isinstance(choice, str) for choice in choices):
        raise BadSignature(
            f"parameter `{name}` of `{of}` has a type that forms cannot show: use str, int, float, bool, Space, "
            "PropertyName, TagProperty, or a Literal or Enum of texts"
        )
    whole = 1 if kind == "integer" else 0
    low, high = one.get("minimum"), one.get("maximum")
    above, below = one.get("exclusiveMinimum"), one.get("exclusiveMaximum")
    return Parameter(
        name,
        kind,
        required=required,
        optional=optional,
        choices=tuple(choices),
        minimum=low if above is None else above + whole,
        maximum=high if below is None else below - whole,
        description=schema.get("description", ""),
        is_place=one.get("format") == PLACE["format"],
    )


def resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Follow a reference to a shared definition, as those of an Enum are."""
    target = schema.get("$ref") or next((each["$ref"] for each in schema.get("allOf", []) if "$ref" in each), None)
    return dict(definitions[target.rsplit("/", 1)[-1]] if target else schema)


def complaint(error: Any, known: Mapping[str, Parameter]) -> str:
    """Say what is wrong with one value; a validator or a pattern of the plugin's own speaks for itself."""
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "missing":
        return f"`{name}` is missing: it is {known[name].expects}"
    if name not in known or not error["type"].endswith(TOLD):
        said = error["msg"].split(", ", 1)[-1]
        return f"`{name}`: {said}" if name else said
    return f"`{name}` must be {known[name].expects}, not `{str(error['input'])[:SHOWN]}`"
