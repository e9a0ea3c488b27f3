"""An old project's instances on their way into this one: staged, matched with files, and spoken of in sets.

Open it with `opened`, stage the old instances, and import or make their files; `match` then finds them, and
`make_instances` makes those that a file has too few of. Values are said of old instances, SHA-1s or files, and reach
all that these have become.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.names import fitted, name_key
from datasette_panoptic.domain.old import Anchor, OldInstance, OldView
from datasette_panoptic.domain.timestamps import now

from . import corpus, saved_views
from .changelog import PAIRS, SUBJECTS, Subject, set_links, write_values
from .ids import next_id
from .people_views import quoted
from .sheets import CACHE

#: What `domain.names.numbered` puts behind a name.
NUMBER = re.compile(r" \([0-9]+\)$")

TABLES = ("arrivals", "arrived", "arrival_folders")

STAGE = (
    "insert into temp.arrivals (id, folder, name, file, sha1, width, height, format) values (?, ?, ?, ?, ?, ?, ?, ?)"
)

#: Where a file is here, by folder and name.
MATCH = """
update temp.arrivals set file_id = (
  select files.id from files join temp.arrival_folders on arrival_folders.folder_id = files.folder_id
  where arrival_folders.id = arrivals.folder and files.name = arrivals.name
)
"""

#: The instances of a file here and there, each in the order of their ids: the first is the first.
ARRIVED = """
insert into temp.arrived (id, instance_id, image_id)
select there.id, here.id, here.image_id
from (
  select id, file_id, row_number() over (partition by file_id order by id) as place
  from temp.arrivals where file_id is not null
) as there
join (
  select id, image_id, file_id, row_number() over (partition by file_id order by id) as place
  from instances where file_id in (select file_id from temp.arrivals)
) as here on here.file_id = there.file_id and here.place = there.place
"""


@contextmanager
def opened(conn: sqlite3.Connection) -> Iterator[None]:
    """Hold the temporary tables."""
    (cache,) = conn.execute("pragma cache_size").fetchone()
    conn.execute(f"pragma cache_size = -{CACHE}")
    _drop(conn)
    conn.execute(
        "create temp table arrivals (id integer primary key, folder integer, name text, file integer, sha1 text, "
        "width integer, height integer, format text, file_id integer)"
    )
    conn.execute("create temp table arrived (id integer primary key, instance_id integer, image_id integer)")
    conn.execute("create temp table arrival_folders (id integer primary key, folder_id integer)")
    conn.execute(SUBJECTS)
    conn.execute(PAIRS)
    try:
        yield
    finally:
        conn.execute(f"pragma cache_size = {cache}")
        _drop(conn)


def _drop(conn: sqlite3.Connection) -> None:
    for name in TABLES:
        conn.execute(f"drop table if exists temp.{name}")


def stage(conn: sqlite3.Connection, instances: Iterable[OldInstance]) -> None:
    conn.execute("savepoint stage")
    conn.executemany(STAGE, instances)
    conn.execute("create index temp.arrivals_sha1 on arrivals(sha1)")
    conn.execute("create index temp.arrivals_file on arrivals(file)")
    conn.execute("create index temp.arrivals_name on arrivals(folder, name)")
    conn.execute("release stage")


def counts(conn: sqlite3.Connection) -> tuple[int, int, int, int]:
    """Return the numbers of old files, of old instances, of files that are gone, and of files that are nowhere here."""
    row = conn.execute(
        """
        select count(*), coalesce(sum(several), 0), coalesce(sum(missing_since is not null), 0),
          coalesce(sum(files.id is null), 0)
        from (select count(*) as several, max(file_id) as file_id from temp.arrivals group by folder, name)
        left join files on files.id = file_id
        """
    ).fetchone()
    return row[0], row[1], row[2], row[3]


def names(conn: sqlite3.Connection, folder: int) -> list[str]:
    """Return the names of an old folder's files."""
    return [row[0] for row in conn.execute("select distinct name from temp.arrivals where folder = ?", [folder])]


def rename(conn: sqlite3.Connection, folder: int, name: str, new_name: str) -> None:
    """Note under which name a file was found."""
    conn.execute("update temp.arrivals set name = ? where folder = ? and name = ?", [new_name, folder, name])


