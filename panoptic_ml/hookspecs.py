"""The hooks by which a package adds plugins. Its entry point in the group `panoptic` names what implements them."""

from __future__ import annotations

from collections.abc import Callable

import pluggy

from .types import Action, Clusterer, Embedder, Projector

hookspec = pluggy.HookspecMarker("panoptic")
hookimpl = pluggy.HookimplMarker("panoptic")


@hookspec
def register_embedders(register: Callable[[Embedder | type[Embedder]], None]) -> None:
    """Call `register` with each embedder: its class, so that settings are parameters of the constructor."""


@hookspec
def register_clusterers(register: Callable[[Clusterer | type[Clusterer]], None]) -> None:
    """Call `register` with each clusterer, a class or an object."""


@hookspec
def register_projectors(register: Callable[[Projector | type[Projector]], None]) -> None:
    """Call `register` with each projector, a class or an object."""


@hookspec
def register_actions(register: Callable[[Action | type[Action]], None]) -> None:
    """Call `register` with each action, a class or an object."""
