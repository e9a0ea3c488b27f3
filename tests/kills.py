"""Kill −9 at random moments: `python -m tests.kills [--count 50] [--seed 1] [KIND…]`.

Each kind is a piece of work that a person starts, on the command line or through the server. It is killed somewhere
between its beginning and its usual end, again and again. After each kill the file must be whole, and hold all of a
changeset or none of it; at the end the work is done once more without a kill and must come to what it comes to without
any. What is printed: kills tried, how many came while the work was under way, and what was lost.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click
from datasette.app import Datasette
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store import properties
from datasette_panoptic.store.connection import connect

from .corpus import paint
from .processes import kill_all, kill_alone
from .rows import Folder, Instance, Picture, fill
from .serving import free_port

#: Instances of the project that is annotated: enough for a change to take a moment.
MANY = 20_000
#: Pictures that are imported.
PICTURES = 150
SECRET = "the same for the server and for who signs in"
PANOPTIC = (sys.executable, "-m", "datasette", "panoptic")


Process = subprocess.Popen[bytes]
#: What is posted to a server: the type of the data, the address below the project's, and the data.
Step = tuple[str, str, str]


@dataclass(frozen=True)
class Work:
    """A kind of work: how its project is made, what starts it, and what the project says afterwards.

    `make` fills a folder and returns the project in it. `start` gets the project and the number of the try, and returns
    the process to kill. `state` reads the project, and fails where a part of a changeset was stored. Work that
    `resumes` commits as it goes: what is missing comes with the next run.
    """

    make: Callable[[Path], Path]
    start: Callable[[Path, int], Process]
    state: Callable[[sqlite3.Connection], object]
    resumes: bool = False


def command(*arguments: object) -> Process:
    return subprocess.Popen([*PANOPTIC, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finish(process: Process) -> None:
    assert process.wait() == 0, process.args


def noted(folder: Path) -> Path:
    """Make a project of many instances with a text and tags."""
    path = folder / "project.db"
    with closing(connect(path, create=True)) as conn:
        fill(conn, [Folder("all")], [Picture()] * 100, [Instance(n % 100, 0, f"{n}.jpg") for n in range(MANY)])
        properties.create(conn, "Note", "text", "instance")
        properties.create(conn, "Kind", "multi_tags", "instance")
    finish(command("annotate", path, "--set", "Note=0", "--set", "Kind=0"))
    return path


def pictures(folder: Path) -> Path:
    """Paint pictures, beside a project that is still empty."""
    paint(folder / "pictures", PICTURES, (400, 300))
    path = folder / "project.db"
    connect(path, create=True).close()
    return path


def imported(folder: Path) -> Path:
    path = pictures(folder)
    finish(command("import", path, folder / "pictures"))
    return path


def table_of(path: Path) -> Path:
    return path.parent / "table.csv"


def tabled(folder: Path) -> Path:
    """Make a project of many instances, and a table that says something of each."""
    path = noted(folder)
    rows = (f"{n}.jpg,title {n},{n % 7}" for n in range(MANY))
    table_of(path).write_text("\n".join(["name,Title[text],Week[number]", *rows]))
    return path


def released(folder: Path) -> Path:
    """Make a project of the first release, which opening migrates."""
    dump = sorted((Path(__file__).parent / "schemas").glob("*.sql"))[0]
    path = folder / "project.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(dump.read_text())
    return path


def notes(conn: sqlite3.Connection) -> object:
    """Say whether all instances have the same note and the tag of that name: all of a changeset, or none."""
    values = conn.execute("select Note, count(*) from instance_values group by 1").fetchall()
    assert [count for _, count in values] == [MANY], f"a changeset was stored in part: {values[:3]}"
    tags = conn.execute("select name, count(*) from instance_tags join tags on tags.id = tag_id group by 1").fetchall()
    assert tags == values, f"tags were stored in part: {tags[:3]}"
    return None


def files(conn: sqlite3.Connection) -> object:
    return conn.execute(
        """select count(*), count(distinct sha1), count(instances.id), count(data) from files
           join images on images.id = files.image_id
           left join instances on file_id = files.id
           left join _panoptic_thumbnails on _panoptic_thumbnails.image_id = images.id"""
    ).fetchone()


def vectors(conn: sqlite3.Connection) -> object:
    return conn.execute(
        "select count(*), count(distinct image_id), min(length(vector)) from _panoptic_embeddings"
    ).fetchone()


def titles(conn: sqlite3.Connection) -> object:
    names = {row[1] for row in conn.execute("pragma table_info(instance_values)")}
    if "Title" not in names:
        return None
    count = conn.execute("select count(Title), count(Week) from instance_values").fetchone()
    assert count in ((0, 0), (MANY, MANY)), f"a table was stored in part: {count}"
    return count


def schema(conn: sqlite3.Connection) -> object:
    return conn.execute("select count(*) from sqlite_master").fetchone()[0]


def noting(path: Path, number: int) -> Process:
    return command("annotate", path, "--set", f"Note={number}", "--set", f"Kind={number}")


def undone(path: Path, number: int) -> Process:
    finish(noting(path, number))
    return command("undo", path)


def served(*steps: Callable[[Path, int], Step]) -> Callable[[Path, int], Process]:
    """Return what starts a server, takes steps there, and leaves both running: to be killed, or to end by itself."""

    def start(path: Path, number: int) -> Process:
        port = free_port()
        line = [sys.executable, "-m", "datasette", "serve", str(path), "-p", str(port), "--root", "--secret", SECRET]
        line += ["--setting", "plugins.datasette-panoptic.import_roots", json.dumps([str(path.parent)])]
        cookie = "ds_actor=" + Datasette(secret=SECRET).sign({"a": {"id": "root"}}, "actor")
        url = f"http://127.0.0.1:{port}/{path.stem}/-/panoptic"
        told = path.with_name("steps.json")
        told.write_text(json.dumps([line, url, cookie, [step(path, number) for step in steps]]))
        return subprocess.Popen(
            [sys.executable, "-c", SERVER, told], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    return start


#: Becomes a server in the end: a child posts to it and, when the work is done, tells it to stop.
SERVER = """
import json, os, signal, sys, time, urllib.request
line, url, cookie, steps = json.load(open(sys.argv[1]))

