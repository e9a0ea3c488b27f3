"""The plugins of this environment as facts, for commands that list them."""

from __future__ import annotations

from typing import Any, get_args

from panoptic_ml.registry import Role, installed


def plugins() -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return every plugin with its parameters, then what is wrong with those that are not there."""
    registry = installed()
    rows = [
        {
            "role": role,
            "id": listed.id,
            "plugin": listed.plugin,
            "description": listed.description,
            "missing": listed.missing or None,
            "parameters": [
                {"name": one.name, "expects": one.expects, "required": one.required, "default": one.default}
                for one in listed.parameters.fields
            ],
        }
        for role in get_args(Role)
        for listed in registry.of(role).values()
    ]
    return rows, [{"plugin": fault.plugin, "message": fault.message} for fault in registry.faults]


def actions() -> list[str]:
    """Return the ids of the actions."""
    return list(installed().actions)