def hold(conn: sqlite3.Connection, files: Iterable[tuple[int, Iterable[str]]]) -> int:
    """Note files, by folder and name, as being in their place; count them."""
    conn.executemany(
        "update temp.arrivals set file_id = -1 where folder = ? and name = ?",
        ((folder, name) for folder, names in files for name in names),
    )
    held = "select 1 from temp.arrivals where file_id is not null group by folder, name"
    return int(conn.execute(f"select count(*) from ({held})").fetchone()[0])


def place_folders(conn: sqlite3.Connection, folders: Iterable[tuple[int, int]]) -> None:
    """Note which folder here each old one is."""
    conn.executemany("insert or replace into temp.arrival_folders values (?, ?)", folders)


def match(conn: sqlite3.Connection) -> None:
    """Find the files of old instances by folder and name."""
    conn.execute(MATCH)


def nowhere(conn: sqlite3.Connection) -> Iterator[tuple[str, int, str, int | None, int | None, str | None]]:
    """Yield old files that are nowhere here, those of one SHA-1 together: SHA-1, folder, name, size and format."""
    yield from conn.execute(
        "select sha1, folder, name, max(width), max(height), max(format) from temp.arrivals where file_id is null "
        "group by sha1, folder, name order by sha1, folder, name"
    )


def image_there(conn: sqlite3.Connection, sha1: str) -> bool:
    return conn.execute("select 1 from images where sha1 = ?", [sha1]).fetchone() is not None


def lose(conn: sqlite3.Connection, files: Iterable[tuple[int, str]]) -> None:
    """Mark files, by folder and name, as ones that were never in their place since they came."""
    at = now()
    conn.executemany(
        "update files set missing_since = ? where folder_id = ? and name = ? and missing_since is null",
        ((at, folder_id, name) for folder_id, name in files),
    )


def move_root(conn: sqlite3.Connection, old: str, new: str) -> None:
    """Let a root stand for the directory that its own has become, unless that has a root already."""
    moved = conn.execute(
        "update folders set source = :new, raw_name = null where parent_id is null and source = :old "
        "and source <> :new and not exists (select 1 from folders where source = :new)",
        {"old": old, "new": new},
    )
    if moved.rowcount:
        corpus.bump(conn)


def make_instances(conn: sqlite3.Connection) -> int:
    """Make as many instances of each file as there were; count those that are made.

    A file whose instances were removed here gets none.
    """
    conn.execute(ARRIVED)
    (first,) = conn.execute(f"select {next_id('instances')}").fetchone()
    made = conn.execute(
        "insert into instances (id, image_id, file_id) "
        "select ? - 1 + row_number() over (order by arrivals.id), files.image_id, files.id from temp.arrivals "
        "join files on files.id = file_id where arrivals.id not in (select id from temp.arrived) "
        "and file_id not in (select file_id from _panoptic_removed where file_id is not null)",
        [first],
    )
    if made.rowcount:
        corpus.bump(conn)
        conn.execute("delete from temp.arrived")
        conn.execute(ARRIVED)
    return int(made.rowcount)


