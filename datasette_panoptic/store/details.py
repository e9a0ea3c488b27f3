"""Everything a project says about one image: its columns, its files, its instances and its properties. Reads only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.errors import NotThere

from .people_views import quoted

Value = str | int | float | None

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


@dataclass(frozen=True)
class Statement:
    """A property that is set; the value of a tag property is its tags' names."""

    name: str
    type: str
    value: Value


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


def statements(conn: sqlite3.Connection, scope: str, subject_id: int) -> list[Statement]:
    """Return what is said of an image or an instance (the scope), in the order of the panel."""
    properties = conn.execute(
        "select id, name, type from properties where scope = ? and deleted_at is null order by position, id", [scope]
    ).fetchall()
    columns = [quoted(name) for _, name, type_ in properties if type_ not in TAG_TYPES]
    values: dict[str, Value] = {}
    if columns:
        sql = f"select {', '.join(columns)} from {scope}_values where {scope}_id = ?"
        row = conn.execute(sql, [subject_id]).fetchone()
        if row is not None:
            values = dict(zip(columns, row, strict=True))
    said = []
    for property_id, name, type_ in properties:
        value = _tags(conn, scope, subject_id, property_id) if type_ in TAG_TYPES else values.get(quoted(name))
        if value is not None:
            said.append(Statement(name, type_, value))
    return said


def _tags(conn: sqlite3.Connection, scope: str, subject_id: int, property_id: int) -> str | None:
    sql = f"""select group_concat(name, ', ') from (
        select tags.name from {scope}_tags join tags on tags.id = {scope}_tags.tag_id
        where {scope}_tags.{scope}_id = ? and tags.property_id = ? order by tags.name)"""
    row = conn.execute(sql, [subject_id, property_id]).fetchone()
    return row[0] if row else None
