"""Projects of Panoptic 0.7 and 1.0, made of rows: their tables as far as an import reads them."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datasette.utils.sqlite import sqlite3

from .corpus import picture

TABLES_07 = """
create table panoptic (key text primary key, value text not null);
create table folders (id integer primary key autoincrement, path text unique, name text, parent integer);
create table instances (
  id integer primary key autoincrement, folder_id integer not null, name text not null, extension text not null,
  sha1 text not null, url text not null, height integer not null, width integer not null, ahash text not null
);
create table images (sha1 text primary key, small blob, medium blob, large blob);
create table raw_images (sha1 text primary key, mime_type text, data blob);
create table property_group (id integer primary key autoincrement, name text not null);
create table properties (
  id integer primary key autoincrement, name text, type text, mode text default 'id', property_group_id integer
);
create table tags (
  id integer primary key autoincrement, property_id integer not null, value text not null, parents json, color text
);
create table instance_property_values (
  property_id integer not null, instance_id integer not null, value json, primary key (property_id, instance_id)
);
create table image_property_values (
  property_id integer not null, sha1 text integer not null, value json, primary key (property_id, sha1)
);
create table vector_type (id integer primary key autoincrement, source text, params json);
create table vectors (type_id integer, sha1 text, data array, primary key (type_id, sha1));
create table maps (id integer primary key autoincrement, source text, name text, key text, count integer, data json);
create table ui_data (key text primary key, value json);
"""

DATA_10 = """
create table _version (key text primary key not null, value integer not null);
create table commits (
  id integer primary key not null, group_id integer, source text, timestamp timestamp, active integer, author text,
  redoable integer
);
create table file_sources (
  id integer primary key not null, dtype text, name text, root_url text, metadata json, sync_status json,
  sequence integer
);
create table folders (
  id integer primary key not null, source_id integer, path text, name text, parent integer, sequence integer
);
create table files (
  id integer primary key not null, name text, folder_id integer, sha1 text, width integer, height integer,
  format text, created_at timestamp, sequence integer
);
create table instances (id integer primary key not null, file_id integer, sha1 text, sequence integer);
create table properties (
  id integer primary key not null, dtype text, mode text, name text, access text, tag_list_id integer,
  system_key text, property_group_id integer, commit_id integer, operation integer, sequence integer
);
create table property_groups (
  id integer primary key not null, name text, commit_id integer, operation integer, sequence integer
);
create table tags (
  id integer primary key not null, list_id integer, parents json, value text, color integer, commit_id integer,
  operation integer, sequence integer
);
create table instance_values (
  property_id integer not null, instance_id integer not null, value json, commit_id integer, operation integer,
  sequence integer, primary key (property_id, instance_id)
);
create table sha1_values (
  property_id integer not null, sha1 text not null, value json, commit_id integer, operation integer,
  sequence integer, primary key (property_id, sha1)
);
create table file_values (
  property_id integer not null, file_id integer not null, value json, commit_id integer, operation integer,
  sequence integer, primary key (property_id, file_id)
);
create table instance_tag_values (
  instance_id integer not null, property_id integer not null, tag_id integer not null, commit_id integer,
  operation integer, sequence integer, primary key (instance_id, property_id, tag_id)
);
create table sha1_tag_values (
  sha1 text not null, property_id integer not null, tag_id integer not null, commit_id integer, operation integer,
  sequence integer, primary key (sha1, property_id, tag_id)
);
"""

MEDIA_10 = """
create table vector_types (id integer primary key not null, source text not null, params json not null);
create table vectors (
  type_id integer not null, sha1 text not null, data array not null, primary key (type_id, sha1)
);
create table image_types (
  id integer primary key not null, name text, format text, width integer, height integer, auto_gen integer
);
create table images (type_id integer not null, sha1 text not null, data blob not null, primary key (type_id, sha1));
create table maps (id integer primary key not null, source text, name text, key text, count integer, data json);
"""

PROJECT_10 = """
create table tab_data (id text primary key not null, user_id text not null, state json not null, selection json);
create table user_defaults (user_id text not null, key text not null, data json not null, primary key (user_id, key));
"""

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def jpeg(number: int, size: tuple[int, int] = (120, 90)) -> bytes:
    """Return the thumbnail of a painted picture."""
    out = io.BytesIO()
    picture(number, size).save(out, "JPEG", quality=30)
    return out.getvalue()


def hash_of(number: int) -> str:
    """Return what stands for the SHA-1 of a picture; the letter keeps SQLite from taking it for a number."""
    return f"a{number:039x}"


def fill(path: Path, tables: str, rows: Rows) -> Path:
    """Make a database of tables and rows; lists and dictionaries become JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    conn = sqlite3.connect(path, isolation_level=None)
    conn.executescript(tables)
    add(conn, rows)
    conn.close()
    return path


def add(conn: sqlite3.Connection, rows: Rows) -> None:
    for table, given in rows.items():
        for row in given:
            bound = {key: json.dumps(value) if isinstance(value, list | dict) else value for key, value in row.items()}
            columns, marks = ", ".join(bound), ", ".join(f":{name}" for name in bound)
            conn.execute(f"insert into {table} ({columns}) values ({marks})", bound)


def instance_07(
    id_: int, name: str, sha1: int, *, folder: int = 1, size: tuple[int, int] = (1200, 900)
) -> dict[str, Any]:
    return {
        "id": id_, "folder_id": folder, "name": name, "extension": name.rsplit(".", 1)[-1], "sha1": hash_of(sha1),
        "url": name, "width": size[0], "height": size[1], "ahash": "0" * 16,
    }  # fmt: skip


def project_07(folder: Path, rows: Rows, *, version: int = 7) -> Path:
    """Make a project of 0.7 in a folder, and return the folder."""
    version_row = {"panoptic": [{"key": "db_version", "value": str(version)}]}
    fill(folder / "panoptic.db", TABLES_07, version_row | dict(rows))
    return folder


def project_10(
    folder: Path, data: Rows, media: Rows | None = None, project: Rows | None = None, *, version: int = 2
) -> Path:
    """Make a project of 1.0 in a folder, and return the folder."""
    fill(folder / "data.db", DATA_10, {"_version": [{"key": "db_version", "value": version}]} | dict(data))
    fill(folder / "media.db", MEDIA_10, media or {})
    fill(folder / "project.db", PROJECT_10, project or {})
    return folder
