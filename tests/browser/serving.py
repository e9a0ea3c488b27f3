"""A real Datasette on a free port of this machine, and a Chromium to look at it with: for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from itsdangerous import URLSafeSerializer

SECRET = "for-tests-only"

#: Seconds that a server may take to answer for the first time.
PATIENCE = 60.0

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Server:
    """`url` ends without a slash; `pid` is the process that holds the memory."""

    url: str
    pid: int

    def grid(self, database: str) -> str:
        return f"{self.url}/{database}/-/panoptic"

    @property
    def owner(self) -> dict[str, str]:
        """The cookie of somebody who may do everything."""
        actor = URLSafeSerializer(SECRET, "actor").dumps({"a": {"id": "root"}})
        return {"name": "ds_actor", "value": str(actor), "url": self.url}


@contextmanager
def serve(*databases: Path, options: Sequence[str] = ()) -> Iterator[Server]:
    """Run Datasette as a person would, until the block ends."""
    port = _free_port()
    command = [sys.executable, "-m", "datasette", "serve", *map(str, databases), "--port", str(port), "--root"]
    if "PANOPTIC_LATE" in os.environ:
        command += ["--plugins-dir", str(Path(__file__).with_name("late"))]
    environment = {**os.environ, "DATASETTE_SECRET": SECRET}
    process = subprocess.Popen(
        [*command, *options], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url)
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[str], url: str) -> None:
    assert process.stderr is not None
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once:\n{process.stderr.read()}")
        try:
            with urlopen(f"{url}/-/versions.json"):
                return
        except (URLError, ConnectionError):
            time.sleep(0.05)
    raise RuntimeError(f"the server did not answer within {PATIENCE:.0f} s")


def chromium_path() -> str | None:
    """Return where a Chromium is installed, or None."""
    names = (os.environ.get("CHROMIUM", "chromium"), "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for path in map(shutil.which, names) if path), None)


def launch(playwright: Any) -> Any:
    """Start the installed Chromium, headless. Playwright's own is not downloaded."""
    return playwright.chromium.launch(executable_path=chromium_path(), args=list(CHROMIUM_FLAGS))
