"""The project file's migrations and its version. The SQL they run is in `ddl` and `ddl_files`.

Each migration is one named function, applied once and in order, in a transaction. What is stored in the file meets
SQLite 3.34 (published corpora run there), hence no STRICT tables and CHECK constraints instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlite_utils
from datasette.utils.sqlite import sqlite3
from sqlite_utils.migrations import Migrations

from datasette_panoptic.errors import ProjectError

from . import name_clashes, name_keys
from .ddl import EMBEDDINGS, LEARNING, SELECTIONS, TABLES
from .ddl_files import METADATA, REMOVALS, REPLACEMENTS
from .image_metadata import describe_all
from .people_views import recreate_views

#: "Pano" in ASCII; marks the file type for `file` and for us.
APPLICATION_ID = 0x50616E6F

#: Bumped with each migration; a file with a higher number was made by newer code.
SCHEMA_VERSION = 10

#: The setting that says up to which id transparent images have been seen to since their looks became stale.
STALE_LOOKS = "looks_stale_after"

migrations = Migrations("datasette_panoptic")


@migrations()
def m001_project_file(db: sqlite_utils.Database) -> None:
    """Create every table of the first release."""
    for statement in statements(TABLES):
        db.conn.execute(statement)
    recreate_views(db.conn)
    # In the migration's own transaction: a file is marked if and only if it has the tables.
    db.conn.execute(f"pragma application_id = {APPLICATION_ID}")
    db.conn.execute("pragma user_version = 1")


@migrations()
def m002_selections(db: sqlite_utils.Database) -> None:
    """Views that are restricted to a selection."""
    for statement in statements(SELECTIONS):
        db.conn.execute(statement)
    db.conn.execute("pragma user_version = 2")


@migrations()
def m003_embeddings(db: sqlite_utils.Database) -> None:
    """Vectors of images."""
    for statement in statements(EMBEDDINGS):
        db.conn.execute(statement)
    db.conn.execute("pragma user_version = 3")


@migrations()
def m004_learning(db: sqlite_utils.Database) -> None:
    """Clusterings, answers to recommendations, and what else machine learning keeps."""
    for statement in statements(LEARNING):
        db.conn.execute(statement)
    db.conn.execute("pragma user_version = 4")


@migrations()
def m005_mat(db: sqlite_utils.Database) -> None:
    """Transparent images are no longer laid on white: vectors made so are removed, and their looks marked as stale.

    Vectors that came from a project of Panoptic stay, since nothing here could make them again.
    """
    transparent = "select image_id from _panoptic_thumbnails where mime = 'image/webp'"
    own = "select id from embedding_spaces where embedder not like 'panoptic:%'"
    removed = db.conn.execute(
        f"delete from _panoptic_embeddings where image_id in ({transparent}) and space_id in ({own})"
    )
    if removed.rowcount:
        db.conn.execute("update _panoptic_space_states set version = version + 1")
    db.conn.execute(
        f"insert into _panoptic_settings (key, value) select '{STALE_LOOKS}', 0 where exists ({transparent})"
    )
    db.conn.execute("pragma user_version = 5")


@migrations()
def m006_replacements(db: sqlite_utils.Database) -> None:
    """Files whose content became another image."""
    for statement in statements(REPLACEMENTS):
        db.conn.execute(statement)
    db.conn.execute("pragma user_version = 6")


@migrations()
def m007_name_keys(db: sqlite_utils.Database) -> None:
    """What names are compared by; names that are the same make room for each other."""
    name_keys.add_columns(db.conn)
    name_clashes.settle(db.conn)
    recreate_views(db.conn)
    db.conn.execute("pragma user_version = 7")


@migrations()
def m008_metadata(db: sqlite_utils.Database) -> None:
    """What files say of images in words, to be asked for: filled with what was read of the files at their import."""
    for statement in statements(METADATA):
        db.conn.execute(statement)
    describe_all(db.conn)
    db.conn.execute("pragma user_version = 8")


@migrations()
def m009_removals(db: sqlite_utils.Database) -> None:
    """Instances that were removed and can be put back: what is said of them stays, so it refers to no instance."""
    for statement in statements(REMOVALS):
        db.conn.execute(statement)
    for view in ("corpus", "annotations"):
        db.conn.execute(f"drop view if exists {view}")
    for table in ("instance_values", "instance_tags"):
        _drop_reference(db.conn, table, "references instances(id)")
    recreate_views(db.conn)
    db.conn.execute("pragma user_version = 9")


@migrations()
def m010_metadata_view(db: sqlite_utils.Database) -> None:
    """What files say of themselves, in the view `corpus` too."""
    recreate_views(db.conn)
    db.conn.execute("pragma user_version = 10")


def _drop_reference(conn: sqlite3.Connection, table: str, reference: str) -> None:
    """Make a table anew without the first of its references, with its rows and indexes."""
    made = [
        sql
        for (sql,) in conn.execute(
            "select sql from sqlite_master where tbl_name = ? and sql is not null order by type desc", [table]
        )
    ]
    conn.execute(f"create temp table moved as select * from {table}")
    conn.execute(f"drop table {table}")
    for sql in made:
        conn.execute(sql.replace(f" {reference}", "", 1))
    conn.execute(f"insert into {table} select * from temp.moved")
    conn.execute("drop table temp.moved")


def statements(script: str) -> Iterator[str]:
    """Split DDL into statements. `executescript` is no choice: it commits the transaction that is open."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement.strip().removesuffix(";")
            statement = ""


def migrate(conn: sqlite3.Connection) -> None:
    """Bring a project file to this code's schema; a file that is up to date is left untouched."""
    if is_project(conn) and conn.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION:
        return
    require_known(conn)
    (foreign_keys,) = conn.execute("pragma foreign_keys").fetchone()
    conn.execute("pragma foreign_keys = off")  # tables that others refer to are made anew
    migrations.apply(sqlite_utils.Database(conn, execute_plugins=False))
    conn.execute(f"pragma foreign_keys = {foreign_keys}")


def is_project(conn: sqlite3.Connection) -> bool:
    """Tell whether a connection's main database is a project file."""
    return conn.execute("pragma application_id").fetchone()[0] == APPLICATION_ID


def is_newer(conn: sqlite3.Connection) -> bool:
    """Tell whether a project file was made by a newer release than this code."""
    return conn.execute("pragma user_version").fetchone()[0] > SCHEMA_VERSION


def require_known(conn: sqlite3.Connection) -> None:
    """Raise ProjectError unless the database is empty or a project that this code may write."""
    tables = conn.execute("select count(*) from sqlite_master where tbl_name <> '_sqlite_migrations'").fetchone()[0]
    if tables and not is_project(conn):
        raise ProjectError("this database is not a panoptic project; name a new file, or one that `import` made")
    if is_newer(conn):
        raise ProjectError(
            "this project was made by a newer datasette-panoptic and opens read-only; "
            "run `pip install -U datasette-panoptic` to write to it"
        )
