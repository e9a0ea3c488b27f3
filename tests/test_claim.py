"""Claims between processes: held by one, let go by the dead, and out of the reach of other users of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

from datasette_panoptic.errors import PanopticError
from datasette_panoptic.jobs.claim import claimed, directory

HOLD = """
import sys
from datasette_panoptic.jobs.claim import claimed
with claimed(sys.argv[1], lambda: True) as is_ours:
    print(is_ours, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def shared(tmp_path, monkeypatch):
    """A directory for everybody's temporary files."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(shared))
    return shared


def hold(name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, name]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_locks_lie_where_nobody_else_can_write(shared):
    with claimed("a/b .. \udcff", lambda: False) as is_ours:
        assert is_ours
    (ours,) = shared.iterdir()
    assert ours == directory()
    assert ours.stat().st_mode & 0o777 == 0o700
    assert [each.suffix for each in ours.iterdir()] == [".lock"]


def test_another_process_waits_and_gets_what_a_dead_one_held():
    holder = hold("name")
    try:
        assert holder.stdout.readline() == "True\n"
        with claimed("name", lambda: True) as is_ours:
            assert not is_ours
        with claimed("another name", lambda: True) as is_ours:
            assert is_ours
    finally:
        holder.kill()
        holder.communicate()
    with claimed("name", lambda: True) as is_ours:
        assert is_ours


@pytest.mark.parametrize("trap", ["link", "file", "open to all", "somebody else's"])
def test_what_others_put_in_its_place_is_refused_and_left_alone(shared, tmp_path, trap, monkeypatch):
    path = shared / f"panoptic-{os.getuid()}"
    target = tmp_path / "target"
    target.mkdir()
    if trap == "link":
        path.symlink_to(target)
    elif trap == "file":
        path.write_text("theirs")
    else:
        path.mkdir()
        path.chmod(0o777 if trap == "open to all" else 0o700)
        if trap == "somebody else's":
            if os.getuid() != 0:
                pytest.skip("only root can give a directory away")
            os.chown(path, 12345, 12345)
    with pytest.raises(PanopticError, match="TMPDIR"), claimed("name", lambda: True):
        pytest.fail("it was claimed")
    assert list(target.iterdir()) == []
    assert path.is_file() or list(path.iterdir()) == []
