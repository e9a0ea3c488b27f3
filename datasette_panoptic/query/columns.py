"""Columns of the corpus in memory: numpy arrays aligned with the instance ids, read when asked for.

One `Columns` holds one version of one project. It costs 4 bytes per instance for the ids and 4 to 8 for each column
that a query has touched: 40 MB for a million instances with everything sorted once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.query import SortKey

from .fields import FIELDS, TREE, Field

Ids = NDArray[np.uint32]
Ranks = NDArray[np.int64]
Column = TypeVar("Column", bound=NDArray[Any])

#: Stands for "no value" in a column of numbers or ranks; sorts last in both directions.
UNSET = np.iinfo(np.int64).max


@dataclass
class Columns:
    """The columns read so far of one version of a project."""

    version: int
    _read: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def _once(self, name: str, read: Callable[[], Column]) -> Column:
        with self._lock:
            if name not in self._read:
                self._read[name] = read()
            column: Column = self._read[name]
            return column

    def ids(self, conn: sqlite3.Connection) -> Ids:
        """Instance ids, ascending."""
        return self._once("ids", lambda: integers(conn, "id"))

    def images(self, conn: sqlite3.Connection) -> Ids:
        """The image id of each instance."""
        return self._once("images", lambda: integers(conn, "image_id"))

    def files(self, conn: sqlite3.Connection) -> Ids:
        """The file id of each instance; 0 for a publication without a file."""
        return self._once("files", lambda: integers(conn, "coalesce(file_id, 0)"))

    def folders(self, conn: sqlite3.Connection) -> Ids:
        """The folder id of each instance; 0 for a publication without a file."""
        files = self.files(conn)
        return self._once("folders", lambda: values_by_id(conn, "files", "folder_id", 0)[files].astype(np.uint32))

    def ranks(self, conn: sqlite3.Connection, key: SortKey) -> Ranks:
        """Integers that compare as a sort key's values do; UNSET where there is none."""
        field = FIELDS[key]
        rows = {"instances": self.ids, "images": self.images, "files": self.files, "tree": self.folders}
        subjects = rows[field.table](conn)
        return self._once(key, lambda: read_ranks(conn, field)[subjects])

    def permutation(self, conn: sqlite3.Connection, key: SortKey, *, descending: bool) -> NDArray[np.intp]:
        """Positions among the ids in the order of one key, ties by id."""
        ranks = self.ranks(conn, key)
        name = f"{key} {'descending' if descending else 'ascending'}"
        return self._once(name, lambda: np.argsort(directed(ranks, descending=descending), kind="stable"))


def directed(ranks: Ranks, *, descending: bool) -> Ranks:
    """Turn ranks so that ascending order of the result is the order asked for, UNSET still last."""
    return np.where(ranks == UNSET, UNSET, -ranks) if descending else ranks


def integers(conn: sqlite3.Connection, column: str) -> Ids:
    """Read a column of `instances` in the order of the ids.

    `group_concat` and one parse of the text take 80 ms per million where `fetchall` takes 350. `not indexed` makes
    SQLite walk the table itself, whose order is the ids'; a covering index would be walked in its own order.
    """
    return parsed(conn, f"select group_concat({column}) from instances not indexed")[0].astype(np.uint32)


def parsed(conn: sqlite3.Connection, sql: str) -> list[NDArray[np.int64]]:
    """Run SQL that answers with one row of comma-separated integers, and return them."""
    return [np.fromstring(text or "", dtype=np.int64, sep=",") for text in conn.execute(sql).fetchone()]


def values_by_id(conn: sqlite3.Connection, table: str, column: str, unset: int) -> NDArray[np.int64]:
    """Read an integer column into an array indexed by the row's id; `unset` where no row has that id."""
    ids, values = parsed(conn, f"select group_concat(id), group_concat({column}) from {table}")
    return scattered(ids, values, unset)


def read_ranks(conn: sqlite3.Connection, field: Field) -> Ranks:
    """Read a field as numbers, indexed by the id of its table's row: integers as they are, texts by their rank."""
    if field.kind == "number":
        return values_by_id(conn, field.table, field.column, UNSET)
    # SQLite ranks the texts, by an index where there is one, so that its collation is the only one there is.
    sql = f"""
        select group_concat(id), group_concat(rank) from (
          select id,
            case when {field.sql} is null then {UNSET} else dense_rank() over (order by {field.comparable}) end as rank
          from {field.table}
        )"""
    ids, ranks = parsed(conn, f"with recursive {TREE} {sql}" if field.table == "tree" else sql)
    return scattered(ids, ranks, UNSET)


def scattered(ids: NDArray[np.int64], values: NDArray[np.int64], unset: int) -> NDArray[np.int64]:
    """Return an array that has each value at its id; row 0 stands for "none" and is always unset."""
    array = np.full(int(ids.max(initial=0)) + 1, unset, dtype=np.int64)
    array[ids] = values
    return array
