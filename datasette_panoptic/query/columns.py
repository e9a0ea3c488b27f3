"""Columns of the corpus in memory: numpy arrays aligned with the instance ids, read when asked for.

One `Columns` holds one version of one project. A column of values is coded: its distinct values in ascending order,
and for each instance the place of its value among them, −1 where it has none. Comparisons with an operand are then two
binary searches and one pass over integers, and equal values need no second look.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.query import Query
from datasette_panoptic.domain.similar import Similar
from datasette_panoptic.domain.texts import natural
from datasette_panoptic.store.people_views import quoted
from datasette_panoptic.store.vector_cache import VectorCache

from . import derived
from .coding import SEPARATOR, Codes, Column, coded, coded_integers, in_time, text_ranks
from .sources import JOINS, NAMES, TREE

#: Of queries with examples, the columns of this many sets of examples: at 1M images some 20 MB each.
KEPT_EXAMPLES = 6
#: Of what anybody may ask in any number of ways, steps of groups and counts of queries, the latest so many.
KEPT_ASKED = 64

Ids = NDArray[np.uint32]
Part = TypeVar("Part")


@dataclass(frozen=True)
class Links:
    """The tags of a property, or keywords: a row for each that an instance has, ascending by position, then rank."""

    positions: NDArray[np.int64]  # among the instances
    ranks: NDArray[np.int64]  # places in `names` and `tags`
    tags: NDArray[np.int64]  # ids of the property's tags, or of keywords, in the order of their names
    names: tuple[str, ...]  # in the order of people
    starts: NDArray[np.int64]  # where the rows of each position begin, and one more: where the last's end


@dataclass
class Columns:
    """The columns read so far of one version of a project.

    What is derived from fields is kept under a name that holds those fields, so that a change of a property drops just
    what depends on it.
    """

    vectors: VectorCache = field(default_factory=VectorCache)
    _read: dict[object, Any] = field(default_factory=dict)
    #: The same of fields that only queries with these examples have: the latest KEPT_EXAMPLES of them.
    _examples: OrderedDict[Similar, dict[object, Any]] = field(default_factory=OrderedDict)
    _asked: OrderedDict[object, Any] = field(default_factory=OrderedDict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def asked(self, name: object, read: Callable[[], Part]) -> Part:
        """Return what `read` gives, kept while it is among the KEPT_ASKED names asked for last. Nobody waits for it."""
        with self._lock:
            if name in self._asked:
                self._asked.move_to_end(name)
                known: Part = self._asked[name]
                return known
        part = read()
        with self._lock:
            self._asked[name] = part
            while len(self._asked) > KEPT_ASKED:
                self._asked.popitem(last=False)
        return part

    def once(self, name: object, read: Callable[[], Part]) -> Part:
        """Return what `read` gives, and read it only the first time for this name."""
        with self._lock:
            kept = self._kept(name)
            if name not in kept:
                kept[name] = read()
            part: Part = kept[name]
            return part

    def _kept(self, name: object) -> dict[object, Any]:
        """Return where what has this name is kept."""
        similar = next((part.similar for part in fields_in(name) if part.similar), None)
        if similar is None:
            return self._read
        kept = self._examples.setdefault(similar, {})
        self._examples.move_to_end(similar)
        while len(self._examples) > KEPT_EXAMPLES:
            self._examples.popitem(last=False)
        return kept

    def without(self, properties: set[int], *, derived: bool) -> Columns:
        """The same columns, less those of properties that changed, of derived fields if they did, and whole queries."""

        def keeps(name: object) -> bool:
            return not (_depends(name, properties) or (derived and _is_derived(name)))

        with self._lock:
            kept = {name: part for name, part in self._read.items() if keeps(name)}
            asked = OrderedDict((name, part) for name, part in self._asked.items() if keeps(name))
            return Columns(self.vectors, kept, OrderedDict() if derived else self._examples.copy(), asked)

    def ids(self, conn: sqlite3.Connection) -> Ids:
        """Instance ids, ascending."""
        return self.once("ids", lambda: integers(conn, "id"))

    def images(self, conn: sqlite3.Connection) -> Ids:
        """The image id of each instance."""
        return self.once("images", lambda: integers(conn, "image_id"))

    def files(self, conn: sqlite3.Connection) -> Ids:
        """The file id of each instance; 0 for a publication without a file."""
        return self.once("files", lambda: integers(conn, "coalesce(file_id, 0)"))

    def folders(self, conn: sqlite3.Connection) -> Ids:
        """The folder id of each instance; 0 for a publication without a file."""
        files = self.files(conn)

        def read() -> Ids:
            ids, folders = parsed(conn, "select group_concat(id), group_concat(folder_id) from files")
            return scattered(ids, folders, 0)[files].astype(np.uint32)

        return self.once("folders", read)

    def values(self, conn: sqlite3.Connection, field: Field) -> Column:
        """The column of a field that has one value per instance."""

        def read() -> Column:
            column = self._read_values(conn, field)
            return in_time(column) if field.type == "date" else column

        return self.once(("values", field), read)

    def _read_values(self, conn: sqlite3.Connection, field: Field) -> Column:
        ids = self.ids(conn)
        has_texts = field.type not in ("number", "checkbox")
        if field.similar or field.clustering is not None:
            return derived.column(conn, self.vectors, field, self.images(conn))
        match field.name if field.property_id is None else "":
            case "id":
                return Column(ids.tolist(), np.arange(len(ids), dtype=np.int32))
            case "changed_at":
                return last_changes(conn, ids, self.images(conn))
            case "copies":
                images = self.images(conn)
                return coded_integers(np.arange(len(images)), np.bincount(images)[images])
            case "name":
                subjects, by_subject = self.files(conn), stored(conn, "id", "name", "files", texts=True)
            case "missing":
                subjects = self.files(conn)
                by_subject = stored(conn, "id", "(missing_since is not null)", "files", texts=False)
            case "folder":
                subjects = self.folders(conn)
                paths = dict(conn.execute(f"with recursive {TREE} select id, path from tree"))
                by_subject = coded(np.array(list(paths), dtype=np.int64), paths.values())
            case "path":
                subjects = self.files(conn)
                joined = f"from files {JOINS['tree'].removeprefix('left ')}"
                paths = dict(
                    conn.execute(f"with recursive {TREE} select files.id, tree.path || '/' || files.name {joined}")
                )
                by_subject = coded(np.array(list(paths), dtype=np.int64), paths.values())
            case "":
                subjects = self.images(conn) if field.scope == "image" else ids
                table = f"{field.scope}_values"
                by_subject = stored(conn, f"{field.scope}_id", quoted(field.name), table, texts=has_texts)
            case _ if field.of_file:
                subjects = self.images(conn)
                by_subject = stored(conn, "image_id", field.of_file, "image_metadata", texts=True)
            case name:
                subjects, by_subject = self.images(conn), stored(conn, "id", name, "images", texts=has_texts)
        codes = by_subject.codes
        missing = int(subjects.max(initial=0)) + 1 - len(codes)
        return Column(by_subject.values, np.append(codes, np.full(max(missing, 0), -1, dtype=np.int32))[subjects])

    def links(self, conn: sqlite3.Connection, field: Field) -> Links:
        """The tags that instances have of a property, or the names that another field has of them."""
        read = self._read_names if field.has_names and not field.of_file else self._read_links
        return self.once(("links", field), lambda: read(conn, field))

    def _read_names(self, conn: sqlite3.Connection, field: Field) -> Links:
        table = field.name
        rows = conn.execute(f"with {NAMES[table]} select name, group_concat(instance_id) from {table} group by name")
        tagged = sorted(rows, key=lambda row: natural(row[0]))
        parts = [np.fromstring(ids, dtype=np.int64, sep=",") for _, ids in tagged]
        ranks = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        ids = self.ids(conn)
        positions = np.searchsorted(ids, np.concatenate([np.empty(0, dtype=np.int64), *parts]))
        order = np.lexsort([ranks, positions])
        starts = np.searchsorted(positions[order], np.arange(len(ids) + 1))
        names = tuple(name for name, _ in tagged)
        return Links(positions[order], ranks[order], np.arange(len(names)), names, starts)

    def _read_links(self, conn: sqlite3.Connection, field: Field) -> Links:
        if field.of_file:
            names, links = "keywords", "group_concat(keyword_id), group_concat(image_id) from image_keywords"
        else:
            names = f"tags where property_id = {field.property_id}"
            links = (
                f"group_concat(tag_id), group_concat({field.scope}_id) from {field.scope}_tags "
                f"where tag_id in (select id from {names})"
            )
        named = conn.execute(f"select id, name from {names}").fetchall()
        named.sort(key=lambda tag: natural(tag[1]))
        tags = np.array([tag for tag, _ in named], dtype=np.int64)
        linked, subjects = parsed(conn, f"select {links}")
        ranks = scattered(tags, np.arange(len(tags)), 0)[linked]
        order = np.lexsort([ranks, subjects])
        subjects, ranks = subjects[order], ranks[order]
        of_instance = self.images(conn) if field.scope == "image" else self.ids(conn)
        starts = np.searchsorted(subjects, of_instance)
        counts = np.searchsorted(subjects, of_instance, side="right") - starts
        positions = np.repeat(np.arange(len(of_instance)), counts)
        within = np.arange(len(positions)) - np.repeat(np.cumsum(counts) - counts, counts)
        tags_of_rows = ranks[np.repeat(starts, counts) + within]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        return Links(positions, tags_of_rows, tags, tuple(name for _, name in named), offsets)

    def text_ranks(self, conn: sqlite3.Connection, field: Field) -> Codes:
        """Ranks of a text column's values in the order of people: img2 before img10, é beside e."""
        return self.once(("ranks", field), lambda: text_ranks(list(map(str, self.values(conn, field).values))))


