"""What SQL of visitors may do on the connections that Datasette opens to a project: SQLite asks for each column.

Private columns read as null, private tables are refused, and none of a project's own tables can be written: what
people say of images is written by changesets, which can be undone. Functions of this plugin are run by `privileged`.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Container, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, TypeVar

from datasette.utils.sqlite import sqlite3

from . import privacy

T = TypeVar("T")

#: Actions that only we may do to our tables and views, with which of the two arguments names the table.
WRITES = {
    sqlite3.SQLITE_CREATE_TABLE: 0,
    sqlite3.SQLITE_CREATE_VIEW: 0,
    sqlite3.SQLITE_CREATE_VTABLE: 0,
    sqlite3.SQLITE_INSERT: 0,
    sqlite3.SQLITE_UPDATE: 0,
    sqlite3.SQLITE_DELETE: 0,
    sqlite3.SQLITE_DROP_TABLE: 0,
    sqlite3.SQLITE_DROP_VIEW: 0,
    sqlite3.SQLITE_ALTER_TABLE: 1,
    sqlite3.SQLITE_CREATE_INDEX: 1,
    sqlite3.SQLITE_DROP_INDEX: 1,
    sqlite3.SQLITE_CREATE_TRIGGER: 1,
    sqlite3.SQLITE_DROP_TRIGGER: 1,
}
#: The same of what is temporary: a table of our name would be read in the place of ours.
TEMPORARY = {
    sqlite3.SQLITE_CREATE_TEMP_TABLE: 0,
    sqlite3.SQLITE_CREATE_TEMP_VIEW: 0,
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER: 1,
}
#: Tables of SQLite's own that show what statements, pages and indexes hold.
OF_SQLITE = frozenset({"sqlite_stmt", "sqlite_dbpage", "sqlite_stat3", "sqlite_stat4"})
#: Where SQLite tells the path of the file itself.
PATH_OF_FILE = ("pragma_database_list", "file")

#: SQLite does not ask about the columns that these joins compare, nor about those of a table that is copied whole.
UNASKED = re.compile(r"\b(?:using|natural)\b", re.IGNORECASE)
UNASKED_IN_WRITES = re.compile(r"\b(?:using|natural)\b|\*", re.IGNORECASE)

#: Whether private tables are refused; else they read as nulls, as where Datasette counts the rows of every table.
refuses_tables: ContextVar[bool] = ContextVar("refuses_tables", default=True)

#: No visitor can write a statement with this text, so none gets one of ours out of the cache of a connection.
SECRET = f"/* {secrets.token_hex(16)} */ "
_own = threading.local()


class Guard:
    """The callback of a connection. `projects`: the names under which it has projects; `main` is the file itself."""

    def __init__(self, projects: Container[object]) -> None:
        self.projects = projects

    def __call__(self, action: int, first: str | None, second: str | None, schema: str | None, _view: object) -> int:
        if action == sqlite3.SQLITE_READ:
            verdict = _verdict(first or "", second or "")
            if verdict == sqlite3.SQLITE_OK or not (schema in self.projects or _is_of_sqlite(first)):
                return sqlite3.SQLITE_OK
            if getattr(_own, "runs", False):
                return sqlite3.SQLITE_OK
            if verdict == sqlite3.SQLITE_DENY and not _is_of_sqlite(first) and not refuses_tables.get():
                return sqlite3.SQLITE_IGNORE if second else sqlite3.SQLITE_OK
            return verdict
        if action in WRITES:
            table = (first, second)[WRITES[action]] or ""
            written = first if action == sqlite3.SQLITE_ALTER_TABLE else schema
            return sqlite3.SQLITE_DENY if written in self.projects and privacy.is_ours(table) else sqlite3.SQLITE_OK
        if action in TEMPORARY:
            table = (first, second)[TEMPORARY[action]] or ""
            return sqlite3.SQLITE_DENY if privacy.is_ours(table) else sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_ATTACH and first and "main" in self.projects:  # `vacuum` attaches ''
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK


def _is_of_sqlite(table: str | None) -> bool:
    return table in OF_SQLITE or table == PATH_OF_FILE[0]


@lru_cache(4096)
def _verdict(table: str, column: str) -> int:
    """Say what a visitor gets of a column; no column is named where rows are counted."""
    if table in OF_SQLITE:
        return sqlite3.SQLITE_DENY
    if (table, column) == PATH_OF_FILE:
        return sqlite3.SQLITE_IGNORE
    ours = privacy.columns(table)
    if ours is None:
        return sqlite3.SQLITE_OK
    if privacy.is_private(table):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_IGNORE if column and ours.word(column) == "private" else sqlite3.SQLITE_OK


OF_PROJECT = Guard(frozenset({"main"}))


def _allow(*_: object) -> int:
    return sqlite3.SQLITE_OK


def release(conn: sqlite3.Connection) -> None:
    """End the guard of a connection.

    A change of the callback has SQLite compile every statement again; setting None has not, and therefore only follows.
    """
    conn.set_authorizer(_allow)
    conn.set_authorizer(None)


def privileged(function: Callable[[sqlite3.Connection], T]) -> Callable[[sqlite3.Connection], T]:
    """Let a function of ours read and write all of a project, on a connection that is guarded again afterwards.

    SQLite then compiles every statement again, so that none which was compiled for us answers to a visitor.
    """

    def run(conn: sqlite3.Connection) -> T:
        release(conn)
        try:
            return function(conn)
        finally:
            conn.set_authorizer(OF_PROJECT)

    return run


def read_within_function(conn: sqlite3.Connection, sql: str, parameters: Sequence[object]) -> Any:
    """Return the first row of a private table's for a SQL function of ours, which visitors may call."""
    _own.runs = True
    try:
        return conn.execute(SECRET + sql, parameters).fetchone()
    finally:
        _own.runs = False


def require_asked(
    conn: sqlite3.Connection, sql: str, parameters: Sequence[object] | Mapping[str, object] | None
) -> None:
    """Raise OperationalError where a statement reads a table with private columns; see UNASKED.

    Which tables those are, no callback says: the program that the statement is compiled to opens them.
    """
    if re.match(r"\s*explain\b", sql, re.IGNORECASE):
        return
    program = conn.execute(f"explain {sql}", parameters or {}).fetchall()
    schemas = {row[0]: row[1] for row in conn.execute("pragma database_list")}
    opened = {(row[4], row[3]) for row in program if row[1] in ("OpenRead", "OpenWrite", "ReopenIdx")}
    for schema, page in opened:
        quoted = '"' + schemas[schema].replace('"', '""') + '"'
        row = conn.execute(f"select tbl_name from {quoted}.sqlite_master where rootpage = ?", [page]).fetchone()
        if row and privacy.has_private(row[0]):
            raise sqlite3.OperationalError(
                f"`{row[0]}` has private columns: join it with `on` instead of `using` or `natural`, "
                "and copy it column by column"
            )
