"""Processes of tests: those below one, whether they live, and how all of them are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Whether this system tells which processes are below another.
CAN_LOOK = Path("/proc/self/task").exists()


def children(pid: int) -> Iterator[int]:
    """Yield the processes below one."""
    with suppress(OSError):  # it may end while it is being looked at
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from children(child)


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_the_end(pids: Iterable[int], seconds: float = 30.0) -> None:
    """Wait until processes have ended by themselves; fail where one of them stays."""
    deadline = time.monotonic() + seconds
    while left := [pid for pid in pids if alive(pid)]:
        assert time.monotonic() < deadline, f"{left} outlived the process that started them"
        time.sleep(0.02)


def kill_all(process: subprocess.Popen[Any]) -> None:
    """Kill a process with all below it, as when the machine loses its power."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGSTOP)  # else it might start another one meanwhile
    below = list(children(process.pid))
    for pid in (process.pid, *below):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    wait_for_the_end(below)


def kill_alone(process: subprocess.Popen[Any]) -> None:
    """Kill a process, and wait for those below it to notice and end by themselves."""
    below = list(children(process.pid))
    process.kill()
    process.wait()
    wait_for_the_end(below)
