"""What `datasette panoptic check` tells of an installation and of a project file."""

from __future__ import annotations

import os
import platform
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from . import extension
from .connection import connect_read_only, snapshot
from .soundness import tables

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
    """Count what a project holds; what cannot be read is left out. Raises ProjectError where it is no project."""
    facts: dict[str, str | int] = {"bytes": os.path.getsize(path)}
    with closing(connect_read_only(path, sound=False)) as conn, snapshot(conn):
        counts = COUNTS if next(tables(conn), None) is None else {}  # what is no table may never end
        for name, sql in {"schema_version": "pragma user_version", **counts}.items():
            with suppress(sqlite3.Error):
                facts[name] = conn.execute(sql).fetchone()[0]
    return facts
