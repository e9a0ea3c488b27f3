"""Work that is killed loses nothing: two kills of each kind. `python -m tests.kills` does it as often as one likes."""

from __future__ import annotations

import shutil

import pytest

from tests.kills import WORKS, tried


@pytest.mark.skipif(shutil.which("pkill") is None, reason="needs pkill, to end a server with its jobs")
@pytest.mark.parametrize("kind", ["undo", "embed", "import-csv", "migration", "server annotate"])
def test_killed_at_a_random_moment(kind):
    tried(WORKS[kind], count=2, seed=1)
