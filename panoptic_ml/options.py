"""Parameters of plugins as options of a command."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.core import ParameterSource
from pydantic import BaseModel

from .params import Parameter, Parameters


def options(parameters: Parameters) -> list[click.Option]:
    """Return an option for each parameter: `--n-clusters 10`, `--metric cosine`, `--flat/--no-flat`."""
    return [option(parameter) for parameter in parameters.fields]


def option(parameter: Parameter) -> click.Option:
    spelled = "--" + parameter.name.replace("_", "-")
    switch = parameter.kind == "checkbox"
    default = "" if parameter.default is None else f"default: {parameter.default}"
    says = [text for text in (parameter.description, f"[{default}]" if default else "") if text]
    return click.Option(
        [f"{spelled}/--no-{spelled[2:]}" if switch else spelled, parameter.name],
        type=bool if switch else str,
        metavar=None if switch else "|".join(parameter.choices) or parameter.kind.upper(),
        required=parameter.required,
        help="  ".join(says) or parameter.expects,
    )


def parse(parameters: Parameters, arguments: Sequence[str], command: str) -> BaseModel:
    """Read what stands on the command line after the options of the command itself."""
    reader = click.Command(command, params=[*options(parameters)], add_help_option=False)
    context = reader.make_context(command, list(arguments))
    # What is not said is left out, so that one place knows the defaults: the parameters.
    said = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    return parameters.parse({name: context.params[name] for name in said})