def fields_in(name: object) -> Iterator[Field]:
    return (part for part in (name if isinstance(name, tuple) else ()) if isinstance(part, Field))


def _depends(name: object, properties: set[int]) -> bool:
    return _has_query(name) or any(
        part.property_id in properties or (part.is_logged and properties) for part in fields_in(name)
    )


def _is_derived(name: object) -> bool:
    return _has_query(name) or any(part.is_derived for part in fields_in(name))


def _has_query(name: object) -> bool:
    return isinstance(name, tuple) and any(isinstance(part, Query) for part in name)


INTEGERS = re.compile(f"(?:-?[0-9]{{1,19}}(?:{SEPARATOR}-?[0-9]{{1,19}})*)?")


def stored(conn: sqlite3.Connection, key: str, column: str, table: str, *, texts: bool) -> Column:
    """Read a column of a table, coded at the ids of its rows.

    All queries walk the table itself, so keys and values come in one order. Values come as one text where that is
    possible: a million Python objects made one by one take three times as long, and asking SQLite for their types as
    long as reading them. A column of texts holds nothing else; in others what looks like integers are integers.
    """
    source = f"from {table} not indexed where {column} is not null"
    joined, text = conn.execute(
        f"select group_concat({key}), group_concat({column}, '{SEPARATOR}') {source}"
    ).fetchone()
    keys = np.fromstring(joined or "", dtype=np.int64, sep=",")
    if not texts and INTEGERS.fullmatch(text or ""):
        return coded_integers(keys, np.fromstring((text or "").replace(SEPARATOR, ","), dtype=np.int64, sep=","))
    values = text.split(SEPARATOR) if texts and text is not None else []
    if len(values) == len(keys):
        return coded(keys, values)
    return coded(keys, list(chain.from_iterable(conn.execute(f"select {column} {source}"))))


