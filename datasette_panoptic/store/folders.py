"""The tree of folders: which row stands for which directory, made when first needed.

A root is a directory that was imported (`source`, absolute) or a pseudo root (uploads: `source` null; a film: `film:`
and its path). No root lies inside another: importing a folder inside a known root adds to that root, importing one
around known roots takes them in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Place, is_text, shown
from datasette_panoptic.errors import NotThere

from .ids import next_id, note_deleted

#: Folders whose rows are remembered; enough for the branch at hand, so that memory stays flat in huge trees.
REMEMBERED = 4096

#: Names of one folder that may look the same once escaped.
ALIKE = 8

SEPARATOR = os.sep.encode()

DESCENDANTS = """
with recursive below (id) as (
  select id from folders where id in (select value from json_each(:ids))
  union
  select folders.id from folders join below on folders.parent_id = below.id
)
"""

#: The instances of files in folders, at any depth.
INSTANCES_BELOW = DESCENDANTS + (
    "select instances.id from instances join files on files.id = file_id where folder_id in (select id from below)"
)

PATH = """
with recursive chain (id, parent_id, name, raw_name, source, depth) as (
  select id, parent_id, name, raw_name, source, 0 from folders where id = :id
  union all
  select folders.id, folders.parent_id, folders.name, folders.raw_name, folders.source, depth + 1
  from folders join chain on folders.id = chain.parent_id
)
select name, raw_name, source from chain order by depth desc
"""

#: Every folder with the name of its root and its path from there.
LED_TO = """
with recursive tree (id, root) as (
  select id, name from folders where parent_id is null
  union all
  select folders.id, tree.root from folders join tree on tree.id = folders.parent_id
)
select tree.id, tree.root, folders.path from tree join folders on folders.id = tree.id order by tree.id
"""


class Folders:
    """Rows for places. `pseudo` gives the rows of places that no directory of the machine stands for."""

    def __init__(self, conn: sqlite3.Connection, pseudo: dict[bytes, int] | None = None) -> None:
        self.conn = conn
        self.pseudo = pseudo or {}
        self.remembered: dict[bytes, int] = {}

    def find(self, place: Place) -> int | None:
        """Return a place's row; None where it has none, or is a root."""
        return self._resolve(place, make=False)

    def make(self, place: Place) -> int:
        """Return a place's row, which is made where there is none. Call it inside a transaction."""
        folder_id = self._resolve(place, make=True)
        assert folder_id is not None
        return folder_id

    def _resolve(self, place: Place, *, make: bool) -> int | None:
        steps: list[Place] = []
        at: Place | None = place
        while at and at.path not in self.remembered:
            steps.append(at)
            at = at.parent
        folder_id = self.remembered[at.path] if at else None
        for step in reversed(steps):
            if step.parent is None:
                folder_id = self.pseudo.get(step.path) or self._directory(step.path, make=make)
            else:
                folder_id = self._child(folder_id, step.name, make=make) if folder_id else None
            if folder_id is None:
                return None
            if len(self.remembered) > REMEMBERED:
                self.remembered.clear()
            self.remembered[step.path] = folder_id
        return folder_id

    def _directory(self, path: bytes, *, make: bool) -> int | None:
        """Return the row of an absolute directory, below whatever root covers it."""
        roots = self.conn.execute(
            "select id, coalesce(raw_name, cast(source as blob)) from folders "
            "where parent_id is null and source is not null"
        ).fetchall()
        for root_id, source in roots:
            if path == source:
                return int(root_id)
            if below := names_below(path, source):
                folder_id: int | None = root_id
                for name in below:
                    folder_id = self._child(folder_id, name, make=make) if folder_id else None
                return folder_id
        return self._root(path, roots) if make else None

    def _root(self, path: bytes, roots: Iterable[tuple[int, bytes]]) -> int:
        """Make a root for a directory and hang the roots that lie inside it below it."""
        root_id: int = self.conn.execute(
            f"insert into folders (id, name, path, source, raw_name) values ({next_id('folders')}, ?, '', ?, ?)",
            [shown(os.path.basename(path) or path), shown(path), None if is_text(path) else path],
        ).lastrowid
        for nested_id, source in roots:
            if names := names_below(source, path):
                parent_id = root_id
                for name in names[:-1]:
                    parent_id = self._child(parent_id, name, make=True) or root_id
                self._take_in(nested_id, parent_id, names[-1])
        return root_id

    def _take_in(self, nested_id: int, parent_id: int, name: bytes) -> None:
        name_shown, raw = free_name(self.conn, "folders", "parent_id", parent_id, name)
        path = self._path_below(parent_id, name_shown)
        self.conn.execute(
            "update folders set parent_id = ?, name = ?, path = ?, source = null, raw_name = ? where id = ?",
            [parent_id, name_shown, path, raw, nested_id],
        )
        self.conn.execute(
            DESCENDANTS + "update folders set path = :path || '/' || path where id in below and id <> :id",
            {"ids": f"[{nested_id}]", "path": path, "id": nested_id},
        )

    def _child(self, parent_id: int, name: bytes, *, make: bool) -> int | None:
        folder_id = find_named(self.conn, "folders", "parent_id", parent_id, name)
        if folder_id or not make:
            return folder_id
        name_shown, raw = free_name(self.conn, "folders", "parent_id", parent_id, name)
        made: int = self.conn.execute(
            f"insert into folders (id, parent_id, name, path, raw_name) values ({next_id('folders')}, ?, ?, ?, ?)",
            [parent_id, name_shown, self._path_below(parent_id, name_shown), raw],
        ).lastrowid
        return made

    def _path_below(self, parent_id: int, name: str) -> str:
        parent = self.conn.execute("select path from folders where id = ?", [parent_id]).fetchone()[0]
        return f"{parent}/{name}" if parent else name


