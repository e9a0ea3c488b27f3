"""The project file: what its tables promise, and which files it accepts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlite_utils
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import ProjectError
from datasette_panoptic.store import schema
from datasette_panoptic.store.connection import connect, connect_read_only
from datasette_panoptic.store.people_views import recreate_views

from .annotated import annotate
from .conftest import Project

#: Dumps of projects as released versions made them, with a row in every table: `RELEASES[n]` is schema version n.
RELEASES = sorted((Path(__file__).parent / "schemas").glob("*.sql"))


def tables(conn: sqlite3.Connection) -> dict[str, str]:
    """Return our tables' DDL by name."""
    return dict(
        conn.execute("select name, sql from sqlite_master where type = 'table' and name <> '_sqlite_migrations'")
    )


def shape(conn: sqlite3.Connection) -> dict[str, object]:
    """Return what a schema means, whatever its text: columns of tables and views, indexes with their columns."""
    names = [row[0] for row in conn.execute("select name from sqlite_master where type in ('table', 'view')")]
    found: dict[str, object] = {}
    for name in sorted(names):
        found[name] = conn.execute(f"select name, type, \"notnull\", pk from pragma_table_info('{name}')").fetchall()
        indexes = conn.execute(f"select name, \"unique\" from pragma_index_list('{name}')").fetchall()
        found[f"indexes of {name}"] = sorted(
            (unique, [row[0] for row in conn.execute(f"select name from pragma_index_info('{index}')")])
            for index, unique in indexes
        )
    return found


def test_every_table_and_column_is_commented(project: Project) -> None:
    for name, sql in tables(project.conn).items():
        first, *lines = sql.splitlines()
        assert re.search(r" -- \w", first), f"{name} has no comment"
        text = "\n".join(lines)
        for (column,) in project.conn.execute(f"select name from pragma_table_info('{name}')"):
            start = re.search(rf"^  {column}\b", text, re.MULTILINE)
            assert start, f"{name}.{column} does not start a line of its own"
            definition = re.split(r"\n  \w", text[start.start() + 2 :])[0]
            assert re.search(r" -- \S", definition), f"{name}.{column} has no comment"


def test_every_foreign_key_is_indexed(project: Project) -> None:
    for table in tables(project.conn):
        first_columns = {
            project.conn.execute(f"select name from pragma_index_info('{index}') where seqno = 0").fetchone()[0]
            for (index,) in project.conn.execute(f"select name from pragma_index_list('{table}')")
        }
        first_columns |= {
            name for name, pk in project.conn.execute(f"select name, pk from pragma_table_info('{table}')") if pk == 1
        }
        for (column,) in project.conn.execute(f"select \"from\" from pragma_foreign_key_list('{table}')"):
            assert column in first_columns, f"{table}.{column} refers to another table and has no index"


@pytest.mark.parametrize("word", ["strict", "autoincrement", "returning", "virtual", "->>", "unixepoch", "vec0"])
def test_stored_sql_avoids(project: Project, word: str) -> None:
    """Published files are read by SQLite 3.34, and by Datasette without our extension."""
    stored = "\n".join(row[0] for row in project.conn.execute("select sql from sqlite_master where sql is not null"))
    without_comments = re.sub(r"--.*", "", stored).lower()
    assert not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", without_comments)


def test_file_is_marked_and_versioned(project: Project) -> None:
    assert project.path.read_bytes()[68:72] == b"Pano"
    assert project.conn.execute("pragma application_id").fetchone() == (schema.APPLICATION_ID,)
    assert project.conn.execute("pragma user_version").fetchone() == (schema.SCHEMA_VERSION,)


def test_version_counts_the_migrations(project: Project) -> None:
    applied = schema.migrations.applied(sqlite_utils.Database(project.conn))
    assert len(applied) == schema.SCHEMA_VERSION
    assert schema.migrations.pending(sqlite_utils.Database(project.conn)) == []


def test_opening_again_changes_nothing(project: Project) -> None:
    before = project.conn.execute("select * from sqlite_master").fetchall()
    counter = project.conn.execute("pragma schema_version").fetchone()
    with connect(project.path) as again:
        assert again.execute("select * from sqlite_master").fetchall() == before
        assert again.execute("pragma schema_version").fetchone() == counter
    again.close()


def test_newer_file_is_read_but_not_written(project: Project) -> None:
    project.conn.execute(f"pragma user_version = {schema.SCHEMA_VERSION + 1}")
    with pytest.raises(ProjectError, match="newer datasette-panoptic"):
        connect(project.path)
    reader = connect_read_only(project.path)
    assert reader.execute("select count(*) from corpus").fetchone() == (0,)
    reader.close()


