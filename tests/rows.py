"""Projects made of rows alone, without image files: for tests of queries, orders and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha1

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import TAG_TYPES, FieldType, Scope
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.store.connection import connect, prepare, transaction
from datasette_panoptic.store.properties import create


@dataclass(frozen=True)
class Folder:
    name: str
    parent: int | None = None  # place in the list of folders


@dataclass(frozen=True)
class Picture:
    width: int = 800
    height: int = 600
    bytes: int = 1000
    taken_at: str | None = None
    color: str = "#808080"
    texts: Mapping[str, str] = field(default_factory=dict)  # what its file says, by column of image_metadata
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Instance:
    picture: int  # place in the list of pictures
    folder: int | None = None  # place in the list of folders; none: a publication without a file
    name: str = "image.jpg"
    is_missing: bool = False


@dataclass(frozen=True)
class Property:
    """A property with its values: by place in the pictures or instances, one value, or for tags a set of names."""

    name: str
    type: FieldType
    scope: Scope
    values: Mapping[int, str | int | float | frozenset[str]]
    parents: Mapping[str, frozenset[str]] = field(default_factory=dict)  # of a tag property: tag → tags above it


#: When scans lost the files that are missing.
MISSING = "2026-01-01T00:00:00Z"

#: A 1 × 1 pixel GIF: what every thumbnail of such a project shows.
PIXEL = bytes.fromhex("47494638396101000100800000c0c0c000000021f90401000000002c00000000010001000002024401003b")


@cache
def _template() -> sqlite3.Connection:
    return connect(":memory:", create=True)


def empty() -> sqlite3.Connection:
    """Return an empty project in memory: a copy of one, which is quicker than migrating again."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    _template().backup(conn)
    prepare(conn)
    return conn


def shuffling(name: str) -> bytes:
    """Return what names are numbered by, so that ids follow no order that a query could have asked for."""
    return sha1(name.encode()).digest()


def describe(conn: sqlite3.Connection, properties: Sequence[Property]) -> None:
    """Add properties with their values to a project that `fill` made."""
    for given in properties:
        property_id = create(conn, given.name, given.type, given.scope)
        with transaction(conn):
            if given.type not in TAG_TYPES:
                conn.executemany(
                    f'insert into {given.scope}_values ({given.scope}_id, "{given.name}") values (?, ?) '
                    f'on conflict do update set "{given.name}" = excluded."{given.name}"',
                    [(subject + 1, value) for subject, value in given.values.items()],
                )
                continue
            names = {*given.parents, *(name for names in given.parents.values() for name in names)}
            names |= {name for tags in given.values.values() for name in tags}
            ids = {
                name: conn.execute(
                    "insert into tags (property_id, name, name_key) values (?, ?, ?)",
                    [property_id, name, name_key(name)],
                ).lastrowid
                for name in sorted(names, key=shuffling)
            }
            conn.executemany(
                "insert into tag_parents values (?, ?)",
                [(ids[name], ids[parent]) for name, parents in given.parents.items() for parent in parents],
            )
            conn.executemany(
                f"insert into {given.scope}_tags values (?, ?)",
                [(ids[name], subject + 1) for subject, tags in given.values.items() for name in tags],
            )


def fill(
    conn: sqlite3.Connection, folders: Sequence[Folder], pictures: Sequence[Picture], instances: Sequence[Instance]
) -> None:
    """Insert rows into an empty project; ids are places in the lists plus one."""
    conn.execute("begin")
    for n, folder in enumerate(folders, 1):
        parent = None if folder.parent is None else folder.parent + 1
        path = source = None
        if parent is None:
            path, source = "", f"/pictures/{n}"
        else:
            above = conn.execute("select path from folders where id = ?", [parent]).fetchone()[0]
            path = f"{above}/{folder.name}".removeprefix("/")
        conn.execute(
            "insert into folders (id, parent_id, name, path, source) values (?, ?, ?, ?, ?)",
            [n, parent, folder.name, path, source],
        )
    for n, picture in enumerate(pictures, 1):
        conn.execute(
            """insert into images (id, sha1, width, height, format, bytes, average_hash, perceptual_hash, taken_at,
                                   mean_color)
               values (?, ?, ?, ?, 'jpeg', ?, ?, ?, ?, ?)""",
            [n, sha1(b"%d" % n).hexdigest(), picture.width, picture.height, picture.bytes, f"{n:016x}", f"{n:016x}",
             picture.taken_at, picture.color],
        )  # fmt: skip
        conn.execute("insert into _panoptic_thumbnails values (?, 'image/gif', ?)", [n, PIXEL])
        if picture.texts:
            columns = ", ".join(picture.texts)
            marks = ", ".join("?" * len(picture.texts))
            values = [n, *picture.texts.values()]
            conn.execute(f"insert into image_metadata (image_id, {columns}) values (?, {marks})", values)
    words = {word for picture in pictures for word in picture.keywords}
    for n, word in enumerate(sorted(words, key=shuffling), 1):
        conn.execute("insert into keywords values (?, ?)", [n, word])
        said = [(n, image) for image, picture in enumerate(pictures, 1) if word in picture.keywords]
        conn.executemany("insert into image_keywords values (?, ?)", said)
    for n, instance in enumerate(instances, 1):
        if instance.folder is not None:
            conn.execute(
                "insert into files (id, folder_id, name, image_id, bytes, modified_ns, missing_since) "
                "values (?, ?, ?, ?, 1, 1, ?)",
                [n, instance.folder + 1, instance.name, instance.picture + 1, MISSING if instance.is_missing else None],
            )
        conn.execute(
            "insert into instances (id, image_id, file_id) values (?, ?, ?)",
            [n, instance.picture + 1, None if instance.folder is None else n],
        )
    conn.execute("update _panoptic_settings set value = value + 1 where key = 'corpus_version'")
    conn.execute("commit")
