"""Remove instances, folders and sources from the corpus, as changesets that can be undone like any other."""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Applied, Selection
from datasette_panoptic.domain.timestamps import now
from datasette_panoptic.errors import NotThere

from . import edits, instances
from .changelog import begin, end
from .connection import transaction
from .folders import INSTANCES_BELOW
from .roots import options

TOOL = "remove"


def remove(conn: sqlite3.Connection, selection: Selection, *, actor: str | None, query: str | None = None) -> Applied:
    """Take the instances of a selection out of the corpus, as one changeset."""
    with transaction(conn):
        changeset = begin(conn, actor=actor, tool=TOOL, query=query)
        chosen = f"select instance_id as id from ({selection.sql})"
        instances.take_out(conn, changeset, chosen, selection.params)
        return end(conn, changeset)


def remove_folder(conn: sqlite3.Connection, folder_id: int, *, actor: str | None) -> Applied:
    """Take a folder with all below it out of the corpus, as one changeset; a root is no longer a source then.

    Raises NotThere.
    """
    with transaction(conn):
        row = conn.execute("select parent_id from folders where id = ?", [folder_id]).fetchone()
        if row is None:
            raise NotThere(f"no folder {folder_id} in this project")
        changeset = begin(conn, actor=actor, tool=TOOL, query=f"_folder={folder_id}")
        instances.take_out(conn, changeset, INSTANCES_BELOW, {"ids": f"[{folder_id}]"})
        if row[0] is None:
            was = options(conn, folder_id)
            edits.put(conn, changeset, "_panoptic_sources", {"folder_id": folder_id}, {**was, "removed_at": now()})
        return end(conn, changeset)