def ask(address, data=None, kind="application/json"):
    headers = {"cookie": cookie, "content-type": kind}
    return json.loads(urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=120).read())

server = os.getpid()
if os.fork():
    os.execv(line[0], line)
while os.getppid() == server:
    try:
        ask(url + "/version.json")
        break
    except OSError:
        time.sleep(0.1)
try:
    answer = {}
    for kind, address, data in steps:  # without an address: where the answer before leads
        target = url + address if address else url.split("/project/")[0] + answer["url"]
        answer = ask(target, data.encode(), kind)
    while any(job["is_open"] for job in ask(url + "/jobs.json")["jobs"]):
        time.sleep(0.2)
    os.kill(server, signal.SIGTERM)
except OSError:  # the server was killed, or refused
    os.kill(server, signal.SIGKILL)
"""


def post(address: str, body: Callable[[Path, int], object]) -> Callable[[Path, int], Step]:
    return lambda path, number: ("application/json", address, json.dumps(body(path, number)))


def said(path: Path, number: int) -> object:
    sayings = [
        {"act": "set", "name": "Note", "text": str(number)},
        {"act": "set", "name": "Kind", "text": str(number)},
    ]
    return {"query": "", "sayings": sayings}


def sent_table(path: Path, number: int) -> Step:
    head = '--x\r\ncontent-disposition: form-data; name="file"; filename="table.csv"\r\n\r\n'
    return ("multipart/form-data; boundary=x", "/import-table", f"{head}{table_of(path).read_text()}\r\n--x--\r\n")


def started_table(path: Path, number: int) -> Step:
    return ("application/x-www-form-urlencoded", "", "headers=typed")


WORKS = {
    "annotate": Work(
        noted, lambda path, n: command("annotate", path, "--set", f"Note={n}", "--set", f"Kind={n}"), notes
    ),
    "undo": Work(noted, undone, notes),
    "import": Work(pictures, lambda path, n: command("import", path, path.parent / "pictures"), files, resumes=True),
    "embed": Work(imported, lambda path, n: command("embed", path, "--embedder", "colors"), vectors, resumes=True),
    "import-csv": Work(tabled, lambda path, n: command("import-csv", path, path.parent / "table.csv"), titles),
    "migration": Work(released, lambda path, n: command("undo", path), schema, resumes=True),
    "server annotate": Work(noted, served(post("/annotate", said)), notes),
    "server import": Work(
        pictures, served(post("/import", lambda path, n: {"root": 0, "folder": "pictures"})), files, resumes=True
    ),
    "server embed": Work(
        imported, served(post("/embed", lambda path, n: {"embedder": "colors"})), vectors, resumes=True
    ),
    "server undo": Work(noted, served(post("/annotate", said), post("/undo", lambda path, n: {})), notes),
    "server import-csv": Work(tabled, served(sent_table, started_table), titles),
    "server migration": Work(released, served(), schema, resumes=True),
}


def read(work: Work, path: Path) -> object:
    """Return the state of a project, which must be whole."""
    with closing(connect(path)) as conn:
        assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert conn.execute("pragma foreign_key_check").fetchall() == []
        return work.state(conn)


def restore(fresh: Path, path: Path) -> None:
    """Put a project back as it was; a log of the one before must not be read into it."""
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    shutil.copyfile(fresh, path)


def tried(work: Work, count: int, seed: int) -> int:
    """Kill work `count` times; return how many of the kills came before its end.

    Raises AssertionError where anything was lost.
    """
    chance = random.Random(seed)
    under_way = 0
    with tempfile.TemporaryDirectory(prefix="panoptic-kills-") as scratch:
        path = work.make(Path(scratch))
        fresh = shutil.copyfile(path, path.with_name("fresh.db"))
        process = work.start(path, 1)
        began = time.monotonic()
        assert process.wait() in (0, 1, -signal.SIGTERM), "it was refused"  # 1: `undo` of nothing
        usual = time.monotonic() - began
        final = read(work, path)
        restore(fresh, path)
        for number in range(2, count + 2):
            process = work.start(path, number)
            time.sleep(chance.uniform(0.2, 1.05) * usual)
            under_way += process.poll() is None
            # By turns the server's jobs and the decoders too, and the one process that a person would kill.
            (kill_all if number % 2 else kill_alone)(process)
            if read(work, path) == final and work.resumes:
                restore(fresh, path)
        if work.resumes:
            work.start(path, count + 2).wait()
            assert read(work, path) == final, "the next run did not complete what the kills left"
    return under_way


@click.command()
@click.option("--count", default=50, show_default=True, help="Kills of each kind.")
@click.option("--seed", default=1, show_default=True, help="Another seed kills at other moments.")
@click.argument("kinds", metavar="[KIND]...", nargs=-1, type=click.Choice(list(WORKS)))
def main(count: int, seed: int, kinds: tuple[str, ...]) -> None:
    for kind in kinds or WORKS:
        under_way = tried(WORKS[kind], count, seed)
        click.echo(f"{kind}: {count} kills, {under_way} of them while it ran, nothing lost")


if __name__ == "__main__":
    main()
