"""Take a tag out of use, in the changeset that is open: all that has it loses it, or gets another one instead."""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.timestamps import now

from . import edits
from .changelog import SUBJECTS, link, subject_of, unlink
from .tag_tree import below


def dissolve(conn: sqlite3.Connection, changeset: int, tag_id: int, *, into: int | None) -> None:
    """Mark a tag as deleted; what has it, and its parents and children, go over to the tag `into` if there is one."""
    tag = edits.read(conn, "tags", {"id": tag_id}) or {}
    subject = subject_of(conn, tag["property_id"])
    conn.execute(SUBJECTS)
    conn.execute("delete from temp.subjects")
    having = f"select {subject.key} from {subject.links} where tag_id = ?"
    conn.execute(f"insert into temp.subjects (id) {having}", [tag_id])
    if into:
        link(conn, changeset, subject, into)
    unlink(conn, changeset, subject, tag_id)
    relations = "select tag_id, parent_id from tag_parents where tag_id = :tag or parent_id = :tag"
    for relation in conn.execute(relations, {"tag": tag_id}).fetchall():
        key = dict(zip(edits.KEYS["tag_parents"], relation, strict=True))
        edits.put(conn, changeset, "tag_parents", key, None)
        if into:
            key = {column: into if relative == tag_id else relative for column, relative in key.items()}
            if key["parent_id"] not in below(conn, key["tag_id"]):
                edits.put(conn, changeset, "tag_parents", key, key)
    edits.put(conn, changeset, "tags", {"id": tag_id}, tag | {"deleted_at": now()})
