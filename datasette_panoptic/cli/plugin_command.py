"""A command that runs a plugin: which one is named by an option or argument, and its parameters are options too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click
from click.core import ParameterSource

from .common import pair

#: Where the options of the chosen plugin are kept while a command line is read.
CHOSEN = f"{__name__}.options"

param = click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="Set a parameter of the plugin by name."
)


class PluginCommand(click.Command):
    """A command whose option `--ROLE` names a plugin. `--help` after it shows the plugin's own options beside ours."""

    def __init__(self, *args: Any, role: str, default: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.role, self.default = role, default

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from datasette_panoptic.jobs.plugin_options import options_of

        named = [*_values(args, f"--{self.role}"), self.default][0]
        ctx.meta[CHOSEN] = options_of(self.role, named)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        own = super().get_params(ctx)
        taken = {word for one in own for word in (one.name, *one.opts)}
        return [*own, *(one for one in ctx.meta.get(CHOSEN, ()) if not taken & {one.name, *one.opts})]


def settings_of(ctx: click.Context, options: Mapping[str, Any], params: tuple[str, ...]) -> dict[str, Any]:
    """Return the plugin's settings that somebody wrote; what is left out has one default, the plugin's own."""
    said = [name for name in options if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    return {name: options[name] for name in said} | dict(pair("--param", given) for given in params)


def _values(args: list[str], option: str) -> Iterator[str]:
    """Yield what stands after an option, before anything else is read."""
    for place, word in enumerate(args):
        if word == option and place + 1 < len(args):
            yield args[place + 1]
        elif word.startswith(f"{option}="):
            yield word.partition("=")[2]
