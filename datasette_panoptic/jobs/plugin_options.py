"""What commands offer of a plugin that they are told to run: its parameters as options."""

from __future__ import annotations

import click

from panoptic_ml import options, registry


def options_of(role: str, name: str) -> list[click.Option]:
    """Return an option for each parameter of a plugin; none where it is not installed."""
    listed = registry.installed().of(role).get(name)  # type: ignore[arg-type]  # the commands name four roles
    return options.options(listed.parameters) if listed else []
