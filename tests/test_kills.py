"""Work that is killed loses nothing: two kills of each kind. `python -m tests.kills` does it as often as one likes."""

from __future__ import annotations

import pytest

from tests.kills import WORKS, tried
from tests.processes import CAN_LOOK


@pytest.mark.skipif(not CAN_LOOK, reason="looks for the processes of a server in /proc")
@pytest.mark.parametrize("kind", ["undo", "embed", "import-csv", "migration", "server annotate"])
def test_killed_at_a_random_moment(kind):
    tried(WORKS[kind], count=2, seed=1)
