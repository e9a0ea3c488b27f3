"""What files and their sidecars say of images in words: kept in the columns and links that queries read."""

from __future__ import annotations

import json

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.described import Described, Saying, described


def describe(conn: sqlite3.Connection, image_id: int) -> bool:
    """Bring what is said of an image in line with its metadata and its sidecars; tell whether that changed anything."""
    now = described(sayings(conn, image_id))
    before = described_now(conn, image_id)
    if now[:-1] == before[:-1] and set(now.keywords) == set(before.keywords):
        return False
    forget(conn, image_id)
    _insert(conn, image_id, now)
    return True


def forget(conn: sqlite3.Connection, image_id: int) -> None:
    """Remove what is said of an image, with the keywords that no other image has."""
    ids = [id_ for (id_,) in conn.execute("select keyword_id from image_keywords where image_id = ?", [image_id])]
    for table in ("image_metadata", "image_keywords"):
        conn.execute(f"delete from {table} where image_id = ?", [image_id])
    conn.execute(
        """
        delete from keywords
        where id in (select value from json_each(?))
          and not exists (select 1 from image_keywords where keyword_id = keywords.id)
        """,
        [json.dumps(ids)],
    )


def describe_new(conn: sqlite3.Connection, image_id: int, metadata: Saying) -> None:
    """Keep what the file of a new image says of it."""
    _insert(conn, image_id, described([metadata]))


def describe_all(conn: sqlite3.Connection) -> None:
    """Do so for every image of a project, none of which is described yet."""
    for image_id, metadata in conn.execute("select id, metadata from images where metadata is not null"):
        describe_new(conn, image_id, _object(metadata))


def sayings(conn: sqlite3.Connection, image_id: int) -> list[Saying]:
    """Return what is said of an image, what counts more first: the sidecars of its first file before all."""
    rows = conn.execute(
        """
        select said, file_id as place from files join _panoptic_sidecars on file_id = files.id where image_id = :id
        union all
        select metadata, 9e18 from images where id = :id
        order by place
        """,
        {"id": image_id},
    )
    return [_object(said) for said, _ in rows if said]


def is_kept(conn: sqlite3.Connection) -> bool:
    """Tell whether the file is of a release that keeps what files say in fields."""
    return conn.execute("select 1 from sqlite_master where name = 'image_metadata'").fetchone() is not None


def described_now(conn: sqlite3.Connection, image_id: int) -> Described:
    """Return what is kept of an image, its keywords in the order that they were first met in."""
    if not is_kept(conn):
        row = conn.execute("select metadata from images where id = ?", [image_id]).fetchone()
        return described([_object(row[0])] if row and row[0] else [])
    columns = ", ".join(Described._fields[:-1])
    texts = conn.execute(f"select {columns} from image_metadata where image_id = ?", [image_id]).fetchone()
    names = conn.execute(
        "select name from image_keywords join keywords on keywords.id = keyword_id where image_id = ? "
        "order by keyword_id",
        [image_id],
    )
    return Described._make([*(texts or [None] * 7), tuple(name for (name,) in names)])


def _insert(conn: sqlite3.Connection, image_id: int, said: Described) -> None:
    *texts, keywords = said
    if any(texts):
        conn.execute("insert into image_metadata values (?, ?, ?, ?, ?, ?, ?, ?)", [image_id, *texts])
    if keywords:
        names = json.dumps(keywords)
        conn.execute("insert or ignore into keywords (name) select value from json_each(?)", [names])
        conn.execute(
            "insert into image_keywords (keyword_id, image_id) "
            "select id, ? from keywords where name in (select value from json_each(?))",
            [image_id, names],
        )


def _object(text: str) -> Saying:
    """Read what the import wrote; whatever else a file from elsewhere has in its place says nothing."""
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
