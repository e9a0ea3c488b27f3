"""A project that somebody writes to between every two statements of whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from pathlib import Path

import numpy as np
from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store.connection import connect
from tests.rows import PIXEL, Folder, Instance, Picture, Property, describe, fill
from tests.vectors import embed

#: When everything was written: answers that differ must differ by what they read.
AT = "2026-01-02T03:04:05Z"
#: Statements of one answer that are preceded by a write; each costs about a millisecond.
MOST_WRITES = 40


def sample(path: Path) -> None:
    """Make a project with something of all that pages list."""
    conn = connect(path, create=True)
    fill(
        conn,
        [Folder("all"), Folder("below", 0)],
        [Picture(800 + n, 600, 1000 + n, f"1968-05-0{n + 1}T10:00:00") for n in range(6)],
        [Instance(n % 6, n % 2, f"{n}.jpg") for n in range(9)],
    )
    topics = {n: frozenset(["cat"]) for n in range(4)}
    describe(
        conn,
        [
            Property("topic", "multi_tags", "image", topics),
            Property("author", "text", "instance", {n: f"person {n % 3}" for n in range(9)}),
            Property("more", "tag", "image", {0: frozenset(["a"])}),
            Property("score", "number", "image", {n: n for n in range(6)}),
        ],
    )
    embed(conn, np.random.default_rng(1).normal(size=(6, 8)))
    conn.execute("insert into saved_views (name, query) values ('a view', 'topic=cat')")
    conn.execute("update _panoptic_changesets set at = ?", [AT])
    conn.close()


def write(conn: sqlite3.Connection) -> None:
    """Commit one more of everything, the same on every project with the same rows."""
    conn.execute("begin immediate")
    (image,) = conn.execute("select max(id) + 1 from images").fetchone()
    conn.execute(
        """insert into images (id, sha1, width, height, format, bytes, average_hash, perceptual_hash, mean_color)
           values (?, ?, 640, 480, 'png', 5, ?, ?, '#112233')""",
        [image, sha1(b"new %d" % image).hexdigest(), f"{image:016x}", f"{image:016x}"],
    )
    conn.execute("insert into _panoptic_thumbnails values (?, 'image/gif', ?)", [image, PIXEL])
    (file,) = conn.execute("select max(id) + 1 from files").fetchone()
    conn.execute(
        "insert into files (id, folder_id, name, image_id, bytes, modified_ns) values (?, 1, ?, ?, 1, 1)",
        [file, f"new {file}.png", image],
    )
    conn.execute("insert into instances (image_id, file_id) values (?, ?)", [image, file])
    conn.execute("insert into folders (parent_id, name, path) values (1, ?, ?)", [f"f{file}", f"f{file}"])
    conn.execute(
        "insert into _panoptic_rejects (folder_id, name, reason, at) values (1, ?, 'no image', ?)", [f"r{file}", AT]
    )
    changeset = conn.execute("insert into _panoptic_changesets (tool, at) values ('annotate', ?)", [AT]).lastrowid
    conn.execute("update tags set name = ? where property_id = 3", [f"tag {file}"])
    conn.execute("insert into image_tags select id, ? from tags where property_id = 1", [image])
    conn.execute("update image_values set score = score + 1")
    conn.execute("update instance_values set author = ? || instance_id % 3", [f"author {file} "])
    conn.execute(
        "insert into _panoptic_changes (changeset_id, property_id, subject_id, old, new) "
        "select ?, id, 1, null, null from properties",
        [changeset],
    )
    conn.execute("update properties set name = ? where id = 3", [f"property {file}"])
    conn.execute("update saved_views set name = ?", [f"view {file}"])
    conn.execute("update embedding_spaces set params = json_object('n', ?)", [file])
    conn.execute(
        "insert into _panoptic_embeddings (space_id, image_id, vector) select 1, ?, vector from _panoptic_embeddings "
        "where image_id = 1",
        [image],
    )
    conn.execute("update _panoptic_space_states set version = version + 1")
    conn.execute("update _panoptic_settings set value = value + 1 where key in ('corpus_version', 'derived_version')")
    conn.execute("commit")


class Writer:
    """Writes to a project before each statement of connections that it disturbs, from the second read on."""

    def __init__(self, path: Path) -> None:
        self.conn = connect_anywhere(path)
        self.writes = 0
        self.is_on = False
        self._has_begun = False

    def disturb(self, conn: sqlite3.Connection) -> None:
        conn.set_trace_callback(self._before)

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.writes, self.is_on, self._has_begun = 0, True, False
        try:
            yield
        finally:
            self.is_on = False

    def _before(self, statement: str) -> None:
        if not self.is_on or statement.lower().startswith(("begin", "rollback", "pragma", "--")):
            return
        if self._has_begun and self.writes < MOST_WRITES:
            write(self.conn)
            self.writes += 1
        self._has_begun = True


def connect_anywhere(path: Path) -> sqlite3.Connection:
    """Open a project for a writer that any thread may call."""
    conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    conn.execute("pragma synchronous = off")
    return conn
