"""What people decided of the roots among the folders: what is passed over in them, and whether they are sources."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.passing import Rules

#: The root that a folder is in, or is.
ROOT = """
with recursive above (id, parent_id) as (
  select id, parent_id from folders where id = :id
  union all
  select folders.id, folders.parent_id from folders join above on folders.id = above.parent_id
)
select id from above where parent_id is null
"""

#: Sources that another one has taken in, with where they lie in it.
TAKEN_IN = """
select folder_id, path, excluded, includes_hidden from _panoptic_sources
join folders on folders.id = folder_id where parent_id is not null
"""

Row = dict[str, Any]


def root_of(conn: sqlite3.Connection, folder_id: int) -> int:
    """Return the root that a folder is in, or is."""
    return int(conn.execute(ROOT, {"id": folder_id}).fetchone()[0])


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


def rules(conn: sqlite3.Connection, root_id: int) -> Rules:
    """Return what an import passes over in a source."""
    row = options(conn, root_id)
    return Rules(patterns(row["excluded"]), bool(row["includes_hidden"]))


def decide(
    conn: sqlite3.Connection, root_id: int, excluded: Iterable[str] | None, includes_hidden: bool | None
) -> None:
    """Remember what imports pass over in a source from now on; None: as before."""
    before = rules(conn, root_id)
    after = Rules(
        before.excluded if excluded is None else tuple(excluded),
        before.includes_hidden if includes_hidden is None else includes_hidden,
    )
    if after != before:
        conn.execute(
            "insert into _panoptic_sources (folder_id, excluded, includes_hidden) values (?, ?, ?) "
            "on conflict (folder_id) do update "
            "set excluded = excluded.excluded, includes_hidden = excluded.includes_hidden",
            [root_id, json.dumps(after.excluded, ensure_ascii=False), after.includes_hidden],
        )


def take_over(conn: sqlite3.Connection) -> None:
    """Let sources that lie in another one now pass their rules on to it."""
    for folder_id, path, excluded, includes_hidden in conn.execute(TAKEN_IN).fetchall():
        root_id = root_of(conn, folder_id)
        before = rules(conn, root_id)
        moved = (f"{path}/{each.lstrip('/')}" if "/" in each.rstrip("/") else each for each in patterns(excluded))
        decide(
            conn, root_id, dict.fromkeys([*before.excluded, *moved]), before.includes_hidden or bool(includes_hidden)
        )
        conn.execute("delete from _panoptic_sources where folder_id = ?", [folder_id])


def patterns(excluded: str) -> tuple[str, ...]:
    """Read what an import wrote; whatever else a file from elsewhere has in its place excludes nothing."""
    try:
        read = json.loads(excluded)
    except ValueError:
        return ()
    return tuple(each for each in read if isinstance(each, str)) if isinstance(read, list) else ()


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
