"""Folders and rejected files as pages list them. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from . import roots
from .details import FOLDER_NAMES


@dataclass(frozen=True)
class Folder:
    """`missing`: files that the last scan of it no longer found, subfolders not included."""

    id: int
    parent_id: int | None
    name: str
    missing: int


@dataclass(frozen=True)
class Reject:
    id: int
    name: str
    folder: str
    reason: str
    bytes: int | None
    at: str


#: Roots that are sources, and every folder with an instance in it or below.
IN_USE = """
with recursive used (id) as (
  select distinct folder_id from files where exists (select 1 from instances where file_id = files.id)
  union
  select parent_id from folders join used on folders.id = used.id where parent_id is not null
)
select id from used
union
select id from folders
where parent_id is null and id not in (select folder_id from _panoptic_sources where removed_at is not null)
"""


def folders(conn: sqlite3.Connection) -> list[Folder]:
    """Return every folder by name, parents and children alike, but for those of which all is removed."""
    sql = (
        "select folder_id, count(*) from files where missing_since is not null "
        "and exists (select 1 from instances where file_id = files.id) group by folder_id"
    )
    missing = dict(conn.execute(sql).fetchall())
    rows = conn.execute("select id, parent_id, name from folders order by name collate nocase, id").fetchall()
    in_use = {folder for (folder,) in conn.execute(IN_USE)} if roots.any_removed(conn) else None
    return [
        Folder(folder_id, parent, name, missing.get(folder_id, 0))
        for folder_id, parent, name in rows
        if in_use is None or folder_id in in_use
    ]


def has_rejects(conn: sqlite3.Connection) -> bool:
    return conn.execute("select 1 from _panoptic_rejects limit 1").fetchone() is not None


def count_rejects(conn: sqlite3.Connection) -> int:
    row = conn.execute("select count(*) from _panoptic_rejects").fetchone()
    return int(row[0])


def rejects(conn: sqlite3.Connection, start: int, limit: int) -> list[Reject]:
    """Return files that could not be imported, by id from a position on."""
    rows = conn.execute(
        f"""select rejects.id, rejects.name, {FOLDER_NAMES}, rejects.reason, rejects.bytes, rejects.at
            from _panoptic_rejects as rejects join folders on folders.id = rejects.folder_id
            order by rejects.id limit ? offset ?""",
        [limit, start],
    )
    return [Reject(*row) for row in rows]


def sources(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return each root's absolute directory with its name, longest directory first."""
    rows = conn.execute("select source, name from folders where source is not null order by length(source) desc")
    return [(source, name) for source, name in rows]
