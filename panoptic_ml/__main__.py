"""Print the plugins of this environment, and what is wrong with any: `python -m panoptic_ml`."""

from __future__ import annotations

import sys
from typing import get_args

from .registry import Role, installed


def main() -> int:
    """Return 1 where there are faults, which go to stderr."""
    registry = installed()
    for role in get_args(Role):
        for listed in registry.of(role).values():
            print(f"{role} {listed.id} ({listed.plugin})")
            if listed.description:
                print(f"    {listed.description}")
            for parameter in listed.parameters.fields:
                default = "required" if parameter.required else f"default {parameter.default}"
                print(f"    {parameter.name}: {parameter.expects}; {default}")
            if listed.missing:
                print(f"    missing: {listed.missing}")
    for fault in registry.faults:
        print(f"{fault.plugin}: {fault.message}", file=sys.stderr)
    return 1 if registry.faults else 0


if __name__ == "__main__":
    sys.exit(main())
