"""Plugins are found by their entry points, and none of them can harm the others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from panoptic_ml.hookspecs import hookimpl
from panoptic_ml.registry import Registry, installed, read

from . import broken


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Callable[..., EntryPoint]:
    """Make a module that implements hooks, and the entry point that names it."""

    def make(name: str, **hooks: Callable[[Any], None]) -> EntryPoint:
        module = ModuleType(f"plugin_{name}")
        for hook, function in hooks.items():

            def implementation(register: Any, function: Callable[[Any], None] = function) -> None:
                function(register)

            setattr(module, hook, hookimpl(implementation))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return EntryPoint(name, module.__name__, "panoptic")

    return make


Make = Callable[..., EntryPoint]


def sound(plugin: Make) -> EntryPoint:
    """Return a plugin that sorts last, so that whatever is wrong has come before it."""
    return plugin(
        "zebra",
        register_embedders=lambda register: register(broken.Means),
        register_clusterers=lambda register: register(broken.Halves),
        register_projectors=lambda register: register(broken.Flat),
        register_actions=lambda register: register(broken.Sizes()),
    )


def only_sound(found: Registry) -> bool:
    roles = (found.embedders, found.clusterers, found.projectors, found.actions)
    return [list(role) for role in roles] == [["means"], ["halves"], ["flat"], ["sizes"]]


def faults(found: Registry) -> list[tuple[str, str]]:
    return [(fault.plugin, fault.message) for fault in found.faults]


def test_what_plugins_register_is_listed(plugin: Make) -> None:
    found = read([sound(plugin)])
    assert only_sound(found)
    assert found.faults == []
    action = found.of("action")["sizes"]
    assert (action.role, action.plugin, action.description) == ("action", "zebra", "Every kind of result.")
    assert [field.name for field in action.parameters.fields] == ["unit"]
    assert action.parameters.given == {"context"}
    assert action.missing == ""


def test_our_own_plugins_are_installed() -> None:
    found = installed()
    assert {"lite0", "colors", "perceptual-hash", "average-hash"} <= found.embedders.keys()
    assert {"kmeans", "hdbscan", "agglomerative", "duplicates"} <= found.clusterers.keys()
    assert [fault for fault in found.faults if fault.plugin.startswith("datasette-panoptic:")] == []


def test_a_plugin_that_cannot_be_imported_is_a_fault(
    plugin: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "panoptic_torn.py").write_text("import no_such_module")
    (tmp_path / "panoptic_gone.py").write_text("raise SystemExit('no licence')")
    (tmp_path / "panoptic_typo.py").write_text("def register(:")
    monkeypatch.syspath_prepend(tmp_path)
    names = ("torn", "gone", "typo", "absent")
    points = [EntryPoint(name, f"panoptic_{name}", "panoptic") for name in names]
    found = read([*points, EntryPoint("attribute", "sys:no_such_name", "panoptic"), sound(plugin)])
    assert only_sound(found)
    assert [name for name, _ in faults(found)] == ["absent", "attribute", "gone", "torn", "typo"]
    assert dict(faults(found))["torn"] == "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'"
    assert dict(faults(found))["gone"] == "cannot be loaded: SystemExit: no licence"


@pytest.mark.parametrize("failure", [broken.fail, broken.leave])
def test_a_hook_that_raises_is_a_fault(plugin: Make, failure: Callable[[Any], None]) -> None:
    def half(register: Any) -> None:
        register(broken.Means)
        failure(register)

    found = read([plugin("ape", register_embedders=half), sound(plugin)])
    assert only_sound(found)
    assert found.embedders["means"].plugin == "ape"
    assert [name for name, _ in faults(found)] == ["ape", "zebra"]
    assert faults(found)[0][1].startswith("`register_embedders` raised ")


def test_of_two_with_one_id_the_first_stays(plugin: Make) -> None:
    found = read([sound(plugin), plugin("ape", register_clusterers=lambda register: register(broken.Halves))])
    assert only_sound(found)
    assert found.clusterers["halves"].plugin == "ape"
    assert faults(found) == [
        ("zebra", "clusterer `halves` is registered by `ape` already, which is the one that is used")
    ]


def test_one_name_may_be_in_two_roles(plugin: Make) -> None:
    projector = type("Other", (broken.Flat,), {"id": "halves"})
    found = read([sound(plugin), plugin("ape", register_projectors=lambda register: register(projector))])
    assert found.projectors.keys() == {"halves", "flat"}
    assert found.faults == []


def test_a_hook_of_an_unknown_name_is_a_fault(plugin: Make) -> None:
    found = read([plugin("ape", register_embeders=lambda register: register(broken.Means)), sound(plugin)])
    assert only_sound(found)
    assert "unknown hook 'register_embeders'" in faults(found)[0][1]


def test_a_hook_with_other_arguments_is_a_fault(plugin: Make) -> None:
    point = plugin("ape")

    @hookimpl
    def register_embedders(registrar: Any) -> None:
        raise AssertionError

    sys.modules[point.value].register_embedders = register_embedders  # type: ignore[attr-defined]
    found = read([point, sound(plugin)])
    assert only_sound(found)
    assert "registrar" in faults(found)[0][1]


def test_a_plugin_without_hooks_is_a_fault(plugin: Make) -> None:
    found = read([plugin("ape"), sound(plugin)])
    assert only_sound(found)
    assert faults(found) == [("ape", "implements no hook: mark `register_embedders` or others with `@hookimpl`")]


def test_one_module_under_two_names_is_read_once(plugin: Make) -> None:
    point = sound(plugin)
    found = read([point, EntryPoint("zoo", point.value, "panoptic")])
    assert only_sound(found)
    assert [name for name, _ in faults(found)] == ["zoo"]


class Failing(broken.Flat):
    """Cannot be made."""

    def __init__(self) -> None:
        raise ZeroDivisionError("division by zero")


class Starred(broken.Flat):
    """Hides its parameters."""

    def project(self, vectors: object, **settings: object) -> Any: ...


WRONG: dict[str, tuple[Any, str]] = {
    "no method": (type("Empty", (), {"id": "empty"}), "projector `Empty`: has no method `project`"),
    "no id": (
        type("Nameless", (), {"project": broken.Flat.project}),
        "projector `Nameless`: `id` must be lower-case letters, digits and hyphens, not None",
    ),
    "bad id": (
        type("Loud", (broken.Flat,), {"id": "LOUD one"}),
        "projector `Loud`: `id` must be lower-case letters, digits and hyphens, not 'LOUD one'",
    ),
    "requires": (
        type("Needy", (broken.Flat,), {"requires": "torch"}),
        "projector `Needy`: `requires` must map modules to what `pip install` is given, not 'torch'",
    ),
    "constructor": (Failing, "projector `Failing`: ZeroDivisionError: division by zero"),
    "parameters": (Starred, "projector `Starred`: `Starred.project` takes `*settings`: name each parameter"),
    "anything": (42, "projector `int`: has no method `project`"),
}


@pytest.mark.parametrize("how", WRONG)
def test_what_is_no_plugin_is_a_fault(plugin: Make, how: str) -> None:
    target, said = WRONG[how]

    def both(register: Any) -> None:
        register(target)
        register(broken.Flat)

    found = read([plugin("ape", register_projectors=both)])
    assert list(found.projectors) == ["flat"]
    assert [message.startswith(said) for _, message in faults(found)] == [True], faults(found)


def test_an_embedder_is_registered_as_a_class(plugin: Make) -> None:
    found = read([plugin("ape", register_embedders=lambda register: register(broken.Means()))])
    assert faults(found) == [("ape", "embedder `Means`: register the class: `register(Means)`")]


def test_what_is_missing_is_one_command(plugin: Make) -> None:
    requires = {"no_such_torch": "our-extra[clip]", "no_such_open.clip": "our-extra[clip]", "no_such": "other"}
    needy = type("Needy", (broken.Flat,), {"id": "needy", "requires": requires})
    found = read([plugin("ape", register_projectors=lambda register: register(needy))])
    assert found.projectors["needy"].missing == "pip install 'other' 'our-extra[clip]'"
