"""The tutorial builds the example plugin, its commands do what it says, and what it prints is so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from panoptic_ml.testing import check_action, check_clusterer

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "panoptic-brightness"
TUTORIAL = (ROOT / "docs" / "plugins.md").read_text()

FILES = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)```", TUTORIAL, re.DOTALL | re.MULTILINE))


def block(language: str, number: int = -1) -> str:
    return re.findall(rf"^```{language}\n(.*?)```", TUTORIAL, re.DOTALL | re.MULTILINE)[number]


def test_the_tutorial_shows_the_example_whole() -> None:
    assert {path.name: path.read_text() for path in sorted(EXAMPLE.iterdir()) if path.is_file()} == FILES


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that somebody has made who followed the tutorial."""
    package = tmp_path_factory.mktemp("plugin") / "panoptic-brightness"
    package.mkdir()
    for name, text in FILES.items():
        (package / name).write_text(text)
    return package


def test_the_commands_install_and_test_and_list_it(package: Path) -> None:
    install, test, listing = block("sh").splitlines()
    site = package.parent / "site"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    # Beside this environment and not in it, from what is here alone; otherwise the command as it is written.
    beside = f" --no-index --no-deps --no-build-isolation --quiet --target {site}"
    said = {
        command: subprocess.run(
            [sys.executable, *(["-m", "pip"] if command == install else []), *command.split()[1:], *extra.split()],
            cwd=package,
            env=environment,
            capture_output=True,
            text=True,
        )
        for command, extra in ((install, beside), (test, " --quiet"), (listing, ""))
    }
    assert [done.returncode for done in said.values()] == [0, 0, 0], said
    assert "2 passed" in said[test].stdout
    assert block("text") in said[listing].stdout
    shutil.rmtree(site)


@pytest.mark.parametrize(("name", "check"), [("Nearest", check_clusterer), ("Orientation", check_action)])
def test_the_other_kinds_keep_their_promises_as_they_are_shown(name: str, check: Callable[[Any], None]) -> None:
    shown: dict[str, Any] = {}
    exec(block("python"), shown)
    check(shown[name])
