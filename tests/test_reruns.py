"""Tests that pass at their second try are named, and fail CI where they are many."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import MOST_RERUN
from tests.test_architecture import ROOT

FLAKY = """
import pathlib, pytest

@pytest.mark.flaky(reruns=1)
@pytest.mark.parametrize("number", range({count}))
def test_flaky(number):
    mark = pathlib.Path(__file__).with_name(str(number))
    known = mark.exists()
    mark.touch()
    assert known

def test_sound():
    pass
"""


@pytest.mark.parametrize(
    ("count", "ci", "workers", "fails"),
    [(3, True, 2, True), (3, True, 0, True), (2, True, 2, False), (3, False, 0, False)],
)
def test_what_was_tried_again_is_named_and_many_fail_ci(tmp_path, count, ci, workers, fails):
    (tmp_path / "test_once.py").write_text(FLAKY.format(count=count))
    environment = {key: value for key, value in os.environ.items() if key != "CI" and "XDIST" not in key}
    environment |= {"PYTHONPATH": str(ROOT), **({"CI": "true"} if ci else {})}
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-n", str(workers)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    named = [line for line in done.stdout.splitlines() if line.startswith("tried again: ")]
    assert named == [f"tried again: test_once.py::test_flaky[{number}]" for number in range(count)]
    assert done.returncode == fails
    assert (f"more than {MOST_RERUN} tests were tried again" in done.stdout) == fails
