"""Decoders that crash, hang or take all memory cost one file; an import that is killed loses and doubles nothing."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest

from datasette_panoptic.domain.corpus import Found, Place
from datasette_panoptic.ingest.images import parallel
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.ingest.images.workers import Limits, Pool
from datasette_panoptic.store.connection import connect
from tests import crash
from tests.conftest import Project
from tests.corpus import paint
from tests.processes import CAN_LOOK, kill_alone

REASONS = {
    "abort.jpg": "made its decoder crash",
    "segfault.jpg": "made its decoder crash",
    "hang.jpg": "took longer than 2 seconds",
    "memory.jpg": "takes more memory than is allowed",
}

fragile = partial(Pool, limits=Limits(seconds=2.0), prepare=crash.install)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    paint(tmp_path / "pictures", 40)
    return tmp_path / "pictures"


def test_a_deadly_file_costs_itself_only(project: Project, folder: Path) -> None:
    crash.deadly(folder)
    report = import_folders(project.conn, [folder], options=ImportOptions(workers=2), start=fragile)
    assert (report.added, report.rejected) == (40, 4)
    refused = dict(project.conn.execute("select name, reason from _panoptic_rejects"))
    assert set(refused) == set(REASONS)
    assert {name: reason for name, reason in REASONS.items() if reason not in refused[name]} == {}
    assert not active_children()
    again = import_folders(project.conn, [folder], options=ImportOptions(workers=2), start=fragile)
    assert (again.unchanged, again.rejected) == (40, 4)
    assert again.seconds < 1, "a deadly file is not tried again until it changes"


def test_cancelling_ends_a_hanging_worker(project: Project, folder: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes(b"hang")
    asked = iter([False] * 3)  # while the files are counted, and at first
    begun = time.monotonic()
    import_folders(
        project.conn,
        [folder],
        options=ImportOptions(workers=2),
        cancelled=lambda: next(asked, True),
        start=partial(Pool, limits=Limits(seconds=1.0), prepare=crash.install),
    )
    assert time.monotonic() - begun < 10, "40 files would take 80 seconds"
    assert not active_children()


def test_an_exception_in_the_importer_ends_the_workers(project: Project, folder: Path) -> None:
    def fail(_: object) -> None:
        if active_children():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_folders(project.conn, [folder], options=ImportOptions(workers=2), progress=fail)
    assert not active_children()
    assert not project.conn.in_transaction


def test_workers_load_no_database_and_no_main_module(tmp_path: Path) -> None:
    """The main module of a console script imports all of Datasette; a worker must not."""
    script = tmp_path / "main.py"
    script.write_text(
        "import datasette.app, sys\n"
        "from datasette_panoptic.ingest.images.workers import Pool, work\n"
        "from tests.crash import loaded\n"
        "if __name__ == '__main__':\n"
        "    with Pool(1) as pool:\n"
        "        pool.submit(work, []).result()\n"
        "        print(*pool.submit(loaded).result())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=True)
    modules = set(done.stdout.split())
    assert {"datasette_panoptic.ingest.images.workers", "PIL.Image"} <= modules
    forbidden = {"datasette", "datasette.app", "datasette_panoptic.plugin", "sqlite3", "pysqlite3"}
    assert modules & forbidden == set()


class Broken(ProcessPoolExecutor):
    """An executor of somebody else's whose processes die whatever they are given, the first time."""

    def submit(self, *args: object, **kwargs: object) -> Future[object]:  # type: ignore[override]
        return super().submit(os.abort)


def test_an_executor_that_breaks_is_replaced(project: Project, folder: Path) -> None:
    made: list[Executor] = []

    def start(workers: int) -> Executor:
        made.append(Pool(workers) if made else Broken(workers, mp_context=Pool(1).context))
        return made[-1]

    report = import_folders(project.conn, [folder], options=ImportOptions(workers=1), start=start)
    assert report.added == 40
    assert len(made) >= 2


SCRIPT = """
import sys
from pathlib import Path
from datasette_panoptic.ingest.images import parallel, pipeline
from datasette_panoptic.store.connection import connect
parallel.TASK_FILES = 3  # many tasks and many transactions, to be killed between and within
pipeline.COMMIT_EVENTS = 7
pipeline.REPORT_EVERY = 0
if __name__ == "__main__":
    database, folder = map(Path, sys.argv[1:])
    conn = connect(database, create=True)
    options = pipeline.ImportOptions(workers=2, store_originals=True)
    pipeline.import_folders(conn, [folder], options=options, progress=lambda told: print(told.done, flush=True))
"""

EVERYTHING = """
select folders.path, files.name, sha1, width, height, average_hash, perceptual_hash, mean_color, files.modified_ns,
  files.missing_since, (select count(*) from instances where file_id = files.id and instances.image_id = images.id),
  hex(thumbnails.data), hex(previews.data), hex(originals.data)
from files join folders on folders.id = folder_id join images on images.id = files.image_id
join _panoptic_thumbnails as thumbnails on thumbnails.image_id = images.id
join _panoptic_originals as originals on originals.image_id = images.id
left join _panoptic_previews as previews on previews.image_id = images.id
order by 1, 2
"""


def contents(database: Path) -> list[tuple[object, ...]]:
    conn = connect(database)
    assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert conn.execute("pragma foreign_key_check").fetchall() == []
    rows = conn.execute(EVERYTHING).fetchall()
    rejects = conn.execute("select name, reason from _panoptic_rejects order by name").fetchall()
    totals = [
        conn.execute(f"select count(*) from {table}").fetchone()
        for table in ("images", "files", "instances", "folders", "_panoptic_thumbnails", "_panoptic_originals")
    ]
    conn.close()
    return [*rows, *rejects, *totals]


@pytest.mark.skipif(not CAN_LOOK, reason="looks for left-over processes in /proc")
def test_killed_at_any_moment_and_run_again(tmp_path: Path) -> None:
    folder, script = tmp_path / "pictures", tmp_path / "main.py"
    paint(folder, 60, (400, 300))
    paint(folder / "more" / "still", 30, first=100)
    (folder / "more" / "copy.jpg").write_bytes((folder / "00000.jpg").read_bytes())
    (folder / "bad.jpg").write_text("no image")
    script.write_text(SCRIPT)
    command = [sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    clean, killed = tmp_path / "clean.db", tmp_path / "killed.db"
    subprocess.run([*command, clean, folder], check=True, stdout=subprocess.DEVNULL, env=environment)

    moments = random.Random()
    seen = []
    for _ in range(6):
        process = subprocess.Popen([*command, killed, folder], stdout=subprocess.PIPE, text=True, env=environment)
        assert process.stdout
        told = ""
        for _ in range(moments.randrange(1, 60)):
            told = process.stdout.readline() or told
        time.sleep(moments.uniform(0, 0.02))
        kill_alone(process)
        process.stdout.close()
        seen.append(told.strip())
        if killed.exists():
            contents(killed)
    subprocess.run([*command, killed, folder], check=True, stdout=subprocess.DEVNULL, env=environment)
    assert contents(killed) == contents(clean), f"killed after {seen} files"


def test_tasks_are_small(tmp_path: Path) -> None:
    """A crash makes suspects of all files under way, so they must not be many."""
    place = Place(b"/")
    sizes = [1] * 100 + [parallel.TASK_BYTES] * 3 + [1]
    tasks = list(parallel.in_tasks(Found(place, b"%d" % n, size) for n, size in enumerate(sizes)))
    assert [len(task.found) for task in tasks] == [32, 32, 32, 5, 1, 1, 1]
    assert [found.name for task in tasks for found in task.found] == [b"%d" % n for n in range(104)]