@pytest.mark.parametrize("version", [0, 1, 99])
def test_other_databases_are_left_alone(tmp_path: Path, version: int) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("create table recipes (name text)")
    other.execute(f"pragma user_version = {version}")
    other.close()
    before = path.read_bytes()
    with pytest.raises(ProjectError, match="not a panoptic project"):
        connect(path)
    with pytest.raises(ProjectError, match="not a panoptic project"):
        connect_read_only(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("statement", [0, 1, 10, 20, 30, 40])
def test_crash_in_a_migration_leaves_a_file_that_migrates(tmp_path: Path, statement: int) -> None:
    """The process dies, without a chance to roll back, after so many statements of the first migration."""
    path = tmp_path / "project.db"
    died = subprocess.run(
        [sys.executable, "-c", DIE_IN_MIGRATION, str(path), str(statement)], capture_output=True, text=True
    )
    assert died.returncode == 9, died.stderr
    conn = connect(path)
    assert conn.execute("pragma integrity_check").fetchone() == ("ok",)
    assert conn.execute("select value from _panoptic_settings where key = 'corpus_version'").fetchone() == (0,)
    conn.close()


DIE_IN_MIGRATION = """
import os, sys
from datasette_panoptic.store import connection, schema
whole = schema.statements
def some(script):
    for n, statement in enumerate(whole(script)):
        if n == int(sys.argv[2]):
            os._exit(9)
        yield statement
schema.statements = some
connection.connect(sys.argv[1], create=True)
"""


@pytest.mark.parametrize("dump", RELEASES, ids=lambda dump: dump.stem)
def test_released_files_migrate_without_loss(tmp_path: Path, project: Project, dump: Path) -> None:
    path = tmp_path / "released.db"
    old = sqlite3.connect(path)
    old.executescript(dump.read_text())
    before = {name: old.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables(old)}
    assert all(before.values()), "the dump should have a row in every table"
    old.close()
    conn = connect(path)
    assert {name: conn.execute(f'select count(*) from "{name}"').fetchone()[0] for name in before} == before
    annotate(project.conn)
    assert shape(conn) == shape(project.conn), "a schema that is not released yet: see tests/schemas/__main__.py"
    assert conn.execute("pragma foreign_key_check").fetchall() == []
    conn.close()


@pytest.fixture
def annotated(project: Project) -> Project:
    annotate(project.conn)
    return project


def test_corpus_has_a_row_per_instance_and_a_column_per_property(annotated: Project) -> None:
    rows = annotated.conn.execute(
        """select instance_id, image_id, file_name, folder, width, taken_at,
                  note, "it's "" odd", likes, animals, state from corpus order by instance_id"""
    ).fetchall()
    assert rows == [
        (1, 1, "a.jpg", "photos", 800, "1890", "fine", 0, None, "cat, animal", None),
        (2, 1, "b.jpg", "1890", 800, "1890", "fine", 0, None, "cat, animal", None),
        (3, 2, None, None, 640, None, None, None, 1234567890123456789, None, "seen"),
    ]


def test_annotations_have_a_row_per_statement_and_its_latest_author(annotated: Project) -> None:
    rows = annotated.conn.execute("select * from annotations order by scope, subject_id, property, value").fetchall()
    assert rows == [
        ("image", 1, "animals", "animal", "bob", "2026-01-03T10:00:00Z"),
        ("image", 1, "animals", "cat", "ada", "2026-01-02T10:00:00Z"),
        ("image", 1, "it's \" odd", "0", None, None),
        ("image", 1, "note", "fine", "bob", "2026-01-03T10:00:00Z"),
        ("instance", 3, "likes", "1234567890123456789", None, None),
        ("instance", 3, "state", "seen", None, None),
    ]


def test_deleted_property_leaves_the_views_and_comes_back(annotated: Project) -> None:
    conn = annotated.conn
    count = conn.execute("select count(*) from annotations").fetchone()[0]
    conn.execute("update properties set deleted_at = '2026-01-04' where name in ('note', 'animals')")
    recreate_views(conn)
    assert conn.execute("select count(*) from annotations").fetchone()[0] == count - 3
    columns = [row[0] for row in conn.execute("select name from pragma_table_info('corpus')")]
    assert "note" not in columns
    assert "animals" not in columns
    conn.execute("update properties set deleted_at = null")
    recreate_views(conn)
    assert conn.execute("select count(*) from annotations").fetchone()[0] == count
