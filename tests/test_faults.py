"""Full disks, locks, damaged pages: what is stored stays, and people are told in words what to do."""

from __future__ import annotations

import errno
import os
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.cli import panoptic
from datasette_panoptic.errors import ProjectError
from datasette_panoptic.store import connection, properties
from datasette_panoptic.store.backup import backup
from datasette_panoptic.store.connection import connect, connect_read_only
from datasette_panoptic.store.faults import told
from tests.corpus import paint
from tests.rows import Folder, Instance, Picture, fill
from tests.serving import serving


def run(*arguments: object) -> str:
    """Run a command that fails, and return what it says. A traceback fails the test."""
    done = CliRunner().invoke(panoptic, [str(argument) for argument in arguments])
    assert done.exit_code == 1, done.output
    assert isinstance(done.exception, SystemExit), done.exception
    return done.output


@pytest.fixture
def noted(project):
    """A thousand instances, and a text property."""
    fill(project.conn, [Folder("all")], [Picture()] * 10, [Instance(n % 10, 0, f"{n}.jpg") for n in range(1000)])
    properties.create(project.conn, "Note", "text", "instance")
    return project


def full(monkeypatch) -> None:
    """Let projects grow by a few pages only, which SQLite tells as it tells a full disk."""
    configure = connection.configure

    def bounded(conn: sqlite3.Connection) -> None:
        configure(conn)
        pages = conn.execute("pragma page_count").fetchone()[0]
        conn.execute(f"pragma max_page_count = {pages + 3}")

    monkeypatch.setattr(connection, "configure", bounded)


def values(path: Path) -> list[object]:
    conn = connect(path)
    assert conn.execute("pragma integrity_check").fetchall() == [("ok",)]
    rows = [row[0] for row in conn.execute("select distinct Note from instance_values")]
    conn.close()
    return rows


def annotate(path: Path, value: str) -> None:
    done = CliRunner().invoke(panoptic, ["annotate", str(path), "--set", f"Note={value}"])
    assert done.exit_code == 0, done.output


def test_a_full_disk_loses_nothing_and_says_so(noted, monkeypatch):
    annotate(noted.path, "before")
    with monkeypatch.context() as patched:
        full(patched)
        assert "disk is full" in run("annotate", noted.path, "--set", f"Note={'after ' * 1000}")
    assert values(noted.path) == ["before"]
    annotate(noted.path, "after")
    assert values(noted.path) == ["after"]


def test_an_import_onto_a_full_disk_keeps_what_it_committed(project, tmp_path, monkeypatch):
    paint(tmp_path / "pictures", 30, (400, 300))
    with monkeypatch.context() as patched:
        full(patched)
        assert "disk is full" in run("import", project.path, tmp_path / "pictures", "--workers", 1)
    done = CliRunner().invoke(panoptic, ["import", str(project.path), str(tmp_path / "pictures"), "--workers", "1"])
    assert done.exit_code == 0, done.output
    conn = connect(project.path)
    assert conn.execute("select count(*) from files").fetchone() == (30,)
    conn.close()


def test_a_lock_of_another_program_is_named(noted, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT", 0.05)
    noted.conn.execute("begin immediate")
    assert "another program is writing" in run("annotate", noted.path, "--set", "Note=x")
    noted.conn.execute("rollback")
    assert values(noted.path) == []


@pytest.mark.asyncio
async def test_a_page_says_what_stands_in_the_way(noted, monkeypatch):
    async with serving(noted.path) as datasette:
        database = datasette.get_database("project")

        def busy(*given: object, **more: object) -> None:
            raise sqlite3.OperationalError("database is locked")

        monkeypatch.setattr(database, "execute_write_fn", busy)
        cookies = {"ds_actor": datasette.sign({"a": {"id": "root"}}, "actor")}
        body = {"query": "", "sayings": [{"act": "set", "name": "Note", "text": "x"}]}
        response = await datasette.client.post("/project/-/panoptic/annotate", json=body, cookies=cookies)
    assert response.status_code == 503
    assert "another program is writing" in response.json()["error"]


def test_a_damaged_page_is_told(noted):
    annotate(noted.path, "kept")
    noted.conn.close()
    data = bytearray(noted.path.read_bytes())
    for page in range(1, len(data) // 4096):  # all but the first, which has the schema
        data[page * 4096 : page * 4096 + 100] = bytes(100)
    noted.path.write_bytes(data)
    assert "damaged" in run("annotate", noted.path, "--set", "Note=x")


TOLD = [
    (sqlite3.OperationalError("database or disk is full"), "disk is full"),
    (sqlite3.OperationalError("attempt to write a readonly database"), "permissions"),
    (sqlite3.OperationalError("disk I/O error"), "disk did not answer"),
    (sqlite3.DatabaseError("file is not a database"), "no SQLite database"),
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "disk is full"),
    (OSError(errno.EROFS, os.strerror(errno.EROFS)), "read-only"),
    (PermissionError(errno.EACCES, "Permission denied", "p.db"), "`p.db`: Permission denied"),
    (MemoryError(), "not enough memory"),
]


@pytest.mark.parametrize(("error", "words"), TOLD, ids=lambda value: getattr(value, "args", value) and str(value)[:40])
def test_faults_are_told_in_words(error, words):
    assert words in (told(error) or "")


@pytest.mark.parametrize("error", [sqlite3.OperationalError("no such column: x"), KeyError("x"), ValueError()])
def test_faults_of_ours_are_not_explained_away(error):
    assert told(error) is None


def test_a_backup_is_the_project_at_one_moment(noted, tmp_path, monkeypatch):
    annotate(noted.path, "first")
    reader = connect_read_only(noted.path)
    copied: list[int] = []

    def write_meanwhile(done: int, total: int) -> None:
        copied.append(done)
        if len(copied) == 1:
            annotate(noted.path, "second")

    monkeypatch.setattr("datasette_panoptic.store.backup.STEP", 8)
    backup(reader, tmp_path / "copy.db", write_meanwhile)
    reader.close()
    assert len(copied) > 2
    assert values(tmp_path / "copy.db") == ["first"]
    assert values(noted.path) == ["second"]


def test_a_backup_never_writes_over_a_file(noted, tmp_path):
    (tmp_path / "copy.db").write_text("precious")
    assert "already exists" in run("backup", noted.path, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_backup_that_fails_leaves_nothing_behind(noted, tmp_path):
    def stop(done: int, total: int) -> None:
        raise ProjectError("stopped")

    (tmp_path / "out").mkdir()
    with closing(connect_read_only(noted.path)) as reader, pytest.raises(ProjectError, match="stopped"):
        backup(reader, tmp_path / "out" / "copy.db", stop)
    assert list((tmp_path / "out").iterdir()) == []
