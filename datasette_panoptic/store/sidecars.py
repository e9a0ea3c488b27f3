"""What was read beside image files: of each file, with a stamp that tells when its sidecars are others."""

from __future__ import annotations

import json
from collections.abc import Collection

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.described import Saying

from .folders import DESCENDANTS
from .image_metadata import describe


def folders_with(conn: sqlite3.Connection, folder_ids: Collection[int], *, recurse: bool) -> list[int]:
    """Return those of folders, with the ones below them where `recurse`, that have a file with sidecars."""
    where = "select id from below" if recurse else "select value from json_each(:ids)"
    rows = conn.execute(
        f"{DESCENDANTS} select distinct folder_id from _panoptic_sidecars join files on files.id = file_id "
        f"where folder_id in ({where})",
        {"ids": json.dumps(list(folder_ids))},
    )
    return [folder_id for (folder_id,) in rows]


def stamps(conn: sqlite3.Connection, folder_id: int) -> dict[int, str]:
    """Return the stamps of a folder's files that have sidecars and are not missing, by file."""
    rows = conn.execute(
        "select file_id, stamp from _panoptic_sidecars join files on files.id = file_id "
        "where folder_id = ? and missing_since is null",
        [folder_id],
    )
    return dict(rows.fetchall())


def put(conn: sqlite3.Connection, file_id: int, stamp: str, said: Saying) -> bool:
    """Keep what a file's sidecars say; tell whether that changed what is said of its image."""
    conn.execute(
        "insert or replace into _panoptic_sidecars (file_id, stamp, said) values (?, ?, ?)",
        [file_id, stamp, json.dumps(said, ensure_ascii=False)],
    )
    return describe(conn, _image_of(conn, file_id))


def drop(conn: sqlite3.Connection, file_id: int) -> bool:
    """Forget what a file's sidecars said, which are gone; tell whether that changed what is said of its image."""
    conn.execute("delete from _panoptic_sidecars where file_id = ?", [file_id])
    return describe(conn, _image_of(conn, file_id))


def follow(conn: sqlite3.Connection, file_id: int, image_before: int, image_id: int) -> None:
    """Let what a file's sidecars say be said of the image that it shows now, and no longer of the one before."""
    if conn.execute("select 1 from _panoptic_sidecars where file_id = ?", [file_id]).fetchone():
        describe(conn, image_before)
        describe(conn, image_id)


def _image_of(conn: sqlite3.Connection, file_id: int) -> int:
    return int(conn.execute("select image_id from files where id = ?", [file_id]).fetchone()[0])
