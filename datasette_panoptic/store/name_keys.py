"""What names are compared by, kept beside each name in a column with a unique index: `name_key`, which our code fills.

SQLite folds the case of ASCII letters alone, so it cannot make the keys itself. A name that other software writes is
left without a key, by a trigger where need be, and the next writer of ours gives it one: see `store.name_clashes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.names import name_key, shown

from .people_views import quoted

#: Tables whose rows have names, with the columns within which a name is unique.
NAMED: Mapping[str, tuple[str, ...]] = {
    "property_groups": (),
    "properties": (),
    "tags": ("property_id",),
    "saved_views": (),
}

COLUMN = "name_key text, -- the name as names are compared, unique; null: other software wrote the name"

TRIGGER = """
create trigger {table}_renamed after update of name on {table}
when new.name is not old.name and new.name_key is old.name_key
begin
  update {table} set name_key = null where id = new.id;
end"""

#: Finds a name without a key, by an index.
UNSETTLED = " or ".join(f"exists (select 1 from {table} where name_key is null)" for table in NAMED)


def are_settled(conn: sqlite3.Connection) -> bool:
    """Tell whether each name has its key."""
    return not conn.execute(f"select {UNSETTLED}").fetchone()[0]


def has_keys(conn: sqlite3.Connection) -> bool:
    """Tell whether the file is of a release that keeps keys."""
    return "name_key" in _columns(conn, "tags")


def at_odds(conn: sqlite3.Connection) -> list[str]:
    """Name the rows whose key is that of another name: no write of ours leaves one behind."""
    return [
        f"{table} row {row_id}, `{shown(name)}`, has the key of another name, `{shown(key)}`"
        for table in (NAMED if has_keys(conn) else ())
        for row_id, name, key in conn.execute(f"select id, name, name_key from {table} where name_key is not null")
        if name_key(str(name)) != key
    ]


def add_columns(conn: sqlite3.Connection) -> None:
    """Give the named tables their columns of keys, empty, and what keeps them unique. Foreign keys are to be off."""
    for table, within in NAMED.items():
        _add_column(conn, table)
        conn.execute(f"create unique index {table}_name_key on {table}({', '.join([*within, 'name_key'])})")
        if within:
            conn.execute(f"create index {table}_unsettled on {table}(name_key) where name_key is null")
        conn.execute(TRIGGER.format(table=table).strip())


def _add_column(conn: sqlite3.Connection, table: str) -> None:
    """Make a table anew with the column after its name: SQLite cannot add a column that has a comment to a table.

    Its rows, indexes and triggers stay, and columns that other software gave it.
    """
    ((sql, _), *attached) = conn.execute(
        "select sql, type from sqlite_master where tbl_name = ? and sql is not null order by type <> 'table'", [table]
    ).fetchall()
    columns = ", ".join(map(quoted, _columns(conn, table)))
    conn.execute(f"create temp table rebuilt as select * from {table}")
    conn.execute(f"drop table {table}")
    conn.execute(re.sub(r"(\n  name\b.*\n)", rf"\1  {COLUMN}\n", sql, count=1))
    if "name_key" not in _columns(conn, table):  # other software wrote the table in its own way
        conn.execute(f"alter table {table} add column name_key text")
    conn.execute(f"insert into {table} ({columns}) select {columns} from temp.rebuilt")
    conn.execute("drop table temp.rebuilt")
    for statement, _ in attached:
        conn.execute(statement)


def _columns(conn: sqlite3.Connection, table: str) -> list[str]:
    return [name for (name,) in conn.execute("select name from pragma_table_info(?)", [table])]
