"""What `datasette panoptic check` tells of an installation and of a project file."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import ProjectError

from . import extension, name_keys
from .connection import reading
from .schema import SCHEMA_VERSION

TIERS = {
    1: "1: registered for every connection",
    2: "2: loaded into each connection",
    3: "3: distance functions by numpy, this Python's SQLite takes no extension",
}


def installation() -> dict[str, str]:
    """Name the versions in use and how sqlite-vec reached SQLite."""
    extension.register()
    conn = sqlite3.connect(":memory:")
    tier = extension.ensure(conn)
    facts = {
        "datasette_panoptic": version("datasette-panoptic"),
        "datasette": version("datasette"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "sqlite_vec": str(conn.execute("select vec_version()").fetchone()[0]),
        "sqlite_vec_tier": TIERS[tier],
    }
    conn.close()
    return facts


COUNTS = {
    "images": "select count(*) from images",
    "instances": "select count(*) from instances",
    "folders": "select count(*) from folders",
    "missing_files": "select count(*) from files where missing_since is not null",
    "rejects": "select count(*) from _panoptic_rejects",
    "stored_originals": "select count(*) from _panoptic_originals",
}


def project_facts(path: Path) -> dict[str, str | int]:
    """Count what a project holds."""
    try:
        with reading(path) as conn:
            counts = {name: conn.execute(sql).fetchone()[0] for name, sql in COUNTS.items()}
            schema_version = conn.execute("pragma user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise ProjectError(f"cannot read `{path}`: {error}; restore it from a copy") from error
    return {"schema_version": schema_version, "bytes": os.path.getsize(path), **counts}


#: Each finds rows that no write of ours leaves behind.
LAWS = {
    "{n} images without a thumbnail": """
        select count(*) from images where id not in (select image_id from _panoptic_thumbnails)""",
    "{n} files without an instance": """
        select count(*) from files
        where not exists (select 1 from instances where instances.file_id = files.id)""",
    "{n} instances of another image than their file": """
        select count(*) from instances join files on files.id = instances.file_id
        where files.image_id <> instances.image_id""",
}


def problems(path: Path) -> list[str]:
    """Check the file's structure, its references and our own laws; an empty list is a sound project."""
    with reading(path) as conn:
        found = [row[0] for row in conn.execute("pragma integrity_check") if row[0] != "ok"]
        broken = conn.execute("pragma foreign_key_check").fetchall()
        found += [f"{table} row {row} names a row of {parent} that is not there" for table, row, parent, _ in broken]
        for message, sql in LAWS.items():
            if n := conn.execute(sql).fetchone()[0]:
                found.append(message.format(n=n))
        found += name_keys.at_odds(conn)
        if (schema := conn.execute("pragma user_version").fetchone()[0]) > SCHEMA_VERSION:
            found.append(f"schema {schema} is newer than this code's {SCHEMA_VERSION}: it opens read-only")
    return found
