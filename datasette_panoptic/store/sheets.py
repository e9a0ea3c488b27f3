"""A table on its way into a project: staged in temporary tables, then written column by column as sets.

Open a sheet with `opened`, fill it with `stage`, tell with `aim` which instances each row speaks of; all that leaves
the project as it is. `write_column` then writes, in a transaction and changeset that are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from . import corpus
from .changelog import PAIRS, SUBJECTS, Subject, set_links, write_values
from .ids import next_id
from .instances import log_made
from .people_views import quoted
from .vocabulary import ensure_all

#: Kibibytes of pages that SQLite keeps meanwhile, where it keeps 2,000 by default.
CACHE = 65_536

TABLES = ("sheet", "targets", "combinations")


@dataclass(frozen=True)
class Filled:
    """What a column has for its subjects: how many get a value, and how many rows said something else of them."""

    values: int
    overruled: int


@contextmanager
def opened(conn: sqlite3.Connection, columns: int) -> Iterator[None]:
    """Hold the temporary tables for so many columns of values."""
    (cache,) = conn.execute("pragma cache_size").fetchone()
    _drop(conn)
    cells = "".join(f", c{place}" for place in range(columns))
    conn.execute(f"create temp table sheet (row integer primary key, key{cells})")
    conn.execute("create temp table targets (row integer, instance_id integer, source_id integer)")
    conn.execute(
        "create temp table combinations (number integer, tag_id integer, primary key (number, tag_id)) without rowid"
    )
    conn.execute(SUBJECTS)
    conn.execute(PAIRS)
    try:
        conn.execute(f"pragma cache_size = -{CACHE}")
        yield
    finally:
        conn.execute(f"pragma cache_size = {cache}")
        _drop(conn)


def _drop(conn: sqlite3.Connection) -> None:
    for name in TABLES:
        conn.execute(f"drop table if exists temp.{name}")


def stage(conn: sqlite3.Connection, columns: int, rows: Iterable[list[object]]) -> None:
    """Store rows: number, key, then the values in order; None says nothing."""
    marks = ", ".join("?" * (columns + 2))
    conn.execute("savepoint stage")
    conn.executemany(f"insert into temp.sheet values ({marks})", rows)
    conn.execute("release stage")


def keys(conn: sqlite3.Connection) -> Iterator[tuple[int, str | int | float]]:
    """Yield the number and the key of each row, in order."""
    yield from conn.execute("select row, key from temp.sheet order by row")


def sample(conn: sqlite3.Connection, limit: int) -> Iterator[tuple[Any, ...]]:
    """Yield the first rows as they are staged, the first target of each before it: source, instance, row, key, …"""
    yield from conn.execute(
        "select source_id, instance_id, sheet.* from (select * from temp.sheet order by row limit ?) as sheet "
        "left join temp.targets on targets.rowid = "
        "(select min(rowid) from temp.targets where targets.row = sheet.row) order by sheet.row",
        [limit],
    )


def aim(conn: sqlite3.Connection, targets: Iterable[tuple[int, int, int]]) -> None:
    """Store which instances rows speak of: row, instance, and the instance it is or is to be made after."""
    conn.executemany("insert into temp.targets values (?, ?, ?)", targets)


def next_instance(conn: sqlite3.Connection) -> int:
    return int(conn.execute(f"select {next_id('instances')}").fetchone()[0])


def make_instances(conn: sqlite3.Connection, changeset: int) -> int:
    """Make the instances that are aimed at and not there, each of the image and file of its source; count them.

    They are a part of the changeset, and go when it is undone.
    """
    made = conn.execute(
        "insert into instances (id, image_id, file_id) select instance_id, image_id, file_id "
        "from temp.targets join instances on instances.id = source_id where instance_id <> source_id"
    )
    if made.rowcount:
        log_made(
            conn, changeset, "select distinct instance_id as id from temp.targets where instance_id <> source_id", {}
        )
        corpus.bump(conn)
    return int(made.rowcount)


def occupied(conn: sqlite3.Connection, subject: Subject, *, tags: bool) -> set[int]:
    """Return the images or instances that a property says something of."""
    if tags:
        sql = (
            f"select {subject.key} from {subject.links} join tags on tags.id = tag_id where property_id = {subject.id}"
        )
    else:
        sql = f"select {subject.key} from {subject.values} where {quoted(subject.name)} is not null"
    return {row[0] for row in conn.execute(sql)}


def fill(conn: sqlite3.Connection, place: int, scope: str, *, last: bool) -> Filled:
    """Gather the subjects of a column with their values; of several rows on one, the first speaks, or the `last`."""
    cell = f"c{place}"
    if scope == "instance":
        rows, subject = "temp.targets join temp.sheet using (row)", "instance_id"
    else:
        rows, subject = (
            "temp.targets join temp.sheet using (row) join instances on instances.id = source_id",
            "image_id",
        )
    rows = f"{rows} where {cell} is not null"
    conn.execute("delete from temp.subjects")
    inserted = conn.execute(
        f"insert or ignore into temp.subjects (id, new) select {subject}, {cell} from {rows} "
        f"order by targets.rowid{' desc' if last else ''}"
    ).rowcount
    said = conn.execute(f"select count(*) from {rows}").fetchone()[0]
    if said == inserted:
        return Filled(inserted, 0)
    other = conn.execute(
        f"select count(*) from (select {subject} as subject, {cell} as said from {rows}) "
        "join temp.subjects on subjects.id = subject where said is not subjects.new"
    )
    return Filled(inserted, other.fetchone()[0])


def write_column(
    conn: sqlite3.Connection, changeset: int, subject: Subject, combinations: Mapping[tuple[str, ...], int] | None
) -> None:
    """Write what `fill` gathered as values of a property, or as its tags: `combinations` numbers those that occur."""
    if combinations is None:
        write_values(conn, changeset, subject, "subjects.new", {})
        return
    ids = ensure_all(conn, changeset, subject.id, (name for names in combinations for name in names))
    conn.execute("delete from temp.combinations")
    conn.executemany(
        "insert into temp.combinations values (?, ?)",
        ((number, tag_id) for names, number in combinations.items() for tag_id in {ids[name] for name in names}),
    )
    conn.execute("delete from temp.pairs")
    conn.execute(
        "insert into temp.pairs (subject_id, tag_id) select subjects.id, tag_id "
        "from temp.subjects join temp.combinations on number = subjects.new order by tag_id, subjects.id"
    )
    set_links(conn, changeset, subject)
