"""`python -m panoptic_ml` says what there is, and what is wrong."""

from __future__ import annotations

import pytest

from panoptic_ml import __main__ as command
from panoptic_ml.registry import Fault, Registry, examined

from . import broken


def test_it_lists_plugins_and_faults(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = Registry()
    needy = type("Needy", (broken.Flat,), {"id": "needy", "requires": {"no_such_module": "extra"}})
    found.projectors["needy"] = examined("projector", needy, "some:where")
    found.actions["sizes"] = examined("action", broken.Sizes, "some:where")
    found.faults.append(Fault("torn:paper", "cannot be loaded"))
    monkeypatch.setattr(command, "installed", lambda: found)
    assert command.main() == 1
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "projector needy (some:where)",
        "    missing: pip install 'extra'",
        "action sizes (some:where)",
        "    Every kind of result.",
        "    unit: a text; default px",
    ]
    assert said.err == "torn:paper: cannot be loaded\n"


def test_without_faults_it_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "installed", Registry)
    assert command.main() == 0
