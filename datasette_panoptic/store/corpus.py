"""What the project knows of folders, files, images and instances: the look-ups that imports and pages share."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from .folders import DESCENDANTS, directory_of, names_to_look_for

#: SQL that an image is in the corpus: an instance shows it.
SHOWN = "exists (select 1 from instances where instances.image_id = {})"
#: SQL that an instance shows an image, be it in the corpus or removed from it.
KEPT = (
    "(exists (select 1 from instances where instances.image_id = {0}) "
    "or exists (select 1 from _panoptic_removed where _panoptic_removed.image_id = {0}))"
)

#: Rows read at a time where a folder's files are gone through.
BATCH = 512


@dataclass(frozen=True, slots=True)
class KnownFile:
    id: int
    stamp: tuple[int, int]  # bytes and modification time in nanoseconds, when last read
    missing: bool
    has_original: bool
    removed: bool  # from the corpus: it has instances, and all of them are


@dataclass(frozen=True, slots=True)
class KnownReject:
    id: int
    reason: str
    stamp: tuple[int | None, int | None]  # None: to be tried again at each import


def bump(conn: sqlite3.Connection) -> None:
    """Count a write to folders, files, images or instances, in its own transaction, so that readers notice it."""
    conn.execute("update _panoptic_settings set value = value + 1 where key = 'corpus_version'")


def bump_derived(conn: sqlite3.Connection) -> None:
    """Count a write to what is computed of images (vectors, clusterings, refusals), in its own transaction."""
    conn.execute(
        "insert into _panoptic_settings values ('derived_version', 1) on conflict (key) do update set value = value + 1"
    )


def counts(conn: sqlite3.Connection) -> tuple[int, int]:
    """Return the numbers of images and of instances in the project."""
    images, instances = conn.execute(
        f"select (select count(*) from images where {SHOWN.format('images.id')}), (select count(*) from instances)"
    ).fetchone()
    return images, instances


def known_files(conn: sqlite3.Connection, folder_id: int, names: list[bytes]) -> dict[bytes, KnownFile]:
    """Return what is known of a folder's files of these names, by the names' bytes."""
    rows = conn.execute(
        """
        select coalesce(raw_name, cast(name as blob)), id, bytes, modified_ns, missing_since is not null,
          exists (select 1 from _panoptic_originals where image_id = files.image_id),
          exists (select 1 from _panoptic_removed where file_id = files.id)
            and not exists (select 1 from instances where file_id = files.id)
        from files
        where folder_id = ? and name in (select value from json_each(?))
        """,
        [folder_id, json.dumps([candidate for name in names for candidate in names_to_look_for(name)])],
    )
    return {
        name: KnownFile(id_, (bytes_, modified_ns), bool(missing), bool(original), bool(removed))
        for name, id_, bytes_, modified_ns, missing, original, removed in rows
    }


def known_rejects(conn: sqlite3.Connection, folder_id: int, name: bytes | None = None) -> dict[bytes, KnownReject]:
    """Return a folder's rejects, or the one of a name, by the names' bytes."""
    rows = conn.execute(
        """
        select coalesce(raw_name, cast(name as blob)), id, reason, bytes, modified_ns
        from _panoptic_rejects
        where folder_id = :folder_id and (:names is null or name in (select value from json_each(:names)))
        """,
        {"folder_id": folder_id, "names": None if name is None else json.dumps(names_to_look_for(name))},
    )
    return {name: KnownReject(id_, reason, (bytes_, modified_ns)) for name, id_, reason, bytes_, modified_ns in rows}


def present_files(conn: sqlite3.Connection, folder_id: int) -> Iterator[list[tuple[int, str, bytes]]]:
    """Yield a folder's files that are not missing, some at a time: id, name as shown, the name's bytes."""
    last = ""
    while True:
        rows = conn.execute(
            """
            select id, name, coalesce(raw_name, cast(name as blob)), missing_since is null
            from files where folder_id = ? and name > ? order by name limit ?
            """,
            [folder_id, last, BATCH],
        ).fetchall()
        if not rows:
            return
        last = rows[-1][1]
        yield [(id_, name, raw) for id_, name, raw, present in rows if present]


def child_folders(conn: sqlite3.Connection, folder_id: int) -> list[tuple[int, bytes]]:
    """Return the folders directly below one: id and the name's bytes."""
    rows = conn.execute(
        "select id, coalesce(raw_name, cast(name as blob)) from folders where parent_id = ?", [folder_id]
    )
    return [(id_, name) for id_, name in rows]


def sha1s_of_size(conn: sqlite3.Connection, size: int, limit: int) -> tuple[str, ...]:
    """Return the SHA-1s of the images of a size in bytes; none where there are more than `limit` of them."""
    rows = conn.execute("select sha1 from images where bytes = ? limit ?", [size, limit + 1]).fetchall()
    return tuple(row[0] for row in rows) if len(rows) <= limit else ()


def missing_below(conn: sqlite3.Connection, folder_ids: list[int], *, recurse: bool) -> int:
    """Count the missing files in the corpus of folders, with the folders below them where `recurse`."""
    where = "select id from below" if recurse else "select value from json_each(:ids)"
    row = conn.execute(
        f"{DESCENDANTS} select count(*) from files where missing_since is not null and folder_id in ({where}) "
        "and exists (select 1 from instances where file_id = files.id)",
        {"ids": json.dumps(folder_ids)},
    ).fetchone()
    return int(row[0])


def file_path(conn: sqlite3.Connection, file_id: int) -> bytes | None:
    """Return where a file was last found on the importing machine; None for uploads and films' frames."""
    folder_id, name, raw = conn.execute(
        "select folder_id, name, raw_name from files where id = ?", [file_id]
    ).fetchone()
    directory = directory_of(conn, folder_id)
    return os.path.join(directory, raw or name.encode()) if directory else None