def last_changes(conn: sqlite3.Connection, ids: Ids, images: Ids) -> Column:
    """When somebody last changed what is said of each instance, or of its image."""
    latest = np.zeros(len(ids), dtype=np.int64)
    for scope, subjects in (("image", images), ("instance", ids)):
        changed, changesets = parsed(
            conn,
            "select group_concat(subject_id), group_concat(changeset) from ("
            "select subject_id, max(changeset_id) as changeset from _panoptic_changes where property_id in "
            f"(select id from properties where scope = '{scope}' and deleted_at is null) group by subject_id)",
        )
        by_subject = scattered(changed, changesets, 0)
        known = subjects < len(by_subject)
        latest[known] = np.maximum(latest[known], by_subject[subjects[known]])
    at = dict(conn.execute("select id, substr(at, 1, 19) from _panoptic_changesets"))
    has = np.flatnonzero(latest)
    return coded(has, [at[changeset] for changeset in latest[has].tolist()], len(ids))


def integers(conn: sqlite3.Connection, column: str) -> Ids:
    """Read a column of `instances` in the order of the ids.

    `group_concat` and one parse of the text take 80 ms per million where `fetchall` takes 350. `not indexed` makes
    SQLite walk the table itself, whose order is the ids'; a covering index would be walked in its own order.
    """
    return parsed(conn, f"select group_concat({column}) from instances not indexed")[0].astype(np.uint32)


def parsed(conn: sqlite3.Connection, sql: str) -> list[NDArray[np.int64]]:
    """Run SQL that answers with one row of comma-separated integers, and return them."""
    return [np.fromstring(text or "", dtype=np.int64, sep=",") for text in conn.execute(sql).fetchone()]


def scattered(ids: NDArray[np.int64], values: NDArray[np.int64], unset: int) -> NDArray[np.int64]:
    """Return an array that has each value at its id; row 0 stands for "none" and is always unset."""
    array = np.full(int(ids.max(initial=0)) + 1, unset, dtype=np.int64)
    array[ids] = values
    return array
