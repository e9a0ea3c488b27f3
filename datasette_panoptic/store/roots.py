"""What people decided of the roots among the folders: what is passed over in them, and whether they are sources."""

from __future__ import annotations

from typing import Any

from datasette.utils.sqlite import sqlite3

#: The root that a folder is in, or is.
ROOT = """
with recursive above (id, parent_id) as (
  select id, parent_id from folders where id = :id
  union all
  select folders.id, folders.parent_id from folders join above on folders.id = above.parent_id
)
select id from above where parent_id is null
"""

Row = dict[str, Any]


def options(conn: sqlite3.Connection, folder_id: int) -> Row:
    """Return what was decided of a root, as the row that it has or would have."""
    row = conn.execute(
        "select excluded, includes_hidden, removed_at from _panoptic_sources where folder_id = ?", [folder_id]
    ).fetchone()
    excluded, includes_hidden, removed_at = row or ("[]", 0, None)
    return {
        "folder_id": folder_id,
        "excluded": excluded,
        "includes_hidden": includes_hidden,
        "removed_at": removed_at,
    }


def any_removed(conn: sqlite3.Connection) -> bool:
    """Tell whether an instance or a source is removed; none is in a file of an older release that cannot be written."""
    if not conn.execute("select 1 from sqlite_master where name = '_panoptic_removed'").fetchone():
        return False
    row = conn.execute(
        "select exists (select 1 from _panoptic_removed) "
        "or exists (select 1 from _panoptic_sources where removed_at is not null)"
    ).fetchone()
    return bool(row[0])


def reopen(conn: sqlite3.Connection, folder_id: int) -> None:
    """Make a source again of the root of a folder that somebody named for import."""
    conn.execute(
        f"update _panoptic_sources set removed_at = null where removed_at is not null and folder_id = ({ROOT})",
        {"id": folder_id},
    )
