"""Take tags out of use, in the changeset that is open: all that has them loses them, or gets another one instead."""

from __future__ import annotations

import json
from collections.abc import Sequence

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.timestamps import now

from . import edits
from .changelog import SUBJECTS, link, subject_of, unlink
from .tag_tree import below

LISTED = "(select value from json_each(:tags))"


def dissolve(
    conn: sqlite3.Connection, changeset: int, property_id: int, tag_ids: Sequence[int], *, into: int | None
) -> None:
    """Mark tags of a property as deleted.

    What has one, and their parents and children, go over to the tag `into` if there is one.
    """
    subject, bound = subject_of(conn, property_id), {"tags": json.dumps(list(tag_ids))}
    conn.execute(SUBJECTS)
    conn.execute("delete from temp.subjects")
    having = f"select distinct {subject.key} from {subject.links} where tag_id in {LISTED}"
    conn.execute(f"insert into temp.subjects (id) {having}", bound)
    if into:
        link(conn, changeset, subject, [into])
    unlink(conn, changeset, subject, tag_ids)
    dissolved = set(tag_ids)
    relations = f"select tag_id, parent_id from tag_parents where tag_id in {LISTED} or parent_id in {LISTED}"
    for relation in conn.execute(relations, bound).fetchall():
        key = dict(zip(edits.KEYS["tag_parents"], relation, strict=True))
        edits.put(conn, changeset, "tag_parents", key, None)
        if into:
            key = {column: into if relative in dissolved else relative for column, relative in key.items()}
            if key["parent_id"] not in below(conn, key["tag_id"]):
                edits.put(conn, changeset, "tag_parents", key, key)
    at = now()
    rows = edits.tags_by_id(conn, tag_ids).values()
    edits.put_changed(conn, changeset, "tags", [(row, row | {"deleted_at": at}) for row in rows])
