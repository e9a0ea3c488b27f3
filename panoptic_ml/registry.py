"""Which plugins there are: every package's entry points in the group `panoptic`, read one by one.

What is wrong with one of them becomes a value, and the others are there all the same.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, get_args

import pluggy

from . import hookspecs
from .params import BadSignature, Parameters

GROUP = "panoptic"

Role = Literal["embedder", "clusterer", "projector", "action"]

#: For each role: the method, and those of its arguments that are given to it and no settings.
METHODS: Mapping[Role, tuple[str, frozenset[str]]] = {
    "embedder": ("embed_images", frozenset()),
    "clusterer": ("cluster", frozenset({"vectors", "hashes", "texts", "seed"})),
    "projector": ("project", frozenset({"vectors", "seed"})),
    "action": ("run", frozenset({"context", "seed"})),
}

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Fault:
    """Why a plugin, or one thing that it registers, is not there."""

    #: The distribution and its entry point, as in `panoptic-brightness:brightness`.
    plugin: str
    message: str


@dataclass(frozen=True)
class Listed:
    """One embedder, clusterer, projector or action that can be chosen."""

    role: Role
    id: str
    #: The distribution and its entry point.
    plugin: str
    #: First paragraph of its docstring.
    description: str
    parameters: Parameters
    requires: Mapping[str, str]
    #: The class of an embedder; an object of the others.
    target: Any

    @property
    def missing(self) -> str:
        """The command that installs what it needs and is not there; empty where nothing is missing."""
        wanted = {package for module, package in self.requires.items() if not is_importable(module)}
        return f"pip install {' '.join(repr(package) for package in sorted(wanted))}" if wanted else ""


@dataclass
class Registry:
    """All that was found, by role and id, and all that was wrong."""

    embedders: dict[str, Listed] = field(default_factory=dict)
    clusterers: dict[str, Listed] = field(default_factory=dict)
    projectors: dict[str, Listed] = field(default_factory=dict)
    actions: dict[str, Listed] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def of(self, role: Role) -> dict[str, Listed]:
        """Return what is listed in one role."""
        return {
            "embedder": self.embedders,
            "clusterer": self.clusterers,
            "projector": self.projectors,
            "action": self.actions,
        }[role]

    def add(self, role: Role, target: Any, plugin: str) -> None:
        """List what a plugin registers, or the fault that is in it."""
        try:
            listed = examined(role, target, plugin)
        except Exception as error:
            name = target.__name__ if inspect.isclass(target) else type(target).__name__
            said = str(error) if isinstance(error, BadSignature | BadPlugin) else f"{type(error).__name__}: {error}"
            self.faults.append(Fault(plugin, f"{role} `{name}`: {said}"))
            return
        if first := self.of(role).get(listed.id):
            said = f"{role} `{listed.id}` is registered by `{first.plugin}` already, which is the one that is used"
            self.faults.append(Fault(plugin, said))
        else:
            self.of(role)[listed.id] = listed


class BadPlugin(TypeError):
    """What was registered has not the attributes or the method of its protocol."""


@cache
def installed() -> Registry:
    """Return the plugins of this environment, read when they are first asked for."""
    return read(entry_points(group=GROUP))


def read(points: Iterable[EntryPoint]) -> Registry:
    """Load each entry point and let it register what it has; those of our own distribution come first."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    registry = Registry()
    for point in sorted(points, key=lambda point: (not point.value.startswith(f"{__package__}."), origin(point))):
        plugin = origin(point)
        try:
            module = point.load()
            manager.register(module, plugin)
            manager.check_pending()  # a hook of a name that nobody calls
        except (Exception, SystemExit) as error:
            # A plugin that is refused half-way must not be asked below.
            if manager.has_plugin(plugin):
                manager.unregister(name=plugin)
            registry.faults.append(Fault(plugin, f"cannot be loaded: {type(error).__name__}: {error}"))
            continue
        collect(manager, module, plugin, registry)
    return registry


def collect(manager: pluggy.PluginManager, module: object, plugin: str, registry: Registry) -> None:
    """Call the hooks of one plugin alone, so that an exception ends only its own registration."""
    others = [other for other in manager.get_plugins() if other is not module]
    implemented = 0
    for role in get_args(Role):
        hook = manager.subset_hook_caller(f"register_{role}s", others)
        implemented += len(hook.get_hookimpls())
        try:
            hook(register=registering(registry, role, plugin))
        except (Exception, SystemExit) as error:
            registry.faults.append(Fault(plugin, f"`register_{role}s` raised {type(error).__name__}: {error}"))
    if not implemented:
        message = "implements no hook: mark `register_embedders` or others with `@hookimpl`"
        registry.faults.append(Fault(plugin, message))


def registering(registry: Registry, role: Role, plugin: str) -> Callable[[Any], None]:
    return lambda target: registry.add(role, target, plugin)


def origin(point: EntryPoint) -> str:
    return f"{point.dist.name}:{point.name}" if point.dist else point.name


def examined(role: Role, target: Any, plugin: str) -> Listed:
    """Return what is known of a plugin without making it do anything; BadPlugin and BadSignature where it is wrong."""
    method, given = METHODS[role]
    if not callable(getattr(target, method, None)):
        raise BadPlugin(f"has no method `{method}`")
    name = getattr(target, "id", None)
    if not isinstance(name, str) or not ID.fullmatch(name):
        raise BadPlugin(f"`id` must be lower-case letters, digits and hyphens, not {name!r}")
    requires = getattr(target, "requires", {})
    if not isinstance(requires, Mapping):
        raise BadPlugin(f"`requires` must map modules to what `pip install` is given, not {requires!r}")
    if role == "embedder":
        if not inspect.isclass(target):
            raise BadPlugin(f"register the class: `register({type(target).__name__})`")
        parameters = Parameters.of(target)
    else:
        target = target() if inspect.isclass(target) else target
        parameters = Parameters.of(getattr(target, method), given)
    described = inspect.cleandoc((target if inspect.isclass(target) else type(target)).__doc__ or "")
    says = " ".join(described.split("\n\n")[0].split())
    return Listed(role, name, plugin, says, parameters, dict(requires), target)


def is_importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except Exception:  # of a module in a package, which is imported to look into it
        return False
