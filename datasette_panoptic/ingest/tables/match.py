"""Which instances the rows of a table speak of: found by their keys, and shared out where a key finds several."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.names import name_key
from datasette_panoptic.store.people_views import quoted

from .headers import Fusion
from .plan import Key

Name = str | int | float
Row = tuple[int, Name]

ABSOLUTE = re.compile(r"/|[A-Za-z]:/")
WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")

ROWS = {
    "id": "select id, id from instances order by id",
    "sha1": "select images.sha1, instances.id from instances join images on images.id = image_id order by instances.id",
    "name": "select files.name, instances.id from instances join files on files.id = file_id order by instances.id",
}
FILES = """
select files.folder_id, files.name, instances.id from instances join files on files.id = file_id
order by instances.id
"""
FOLDERS = """
with recursive tree (id, path, full) as (
  select id, name, rtrim(coalesce(source, name), '/') from folders where parent_id is null
  union all
  select folders.id, tree.path || '/' || folders.name, tree.full || '/' || folders.name
  from folders join tree on tree.id = folders.parent_id
)
select id, path, full from tree
"""


def find(conn: sqlite3.Connection, key: Key, names: Iterable[Name]) -> dict[Name, list[int]]:
    """Return the instances that each key finds, by id. A key that finds none has an empty list.

    One that finds nothing as it is written finds texts of another Unicode form, and tags as their names are compared.
    """
    wanted: dict[Name, list[int]] = {name: [] for name in names}
    if key.name == "path" and key.property is None:
        return _by_path(conn, wanted)
    has_tags = key.property is not None and key.property.has_tags
    compared: Callable[[str], str] = cache(name_key) if has_tags else _composed
    loose: dict[Name, list[int]] = {compared(name) if isinstance(name, str) else name: [] for name in wanted}
    for name, instance in conn.execute(rows_of(key)):
        if name in wanted:
            wanted[name].append(instance)
        if (like := compared(name) if isinstance(name, str) else name) in loose:
            loose[like].append(instance)
    return {name: exact or loose[compared(name) if isinstance(name, str) else name] for name, exact in wanted.items()}


def rows_of(key: Key) -> str:
    """Return the SQL of what a key is compared with, and of the instances that have it."""
    if key.property is None:
        return ROWS[key.name]
    scope = key.property.scope
    subject = "instances.image_id" if scope == "image" else "instances.id"
    joined = f"on {subject} = said.{scope}_id order by instances.id"
    if key.property.has_tags:
        said = (
            f"select tags.name, {scope}_id from {scope}_tags join tags on tags.id = tag_id "
            f"where property_id = {key.property.property_id}"
        )
        return f"select said.name, instances.id from ({said}) as said join instances {joined}"
    return f"select said.{quoted(key.property.name)}, instances.id from {scope}_values as said join instances {joined}"


@dataclass
class _Folder:
    """A folder's path as the project writes it, as the machine does, and below its root, with a / behind.

    `ends` are its last names by how many there are.
    """

    path: str
    full: str
    below: str
    ends: dict[int, str] = field(default_factory=dict)

    def end(self, names: int) -> str | None:
        """Return the last names joined, with a / behind; None where there are fewer."""
        if names not in self.ends:
            parts = [part for part in self.full.split("/") if part]
            self.ends[names] = "/".join([*parts[len(parts) - names :], ""]) if names <= len(parts) else "\0"
        return self.ends[names]


def _by_path(conn: sqlite3.Connection, wanted: dict[Name, list[int]]) -> dict[Name, list[int]]:
    """Find files by the whole path of the project, else by that below the imported folder, else by an absolute path or
    by the last names of their paths. So a path that a folder really has goes before one that another only ends in.

    Every file is looked at once, with as many look-ups as keys have different numbers of names: no index is made.
    """
    exact: dict[str, list[int]] = {str(key): [] for key in wanted}
    loose: dict[str, list[int]] = {_plain(str(key)): [] for key in wanted}
    below: dict[str, list[int]] = {key: [] for key in loose if "/" in key}
    depths = sorted({key.count("/") for key in loose if not ABSOLUTE.match(key)})
    has_absolute = any(ABSOLUTE.match(key) for key in loose)
    folders: dict[int, _Folder] = {}
    for folder_id, path, full in conn.execute(FOLDERS):
        written = full.replace("\\", "/") if WINDOWS.match(full) else full
        _, is_below, below_root = path.partition("/")
        folders[folder_id] = _Folder(path, _composed(written), f"{_composed(below_root)}/" if is_below else "")
    for folder_id, name, instance in conn.execute(FILES):
        folder = folders[folder_id]
        if (whole := f"{folder.path}/{name}") in exact:
            exact[whole].append(instance)
        name = _composed(name)
        if below and (path := f"{folder.below}{name}") in below:
            below[path].append(instance)
        for names in depths:
            if (end := f"{folder.end(names)}{name}") in loose:
                loose[end].append(instance)
        if has_absolute and (absolute := f"{folder.full}/{name}") in loose:
            loose[absolute].append(instance)
        # The whole path of the project in another Unicode form, unless that was a path's last names already.
        if not whole.isascii() and instance not in loose.get(whole := _composed(whole), (instance,))[-1:]:
            loose[whole].append(instance)
    return {key: exact[str(key)] or below.get(plain := _plain(str(key))) or loose[plain] for key in wanted}


def _plain(key: str) -> str:
    return _composed(key.replace("\\", "/").removeprefix("./"))


def _composed(text: str) -> str:
    """Write letters with accents as one character: the same name is often stored in two ways."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@dataclass
class Aimed:
    """Which instances the rows speak of, while it is found out row by row."""

    matched: int = 0
    made: int = 0
    unmatched: list[Row] = field(default_factory=list)


def share(
    rows: Iterable[Row],
    instances: dict[Name, list[int]],
    fusion: Fusion,
    occupied: set[int],
    first_new: int,
    aimed: Aimed,
) -> Iterator[tuple[int, int, int]]:
    """Yield row, instance and the instance that it is or is made after, for each row that found any; count in `aimed`.

    With the fusion `new` each row has an instance of its own: the first that no property of the table says anything of
    yet, or a new one.
    """
    taken = set(occupied)
    waiting: dict[Name, Iterator[int]] = {}
    for row, key in rows:
        candidates = instances[key]
        if not candidates:
            aimed.unmatched.append((row, key))
            continue
        aimed.matched += 1
        if fusion == "all":
            yield from ((row, instance, instance) for instance in candidates)
        elif fusion == "new":
            left = waiting.setdefault(key, iter(candidates))
            free = next((instance for instance in left if instance not in taken), None)
            if free is None:
                yield row, first_new + aimed.made, candidates[0]
                aimed.made += 1
            else:
                taken.add(free)
                yield row, free, free
        else:
            chosen = candidates[0 if fusion == "first" else -1]
            yield row, chosen, chosen
