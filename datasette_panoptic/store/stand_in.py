"""Files that SQLite cannot read, named beside others when a server starts: the others are served all the same.

Datasette would end with a traceback. So a connection to such a file is made one to a small database in memory, in whose
only table stands what is wrong.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

from datasette.utils.sqlite import sqlite3

from .faults import told

TABLE = "cannot_be_opened"


def stand_in(conn: Any, path: str | None) -> bool:
    """Put a notice in the place of a file that cannot be read; tell whether it was necessary."""
    try:
        conn.execute("select name from sqlite_master").fetchall()
        return False
    except sqlite3.OperationalError:  # a lock, a missing module: that may pass
        return False
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # the latter: a message that quotes what is damaged
        if not path or not hasattr(conn, "deserialize"):
            raise
        conn.deserialize(_notice(re.split(r"[/\\]", path)[-1], told(error) or "the file is damaged"))
        return True


def fault_of(conn: Any) -> str | None:
    """Return what is wrong with the file that a database stands for; None where it is a database of its own."""
    if conn.execute("select 1 from sqlite_master where name = ?", [TABLE]).fetchone() is None:
        return None
    return str(conn.execute(f"select reason from {TABLE}").fetchone()[0])


def _notice(file: str, reason: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(f"create table {TABLE} (file text, reason text)")
        conn.execute(f"insert into {TABLE} values (?, ?)", [file, reason])
        conn.commit()
        return bytes(conn.serialize())
