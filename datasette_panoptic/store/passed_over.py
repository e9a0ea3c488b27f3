"""What was imported before and is passed over from now on: it leaves the corpus as one changeset, and nothing is lost.

Whoever undoes that keeps it in the corpus, whatever the rules say. An import brings it back once no rule does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from datasette.utils.sqlite import sqlite3

from . import instances
from .changelog import begin, end
from .connection import transaction
from .folders import DESCENDANTS

TOOL = "exclude"

#: How an instance was last removed or put back.
LAST_TOOL = """
select tool from _panoptic_removals join _panoptic_changesets on _panoptic_changesets.id = changeset_id
where instance_id = {} order by changeset_id desc limit 1
"""

#: The instances of files, and of those below folders, that nobody has put back.
PASSED = f"""{DESCENDANTS}
select instances.id from instances join files on files.id = file_id
where (files.id in (select value from json_each(:files)) or folder_id in (select id from below))
  and coalesce(({LAST_TOOL.format("instances.id")}), '') not in ('undo', 'redo')
"""


def leave(conn: sqlite3.Connection, files: Sequence[int], folders: Sequence[int], *, actor: str | None) -> int:
    """Take the files of these rows, and all below the folders of these, out of the corpus; return how many left.

    Files there that could not be imported are no longer listed as such.
    """
    if not files and not folders:
        return 0
    chosen = {"files": json.dumps(files), "ids": json.dumps(folders)}
    with transaction(conn):
        conn.execute(
            f"{DESCENDANTS} delete from _panoptic_rejects where folder_id in (select id from below)",
            {"ids": chosen["ids"]},
        )
        if not conn.execute(f"select 1 from ({PASSED}) limit 1", chosen).fetchone():
            return 0
        changeset = begin(conn, actor=actor, tool=TOOL)
        left = instances.take_out(conn, changeset, PASSED, chosen)
        end(conn, changeset)
    return left


def that_left(conn: sqlite3.Connection, file_ids: Sequence[int]) -> set[int]:
    """Return those of removed files that are so because a rule passed them over, and not because somebody removed them.

    Of several instances of a file the oldest tells.
    """
    oldest = "select file_id, min(id) as id from _panoptic_removed where file_id in (select value from json_each(?))"
    rows = conn.execute(
        f"select file_id from ({oldest} group by file_id) as removed where ({LAST_TOOL.format('removed.id')}) = ?",
        [json.dumps(file_ids), TOOL],
    )
    return {file_id for (file_id,) in rows}