def names_below(path: bytes, other: bytes) -> list[bytes]:
    """Return the names that lead from a directory down to a path inside it; none where it is not inside."""
    prefix = other.rstrip(SEPARATOR) + SEPARATOR
    return path[len(prefix) :].split(SEPARATOR) if path != other and path.startswith(prefix) else []


def pseudo_root(conn: sqlite3.Connection, name: str, source: str | None) -> int:
    """Return the root that stands for uploads (source None, found by name) or a film, made where there is none."""
    row = conn.execute(
        "select id from folders where parent_id is null and source is ? and (source is not null or name = ?)",
        [source, name],
    ).fetchone()
    if row:
        return int(row[0])
    made: int = conn.execute(
        f"insert into folders (id, name, path, source) values ({next_id('folders')}, ?, '', ?)", [name, source]
    ).lastrowid
    return made


#: Folders that hold nothing, not even a file that could not be imported.
EMPTY = """
select id, parent_id, source from folders
where not exists (select 1 from files where folder_id = folders.id)
  and not exists (select 1 from _panoptic_rejects where folder_id = folders.id)
  and not exists (select 1 from folders as children where children.parent_id = folders.id)
"""


def tidy(conn: sqlite3.Connection) -> None:
    """Delete folders that have been renamed or emptied: those that hold nothing, and roots whose directory is gone."""
    while True:
        empty = [
            folder
            for folder, parent, source in conn.execute(EMPTY).fetchall()
            if parent is not None or (os.path.isabs(source or "") and is_gone(os.fsencode(source)))
        ]
        if not empty:
            return
        for folder in empty:
            conn.execute("delete from _panoptic_sources where folder_id = ?", [folder])
            conn.execute("delete from folders where id = ?", [folder])
        note_deleted(conn, "folders", max(empty))


def named(conn: sqlite3.Connection, wanted: str) -> int:
    """Return the folder of an id, of a directory, or of the names that lead to it from a root's name on.

    Raises NotThere, also where the names lead to several.
    """
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 19:
        row = conn.execute("select id from folders where id = ?", [int(wanted)]).fetchone()
        if row:
            return int(row[0])
    if os.path.isabs(wanted):
        found = Folders(conn).find(Place(os.path.realpath(os.fsencode(wanted))))
        if found:
            return found
    names = wanted.strip("/")
    matches = [
        int(folder)
        for folder, root, path in conn.execute(LED_TO)
        if names in (f"{root}/{path}" if path else root, path) and names
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(map(str, matches))
        raise NotThere(f"several folders are called `{wanted}`: name one by its id, of {ids}")
    raise NotThere(f"no folder `{wanted}` in this project; name it by its path below its source, or by its directory")


def find_named(conn: sqlite3.Connection, table: str, parent_column: str, parent_id: int, name: bytes) -> int | None:
    """Return the row of `folders`, `files` or `_panoptic_rejects` that has a name, of these very bytes."""
    candidates = names_to_look_for(name)
    row = conn.execute(
        f"select id from {table} where {parent_column} = ? and name in ({marks(candidates)}) "
        "and coalesce(raw_name, cast(name as blob)) = ?",
        [parent_id, *candidates, name],
    ).fetchone()
    return int(row[0]) if row else None


def names_to_look_for(name: bytes) -> list[str]:
    """Return how a name may be shown in the project: as it is, or numbered by `free_name`."""
    plain = shown(name)
    return [plain, *(f"{plain}~{number}" for number in range(2, 2 + ALIKE))] if "\\x" in plain else [plain]


def marks(values: list[str]) -> str:
    """Return as many of SQL's question marks as there are values; few, so that the statements are found prepared."""
    return ", ".join("?" * len(values))


def free_name(
    conn: sqlite3.Connection, table: str, parent_column: str, parent_id: int, name: bytes
) -> tuple[str, bytes | None]:
    """Return how to show a name, unique among its siblings, and its bytes where what is shown is not the name.

    Two names can look the same once the bytes that are not UTF-8 are escaped; the second gets a number.
    """
    plain, *numbered = names_to_look_for(name)
    taken = {
        row[0]
        for row in conn.execute(
            f"select name from {table} where {parent_column} = ? and name in ({marks([plain, *numbered])})",
            [parent_id, plain, *numbered],
        )
    }
    free = next((candidate for candidate in (plain, *numbered) if candidate not in taken), plain)
    return free, None if free == plain and is_text(name) else name


def directory_of(conn: sqlite3.Connection, folder_id: int) -> bytes | None:
    """Return a folder's absolute path on the machine that imported it; None where there is none (uploads, films)."""
    (_, raw, source), *below = conn.execute(PATH, {"id": folder_id}).fetchall()
    top = raw or (source or "").encode()
    if not os.path.isabs(top):
        return None
    return os.path.join(top, *(raw or name.encode() for name, raw, _ in below))


def is_gone(path: bytes) -> bool:
    """Tell whether a path is known to lead nowhere; what cannot be looked at is not gone."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
