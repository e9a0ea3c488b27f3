"""Open a project of Panoptic without ever writing to it: find out which version it is, and have its tables read.

A database in its resting state is opened as immutable: neither a lock nor a log is written beside it. One that Panoptic
left in the middle of something (a log with changes in it) is copied, with its log, and the copy is read.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.old import OldProject
from datasette_panoptic.errors import IngestError

from . import panoptic07 as old_panoptic
from . import panoptic1 as old_panoptic1

#: The files of a project of 1.0, the one with the images and values first.
PARTS = ("data.db", "media.db", "project.db")

LOGS = ("-wal", "-journal")

#: Versions of the tables that are known: of 0.7's only database, and of 1.0's `data.db`.
OLD_VERSION = 7
NEW_VERSIONS = (1, 2)

Stamp = tuple[tuple[str, int, int], ...]


@contextmanager
def opened(path: Path) -> Iterator[OldProject]:
    """Open the project at a path: its folder, or a database of it. Raises IngestError, saying what helps."""
    folder = path if path.is_dir() else path.parent
    if path.name != "panoptic.db" and (folder / PARTS[0]).is_file():
        missing = [name for name in PARTS if not (folder / name).is_file()]
        if missing:
            raise IngestError(
                f"`{folder}` lacks {' and '.join(missing)}; name the whole folder of the Panoptic 1.0 project"
            )
        files = {name: folder / name for name in PARTS}
    elif (folder / "panoptic.db").is_file() and (path.is_dir() or path.name == "panoptic.db"):
        files = {"panoptic.db": folder / "panoptic.db"}
    elif path.is_file():
        files = {"panoptic.db": path}
    else:
        raise IngestError(
            f"no project of Panoptic in `{path}`: neither `panoptic.db` (0.7) nor `data.db` (1.0); name its folder"
        )
    before = _stamp(files.values())

    def require_unchanged() -> None:
        if _stamp(files.values()) != before:
            raise IngestError(f"somebody is writing to `{folder}`; close Panoptic, then import again")

    with ExitStack() as stack:
        conns = {name: stack.enter_context(_reading(file)) for name, file in files.items()}
        try:
            if "data.db" in conns:
                _require_new(conns["data.db"], folder)
                yield old_panoptic1.read(
                    str(path), conns["data.db"], conns["media.db"], conns["project.db"], require_unchanged
                )
            else:
                _require_old(conns["panoptic.db"], files["panoptic.db"])
                yield old_panoptic.read(str(path), conns["panoptic.db"], require_unchanged)
        except sqlite3.DatabaseError as error:
            if not any(_belongs(error, conn) for conn in conns.values()):
                raise
            raise IngestError(f"cannot read `{path}`: {error}; is it damaged, or is Panoptic writing to it?") from error


def _belongs(error: sqlite3.DatabaseError, conn: sqlite3.Connection) -> bool:
    """Tell whether a database has the fault, and not the project that it is brought into."""
    try:
        return bool(conn.execute("pragma quick_check(1)").fetchone()[0] != "ok")
    except sqlite3.DatabaseError:
        return True


def _stamp(files: Iterable[Path]) -> Stamp:
    """Return name, size and time of databases and of their logs."""
    stamps = []
    for file in files:
        for path in (file, *(Path(f"{file}{log}") for log in LOGS)):
            if path.exists():
                status = path.stat()
                stamps.append((str(path), status.st_size, status.st_mtime_ns))
    return tuple(stamps)


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    with ExitStack() as stack:
        if any(os.path.exists(log) and os.path.getsize(log) for log in (f"{file}{log}" for log in LOGS)):
            file = _copy(file, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="panoptic-"))))
            uri = file.absolute().as_uri()
        else:
            uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            conn = sqlite3.connect(uri, uri=True, isolation_level=None)
            stack.callback(conn.close)
            conn.execute("select count(*) from sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            raise IngestError(
                f"`{file.name}` is not a database ({error}), so `{file}` is not a Panoptic project"
            ) from error
        yield conn


def _copy(file: Path, folder: Path) -> Path:
    """Copy a database with its log; both belong together as long as nobody writes meanwhile."""
    before = _stamp([file])
    try:
        for suffix in ("", *LOGS):
            if os.path.exists(f"{file}{suffix}"):
                shutil.copyfile(f"{file}{suffix}", folder / f"{file.name}{suffix}")
    except OSError as error:
        raise IngestError(
            f"`{file.name}` has changes in its log, and cannot be copied to be read: {error.strerror}; open and close "
            "the project in Panoptic, then import again"
        ) from error
    if _stamp([file]) != before:
        raise IngestError(f"somebody is writing to `{file}`; close Panoptic, then import again")
    return folder / file.name


def tables(conn: sqlite3.Connection) -> set[str]:
    return {row[0] for row in conn.execute("select name from sqlite_master where type = 'table'")}


def _require_old(conn: sqlite3.Connection, file: Path) -> None:
    there = tables(conn)
    if {"projects", "plugins"} <= there and "instances" not in there:
        paths = [row[0] for row in conn.execute("select path from projects order by path")]
        listed = "; it lists " + ", ".join(f"`{path}`" for path in paths) if paths else ""
        raise IngestError(f"`{file}` is Panoptic's list of projects, not a project: name a project's folder{listed}")
    if "_panoptic_changesets" in there:
        raise IngestError(f"`{file}` is a project of datasette-panoptic already: `datasette panoptic open {file}`")
    if not {"panoptic", "instances", "properties", "folders"} <= there:
        if {"images", "properties"} <= there and "instances" not in there:
            raise IngestError(_too_old(file, "0.2 or older"))
        raise IngestError(f"`{file}` is not a Panoptic project: it has none of Panoptic's tables")
    row = conn.execute("select value from panoptic where key = 'db_version'").fetchone()
    version = int(row[0]) if row and str(row[0]).isdigit() else 0
    if version < OLD_VERSION:
        raise IngestError(_too_old(file, f"version {version} of its tables, not {OLD_VERSION}"))
    if version > OLD_VERSION:
        raise IngestError(f"`{file}` has version {version} of Panoptic's tables, which is not known here")


def _too_old(file: Path, what: str) -> str:
    return (
        f"`{file}` was made by an older Panoptic ({what}): open the project once in Panoptic 0.7.6, which brings it up "
        "to date, then import it"
    )


def _require_new(conn: sqlite3.Connection, folder: Path) -> None:
    there = tables(conn)
    if not {"instances", "files", "properties", "sha1_values"} <= there:
        raise IngestError(f"`{folder}` is not a Panoptic project: its `data.db` has none of Panoptic's tables")
    row = (
        conn.execute("select value from _version where key = 'db_version'").fetchone() if "_version" in there else None
    )
    if row is None or row[0] not in NEW_VERSIONS:
        raise IngestError(
            f"`{folder}` has version {row[0] if row else 'none'} of Panoptic's tables; known are "
            f"{' and '.join(map(str, NEW_VERSIONS))} (Panoptic 1.0)"
        )
