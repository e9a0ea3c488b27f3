"""Datasette with projects on it, for the tests of pages and routes."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.utils.sqlite import sqlite3

from tests.rows import Folder, Instance, Picture, fill

OWNER = {"id": "root"}
EDITOR = {"id": "edith"}
IMPORTER = {"id": "imogen"}
#: A grant in the configuration is complete: it leaves out whom it does not name, root too.
GRANTS = {"panoptic-edit": {"id": ["edith", "root"]}, "panoptic-import": {"id": ["imogen", "root"]}}

#: A name that would run as code, or end a script, wherever it is not escaped.
NASTY = "</script><script>alert(1)</script>\"'<img src=x onerror=alert(2)>.jpg"
NASTY_FOLDER = "<b onclick=alert(3)>"

FOLDERS = [Folder("Posters"), Folder("1968", 0), Folder(NASTY_FOLDER, 0)]
PICTURES = [Picture(800, 600, 1000), Picture(600, 900, 2000, "1968-05-03T10:00:00"), Picture(500, 500, 1_234_567)]
INSTANCES = [
    Instance(0, 0, "a.jpg"),
    Instance(1, 1, "b.jpg"),
    Instance(2, 2, NASTY),
    Instance(0, 1, "copy of a.jpg"),
    Instance(1, None),
]


def fill_sample(conn: sqlite3.Connection) -> None:
    """Put three images in five instances and three folders into an empty project."""
    fill(conn, FOLDERS, PICTURES, INSTANCES)


def sha1_of(conn: sqlite3.Connection, image_id: int) -> str:
    return str(conn.execute("select sha1 from images where id = ?", [image_id]).fetchone()[0])


@asynccontextmanager
async def serving(
    *paths: Path, immutable: bool = False, tasks: bool = False, **settings: Any
) -> AsyncIterator[Datasette]:
    """Serve database files; root is let in, as by `--root`. `tasks`: run jobs too."""
    files = [str(path) for path in paths]
    datasette = Datasette([] if immutable else files, immutables=files if immutable else [], **settings)
    datasette.root_enabled = True
    # Requests of a client would start the background tasks too, but not before the first of them.
    datasette._suppress_background_tasks = not tasks
    await datasette.invoke_startup()
    if tasks:
        await datasette.start_background_tasks()
    try:
        yield datasette
    finally:
        await datasette.invoke_shutdown()


def fetch(url: str, method: str = "GET") -> tuple[int, bytes]:
    """Ask a running server; return the status and the body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(server: subprocess.Popen[bytes], url: str) -> None:
    """Wait until a server answers at an address; fail where it ends before."""
    end = time.monotonic() + 60
    while True:
        try:
            fetch(url)
            return
        except OSError:
            assert server.poll() is None, server.communicate()[1].decode()
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.05)


@contextmanager
def running(*arguments: str | Path) -> Iterator[str]:
    """Run `datasette serve` as people do, and yield its address once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "datasette", "serve", *map(str, arguments), "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(server, f"{address}/-/versions.json")
        yield address
    finally:
        server.terminate()
        server.communicate(timeout=30)
