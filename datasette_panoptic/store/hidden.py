"""Images that are kept and shown by no instance: what is computed of them is set aside, so that nothing finds them.

That is their vectors and their places in clusterings. What people said of them stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from datasette.utils.sqlite import sqlite3

from .corpus import SHOWN
from .embeddings import raise_version

#: Where rows are set aside, with their columns.
ASIDE = {
    "_panoptic_embeddings": ("_panoptic_hidden_embeddings", "space_id, image_id, vector"),
    "cluster_members": ("_panoptic_hidden_members", "clustering_id, image_id, label, fit, ran_label"),
}

#: All images that may have to be set aside or brought back.
ANY = f"""
select id as image_id from images where not {SHOWN.format("images.id")}
union select image_id from _panoptic_hidden_embeddings
union select image_id from _panoptic_hidden_members
"""


def settle(conn: sqlite3.Connection, images: str = ANY, params: Mapping[str, object] | None = None) -> None:
    """Set aside what is computed of those images that nothing shows, and bring back that of those that are shown.

    `images` is SQL that selects `image_id`.
    """
    conn.execute("create temp table if not exists settled (image_id integer primary key, is_shown)")
    conn.execute("delete from temp.settled")
    conn.execute(
        "insert or ignore into temp.settled "
        f"select image_id, {SHOWN.format('chosen.image_id')} from ({images}) as chosen",
        params or {},
    )
    for table, (aside, columns) in ASIDE.items():
        _move(conn, table, aside, columns, is_shown=0)
        _move(conn, aside, table, columns, is_shown=1)


def bring_back(conn: sqlite3.Connection, image_id: int) -> None:
    """Bring back what is computed of one image although nothing shows it, to be handed on; `settle` ends that."""
    conn.execute("create temp table if not exists settled (image_id integer primary key, is_shown)")
    conn.execute("delete from temp.settled")
    conn.execute("insert into temp.settled values (?, 1)", [image_id])
    for table, (aside, columns) in ASIDE.items():
        _move(conn, aside, table, columns, is_shown=1)


def _move(conn: sqlite3.Connection, source: str, target: str, columns: str, *, is_shown: int) -> None:
    rows = f"from {source} where image_id in (select image_id from temp.settled where is_shown = {is_shown})"
    if "space_id" in columns:
        for (space,) in conn.execute(f"select distinct space_id {rows}").fetchall():
            raise_version(conn, space)
    conn.execute(f"insert or ignore into {target} ({columns}) select {columns} {rows}")
    conn.execute(f"delete {rows}")