def images(conn: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Return the images that have arrived with the SHA-1 that each had, in the order of their ids."""
    rows: Iterator[tuple[int, str]] = conn.execute(
        "select image_id, min(sha1) from temp.arrivals join temp.arrived on arrived.id = arrivals.id "
        "where image_id is not null and sha1 <> '' group by image_id order by image_id"
    )
    return rows


def identities(conn: sqlite3.Connection) -> tuple[int, int]:
    """Count old SHA-1s that are several images here, and images here that were several SHA-1s."""
    of_files = "select distinct sha1, image_id from temp.arrivals join temp.arrived on arrived.id = arrivals.id"
    split, joined = (
        conn.execute(f"select count(*) from (select 1 from ({of_files}) group by {key} having count(*) > 1)").fetchone()
        for key in ("sha1", "image_id")
    )
    return split[0], joined[0]


def say(conn: sqlite3.Connection, subject: Subject, anchor: Anchor, said: Iterable[tuple[int | str, object]]) -> None:
    """Gather what is said of each subject of a property; of several values for one, the first holds."""
    conn.execute("delete from temp.subjects")
    conn.executemany(
        f"insert or ignore into temp.subjects (new, id) select ?, {subject.key} {_arrived(anchor)}",
        ((value, key) for key, value in said),
    )


def say_tags(conn: sqlite3.Connection, subject: Subject, anchor: Anchor, said: Iterable[tuple[int | str, int]]) -> None:
    """Gather the tags that each subject of a property is to have."""
    conn.execute("delete from temp.pairs")
    conn.executemany(
        f"insert or ignore into temp.pairs (tag_id, subject_id) select ?, {subject.key} {_arrived(anchor)}",
        ((tag, key) for key, tag in said),
    )


def _arrived(anchor: Anchor) -> str:
    """Return SQL of what has become of that which something is said of."""
    if anchor == "instance":
        return "from temp.arrived where id = ?"
    key = "sha1" if anchor == "image" else "file"
    return f"from temp.arrivals join temp.arrived on arrived.id = arrivals.id where {key} = ?"


def cut_midnights(conn: sqlite3.Connection) -> None:
    """Make days of gathered dates, where all of them are at midnight: their hour says nothing."""
    conn.execute(
        "update temp.subjects set new = substr(new, 1, 10) "
        "where not exists (select 1 from temp.subjects where new not like '____-__-__T00:00:00')"
    )


def write_unsaid(conn: sqlite3.Connection, changeset: int, subject: Subject) -> tuple[int, int]:
    """Write the gathered values where there is none yet; count those, and where something else is said already."""
    column = quoted(subject.name)
    said = f"select {subject.key} from {subject.values} where {column} is not null"
    (kept,) = conn.execute(
        f"select count(*) from temp.subjects join {subject.values} on {subject.key} = subjects.id "
        f"where {column} is not null and {column} is not new"
    ).fetchone()
    conn.execute(f"delete from temp.subjects where id in ({said})")
    (count,) = conn.execute("select count(*) from temp.subjects").fetchone()
    write_values(conn, changeset, subject, "subjects.new", {})
    return count, kept


def write_unsaid_tags(conn: sqlite3.Connection, changeset: int, subject: Subject) -> tuple[int, int, int]:
    """Write the gathered tags where there are none yet; count subjects, those with other tags, and tags too many."""
    several = 0
    if subject.type == "tag":
        several = conn.execute(
            "delete from temp.pairs where (subject_id, tag_id) not in "
            "(select subject_id, min(tag_id) from temp.pairs group by subject_id)"
        ).rowcount
    links = (
        f"select {subject.key} as subject_id, tag_id from {subject.links} "
        f"where tag_id in (select id from tags where property_id = {subject.id})"
    )
    (kept,) = conn.execute(
        f"select count(distinct subject_id) from temp.pairs where subject_id in (select subject_id from ({links})) "
        f"and (subject_id, tag_id) not in ({links})"
    ).fetchone()
    conn.execute(f"delete from temp.pairs where subject_id in (select subject_id from ({links}))")
    conn.execute("delete from temp.subjects")
    conn.execute("insert into temp.subjects (id) select distinct subject_id from temp.pairs")
    (count,) = conn.execute("select count(*) from temp.subjects").fetchone()
    set_links(conn, changeset, subject)
    return count, kept, several


def save_views(conn: sqlite3.Connection, changeset: int, views: Iterable[OldView], *, actor: str | None) -> int:
    """Save views as the last tabs, in the changeset that is open; those that are there already are not counted.

    A name that is taken, which tabs may share there, gets a number behind it.
    """
    known = saved_views.listed(conn)
    there = {(name_key(NUMBER.sub("", view.name)), view.query) for view in known}
    position = max((view.position for view in known), default=-1) + 1
    new = [view for view in views if (name_key(_name_of(view)), view.query) not in there]
    for place, view in enumerate(new, position):
        name = saved_views.free_name(conn, _name_of(view))
        saved_views.insert(conn, changeset, name, view.query, view.layout, place, actor)
    return len(new)


def _name_of(view: OldView) -> str:
    return NUMBER.sub("", fitted(view.name)) or "Panoptic"
