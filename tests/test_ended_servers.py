"""A server that ends while a job runs, by Ctrl C or by force: nothing is left running, and the next one tells of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from datasette.app import Datasette

from datasette_panoptic.jobs.scratch import PREFIX
from datasette_panoptic.store import jobs
from datasette_panoptic.store.connection import connect
from tests.corpus import paint
from tests.processes import CAN_LOOK, alive, children, kill_alone, wait_for_the_end
from tests.serving import free_port, serving, wait_for

pytestmark = pytest.mark.skipif(not CAN_LOOK, reason="looks for left-over processes in /proc")

SECRET = "a secret of this test"


def send(url: str, body: object, kind: str = "application/json") -> None:
    cookie = "ds_actor=" + Datasette(secret=SECRET).sign({"a": {"id": "root"}}, "actor")
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"cookie": cookie, "content-type": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status < 300


@contextmanager
def importing(path: Path, folder: Path, temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server that imports, has a file of an upload that goes on, and yield it once its decoders run."""
    port = free_port()
    line = [sys.executable, "-m", "datasette", "serve", str(path), "-p", str(port), "--root", "--secret", SECRET]
    line += ["--setting", "plugins.datasette-panoptic.import_roots", json.dumps([str(folder)])]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    server = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    base = f"http://127.0.0.1:{port}/{path.stem}/-/panoptic"
    try:
        wait_for(server, f"{base}/version.json")
        file = b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.jpg"\r\n\r\nbytes\r\n--x--\r\n'
        send(f"{base}/upload", file, "multipart/form-data; boundary=x")
        send(f"{base}/import", {"root": 0, "folder": ""})
        end = time.monotonic() + 60
        while len(list(children(server.pid))) < 2:  # the job's process, and those that decode
            assert time.monotonic() < end, "the import does not begin"
            time.sleep(0.01)
        yield server
    finally:
        server.kill()
        server.communicate()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Make a folder whose import takes long enough to be ended before it is through."""
    folder = tmp_path / "root"
    data = [path.read_bytes() for path in paint(folder, 10, (1600, 1200))]
    for n in range(10, 1500):
        (folder / f"{n:05}.jpg").write_bytes(data[n % 10] + b"%d" % n)
    return folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def ours(temporary: Path) -> list[Path]:
    """Return what we left there; Datasette leaves a database of its own."""
    return list(temporary.glob(f"{PREFIX}*"))


def last(path: Path) -> jobs.Job:
    with closing(connect(path)) as conn:
        assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
        return jobs.latest(conn, 1)[0]


@pytest.mark.asyncio
async def test_a_killed_server_leaves_no_process_and_the_next_one_tells_of_the_job(project, many, temporary):
    with importing(project.path, many, temporary) as server:
        kill_alone(server)  # waits until the job has seen it, and has ended with its decoders
    assert last(project.path).state == "running"
    assert len(ours(temporary)) == 1
    async with serving(project.path):
        job = last(project.path)
        assert (job.state, job.message) == ("failed", f"{jobs.STOPPED}; import again, what is stored is skipped")
    assert ours(temporary) == []


def test_ctrl_c_ends_a_server_and_its_job(project, many, temporary):
    with importing(project.path, many, temporary) as server:
        below = list(children(server.pid))
        server.send_signal(signal.SIGINT)
        _, told = server.communicate(timeout=60)
    assert not any(map(alive, below))
    assert b"Traceback" not in told, told.decode()
    job = last(project.path)
    assert (job.state, job.message) == ("failed", f"{jobs.STOPPED}; import again, what is stored is skipped")
    assert ours(temporary) == []


HANGING = """
import os, subprocess, sys, time
from datasette_panoptic.jobs import monitor
monitor.GRACE = 0.1
server = int(sys.argv[1])
monitor.end_with(server)
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(os.getpid(), below.pid, flush=True)
time.sleep(600)
"""
SERVER = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())], start_new_session=True)
time.sleep(600)
"""


def test_a_job_that_hangs_ends_with_a_server_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", SERVER, HANGING], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert all(map(alive, pids))
        server.kill()
        wait_for_the_end(pids)
