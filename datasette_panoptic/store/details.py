"""Everything a project says about one image: its columns, its files and its instances. Reads only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import NotThere

#: A root's name, then what leads from it to the folder.
FOLDER_NAMES = """coalesce((
  with recursive above (id, parent_id, name, height) as (
    select folders.id, folders.parent_id, folders.name, 0
    union all
    select parents.id, parents.parent_id, parents.name, above.height + 1
    from above join folders as parents on parents.id = above.parent_id and above.height < 4096
  )
  select group_concat(name, '/') from (select name from above order by height desc)
), '')"""


@dataclass(frozen=True)
class Image:
    id: int
    sha1: str
    width: int
    height: int
    format: str
    bytes: int
    average_hash: str
    perceptual_hash: str
    taken_at: str | None
    mean_color: str
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Occurrence:
    """An instance of an image, with its file. `folder` has the names from the root's on, joined by '/'."""

    id: int
    name: str
    folder_id: int | None
    folder: str
    bytes: int | None
    missing_since: str | None


def image(conn: sqlite3.Connection, image_id: int) -> Image:
    """Return an image. Raises NotThere."""
    row = conn.execute(
        """select id, sha1, width, height, format, bytes, average_hash, perceptual_hash, taken_at, mean_color, metadata
           from images where id = ?""",
        [image_id],
    ).fetchone()
    if row is None:
        raise NotThere(f"no image `{image_id}` in this project")
    metadata = json.loads(row[-1]) if row[-1] else {}
    return Image(*(*row[:-1], metadata))


def shown_path(conn: sqlite3.Connection, file_id: int) -> str:
    """Return the names that lead to a file from the name of its root on."""
    row = conn.execute(
        f"select {FOLDER_NAMES} || '/' || files.name from files join folders on folders.id = folder_id "
        "where files.id = ?",
        [file_id],
    ).fetchone()
    return str(row[0])


def occurrences(conn: sqlite3.Connection, image_id: int) -> list[Occurrence]:
    """Return an image's instances by id."""
    rows = conn.execute(
        f"""select instances.id, coalesce(files.name, ''), folders.id, {FOLDER_NAMES}, files.bytes, files.missing_since
            from instances
            left join files on files.id = instances.file_id
            left join folders on folders.id = files.folder_id
            where instances.image_id = ? order by instances.id""",
        [image_id],
    )
    return [Occurrence(*row) for row in rows]
