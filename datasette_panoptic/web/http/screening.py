"""The connections that Datasette opens, and the SQL that it runs on them for visitors."""

from __future__ import annotations

from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store.access import recognise
from datasette_panoptic.store.guard import (
    OF_PROJECT,
    UNASKED,
    UNASKED_IN_WRITES,
    Guard,
    refuses_tables,
    require_asked,
)

from .server import server_of

#: The database on which Datasette joins all others, where it is told to (`--crossdb`).
JOINING = "_memory"

REFUSED = "this column or table is private, or one that datasette-panoptic alone writes"


def protect(conn: Any, name: str, datasette: Any) -> None:
    """Guard a new connection to a project, or to all databases of a server."""
    if recognise(conn):
        conn.set_authorizer(OF_PROJECT)
    elif name == JOINING and datasette.crossdb:
        conn.set_authorizer(Guard(_Joined(datasette)))
    else:
        return
    _screen(datasette.databases[name])


def _refusal(error: sqlite3.DatabaseError) -> sqlite3.DatabaseError:
    """Return the error to raise: of all errors of SQL, Datasette knows OperationalError for the visitor's own."""
    if "prohibited" not in str(error) and "not authorized" not in str(error):
        return error
    return sqlite3.OperationalError(f"{error}: {REFUSED}")


class _Joined:
    """The names of projects among the databases of a server, which may be asked before those are opened."""

    def __init__(self, datasette: Any) -> None:
        self.datasette = datasette

    def __contains__(self, name: object) -> bool:
        if name not in self.datasette.databases:
            return False
        return not hasattr(self.datasette, "_panoptic") or not server_of(self.datasette).is_other(str(name))


def _screen(database: Any) -> None:
    """Have a database look at SQL texts before it runs them, for what SQLite asks no authorizer about."""
    if "execute" in vars(database):  # it does already
        return
    execute, execute_write = database.execute, database.execute_write

    async def screened(sql: str, params: Any = None, truncate: bool = False, *rest: Any, **options: Any) -> Any:
        # Datasette cuts off the answers to people's queries; those of its own it needs whole, of private tables too.
        token = refuses_tables.set(truncate)
        try:
            if UNASKED.search(sql):
                await database.execute_fn(lambda conn: require_asked(conn, sql, params))
            return await execute(sql, params, truncate, *rest, **options)
        except sqlite3.DatabaseError as error:
            raise _refusal(error) from error
        finally:
            refuses_tables.reset(token)

    async def screened_write(sql: str, params: Any = None, *rest: Any, **options: Any) -> Any:
        if UNASKED_IN_WRITES.search(sql):
            await database.execute_write_fn(lambda conn: require_asked(conn, sql, params), transaction=False)
        try:
            return await execute_write(sql, params, *rest, **options)
        except sqlite3.DatabaseError as error:
            raise _refusal(error) from error

    database.execute, database.execute_write = screened, screened_write
