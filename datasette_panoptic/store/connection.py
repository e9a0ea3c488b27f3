"""Open project files outside Datasette: for the command line, jobs and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.texts import fold, natural
from datasette_panoptic.errors import ProjectError

from . import centroids, date_functions, extension, name_clashes, similarity
from .schema import is_project, migrate
from .soundness import first_fault
from .vector_cache import VectorCache

#: Measured on thumbnails of 6 and 30 kB: the file is 7 % larger than they are with pages of 4 kB, 13 % with 8 kB, 16 %
#: with 16 kB, since each picture leaves half of its last page empty; 12 % is the budget (`just bench`).
PAGE_SIZE = 4096

#: How a transaction begins, ends and is taken back, and how one inside another does.
WHOLE = ("begin immediate", "commit", ("rollback",))
PART = ("savepoint part", "release part", ("rollback to part", "release part"))

#: Seconds a writer waits for another to finish.
BUSY_TIMEOUT = 30.0


def connect(path: Path | str, *, create: bool = False, vectors: VectorCache | None = None) -> sqlite3.Connection:
    """Open a project for writing, migrated to this code's schema.

    The connection is in autocommit mode (`isolation_level=None`): writers say `begin immediate` themselves, mostly
    through `transaction`. SQL functions use `vectors`, or a cache of their own. Raises ProjectError where the file is
    absent (unless `create`), no project, damaged, or newer.
    """
    path = Path(path)
    if not path.exists() and not create:
        raise ProjectError(f"no file `{path}`; `datasette panoptic import {path} FOLDER` makes one")
    extension.register()
    with _opened(path, str(path)) as conn:
        conn.execute(f"pragma page_size = {PAGE_SIZE}")  # only a file without pages takes it
        if is_project(conn):
            _examine(conn, path)
        migrate(conn)
        conn.execute("pragma journal_mode = wal")
        configure(conn)
    prepare(conn, None if vectors is None else lambda: vectors)
    return conn


def connect_read_only(
    path: Path | str, *, immutable: bool = False, vectors: VectorCache | None = None, sound: bool = True
) -> sqlite3.Connection:
    """Open a project for reading, whatever its version; `immutable` promises that nobody writes it, and takes no locks.

    Raises ProjectError where it is absent, no project, or if it is to be `sound`, one that cannot be relied on.
    """
    path = Path(path)
    if not path.exists():
        raise ProjectError(f"no file `{path}`; `datasette panoptic import {path} FOLDER` makes one")
    extension.register()
    with _opened(path, f"{path.absolute().as_uri()}?{'immutable=1' if immutable else 'mode=ro'}") as conn:
        if not is_project(conn):
            raise ProjectError(f"`{path}` is not a panoptic project")
        if sound:
            _examine(conn, path)
    prepare(conn, None if vectors is None else lambda: vectors)
    return conn


@contextmanager
def reading(
    path: Path | str, *, immutable: bool = False, vectors: VectorCache | None = None
) -> Iterator[sqlite3.Connection]:
    """Open a project for reading and close it in the end: all that is read is the project at one moment."""
    with closing(connect_read_only(path, immutable=immutable, vectors=vectors)) as conn, snapshot(conn):
        yield conn


@contextmanager
def snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """Read the project at one moment: several statements see nothing that others commit between them."""
    if conn.in_transaction:
        yield
        return
    conn.execute("begin")
    try:
        yield
    finally:
        conn.rollback()


def _examine(conn: sqlite3.Connection, path: Path) -> None:
    if fault := first_fault(conn):
        raise ProjectError(f"`{path}` is damaged: {fault}; `datasette panoptic check {path}` says more")


@contextmanager
def _opened(path: Path, uri: str) -> Iterator[sqlite3.Connection]:
    """Open a connection that stays open, unless the block finds that it is none of ours."""
    conn = None
    try:
        conn = sqlite3.connect(uri, uri=uri.startswith("file:"), timeout=BUSY_TIMEOUT, isolation_level=None)
        yield conn
    except (sqlite3.DatabaseError, UnicodeDecodeError, ProjectError) as error:
        if conn:
            conn.close()
        if isinstance(error, ProjectError):
            raise
        if isinstance(error, UnicodeDecodeError):  # a message of SQLite's that quotes what is damaged
            raise ProjectError(f"cannot open `{path}`: its schema is damaged; restore it from a backup") from error
        raise ProjectError(f"cannot open `{path}`: {error}") from error


def prepare(conn: sqlite3.Connection, vectors: Callable[[], VectorCache] | None = None) -> None:
    """Give a connection the SQL functions and the collation that our queries use.

    The functions use the cache that `vectors` returns when they are called, or without it one of this connection.
    """
    own = VectorCache()
    extension.ensure(conn)
    conn.create_function("panoptic_fold", 1, _fold, deterministic=True)
    conn.create_function("panoptic_name_key", 1, name_key, deterministic=True)
    conn.create_function("regexp", 2, _matches, deterministic=True)
    conn.create_collation("panoptic", _compare)
    date_functions.define(conn)
    similarity.define(conn, vectors or (lambda: own))
    centroids.define(conn)


def _fold(value: object) -> str | None:
    return None if value is None else fold(str(value))


def _matches(pattern: str, value: object) -> int | None:
    """What SQLite calls for `value regexp pattern`."""
    from datasette_panoptic.domain.patterns import found_in

    return None if value is None else int(found_in(pattern, [value])[0])


def _compare(a: str, b: str) -> int:
    first, second = natural(a), natural(b)
    return (first > second) - (first < second)


def configure(conn: sqlite3.Connection) -> None:
    """Set what a writing connection needs and SQLite does not remember in the file."""
    conn.execute("pragma foreign_keys = on")
    conn.execute("pragma synchronous = normal")
    conn.execute("pragma mmap_size = 2147483648")
    conn.execute(f"pragma busy_timeout = {BUSY_TIMEOUT * 1000:.0f}")


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """Hold one `begin immediate` … `commit`, rolled back by any exception.

    Inside a transaction that is open, Datasette's or another one of these, it is a part of that one: an exception takes
    back this part, and the whole is its opener's to commit.
    """
    begin, commit, rollback = PART if conn.in_transaction else WHOLE
    conn.execute(begin)
    try:
        name_clashes.settle(conn)
        yield
        conn.execute(commit)
    except BaseException:
        if conn.in_transaction:  # SQLite ends it by itself when the disk is full
            for statement in rollback:
                conn.execute(statement)
        raise


def checkpoint(conn: sqlite3.Connection) -> None:
    """Move what the write-ahead log holds into the file, so that the one file is the whole project."""
    conn.execute("pragma wal_checkpoint(truncate)").fetchone()
