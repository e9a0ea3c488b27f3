"""Opening project files, and writing to them in transactions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import ProjectError
from datasette_panoptic.store import connection
from datasette_panoptic.store.connection import checkpoint, connect, connect_read_only, transaction

from .conftest import Project


def count(conn: sqlite3.Connection) -> int:
    return int(conn.execute("select count(*) from property_groups").fetchone()[0])


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("page_size", connection.PAGE_SIZE), ("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 1)],
)
def test_a_writing_connection_has(project: Project, pragma: str, value: object) -> None:
    assert project.conn.execute(f"pragma {pragma}").fetchone() == (value,)


@pytest.mark.parametrize("opened", [connect, connect_read_only])
def test_absent_file_is_not_made(tmp_path: Path, opened: object) -> None:
    path = tmp_path / "absent.db"
    with pytest.raises(ProjectError, match=r"import .*absent.db FOLDER"):
        opened(path)  # type: ignore[operator]
    assert not path.exists()


@pytest.mark.parametrize("opened", [connect, connect_read_only])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, opened: object) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(ProjectError, match=r"cannot open .*letter.db"):
        opened(path)  # type: ignore[operator]


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"cannot open .*nowhere"):
        connect(tmp_path / "nowhere" / "project.db", create=True)


@pytest.mark.parametrize("name", ["a b.db", "what?.db", "50%.db", "#1.db", "ünï.db", "file:x.db"])
def test_any_file_name_opens(tmp_path: Path, name: str) -> None:
    connect(tmp_path / name, create=True).close()
    assert name in os.listdir(tmp_path)
    reader = connect_read_only(tmp_path / name)
    assert count(reader) == 0
    reader.close()


def test_a_reader_cannot_write(project: Project) -> None:
    reader = connect_read_only(project.path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("insert into property_groups (name) values ('x')")
    reader.close()


def test_transaction_commits(project: Project) -> None:
    with transaction(project.conn):
        project.conn.execute("insert into property_groups (name) values ('x')")
    reader = connect_read_only(project.path)
    assert count(reader) == 1
    reader.close()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_transaction_rolls_back(project: Project, error: type[BaseException]) -> None:
    def fail() -> None:
        with transaction(project.conn):
            project.conn.execute("insert into property_groups (name) values ('x')")
            raise error

    with pytest.raises(error):
        fail()
    assert count(project.conn) == 0
    assert not project.conn.in_transaction


def test_transaction_reports_the_cause_when_sqlite_rolled_back_itself(project: Project) -> None:
    def insert_twice() -> None:
        with transaction(project.conn):
            project.conn.execute("insert into property_groups (name) values ('x')")
            project.conn.execute("insert or rollback into property_groups (name) values ('x')")

    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        insert_twice()
    assert count(project.conn) == 0


def test_checkpoint_makes_the_one_file_whole(project: Project, tmp_path: Path) -> None:
    with transaction(project.conn):
        project.conn.execute("insert into property_groups (name) values ('x')")
    checkpoint(project.conn)
    copy = tmp_path / "copy.db"
    copy.write_bytes(project.path.read_bytes())
    reader = connect_read_only(copy)
    assert count(reader) == 1
    reader.close()
