"""What a running server remembers of a project's views, and how it notices that the project changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import NamedTuple

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import discretion
from datasette_panoptic.domain.discretion import private
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import StaleView
from datasette_panoptic.store import clusterings, image_metadata
from datasette_panoptic.store.name_keys import has_keys
from datasette_panoptic.store.vector_cache import VectorCache

from .columns import Columns
from .order import Order, count_folders, order

#: Orders kept for the pages that are open: at 4 bytes per cell, 64 MB for sixteen views of a million.
KEPT_ORDERS = 16
#: Versions whose columns are kept: while somebody writes, some answers still read the version before.
KEPT_STATES = 2


@dataclass(frozen=True)
class Version:
    """What the state of a project is told by: `corpus` rises with each import, `changeset` with each annotation,
    `derived` with each write to vectors, clusterings and answers to recommendations.
    """

    corpus: int
    changeset: int
    derived: int

    def __str__(self) -> str:
        return f"{self.corpus}.{self.changeset}.{self.derived}"


class State(NamedTuple):
    """What is known of a project at one version."""

    version: Version
    columns: Columns
    fields: Fields


def version(conn: sqlite3.Connection) -> Version:
    """Return the project's version as it is now: three look-ups."""
    settings = dict(
        conn.execute("select key, value from _panoptic_settings where key in ('corpus_version', 'derived_version')")
    )
    changeset = conn.execute("select coalesce(max(id), 0) from _panoptic_changesets").fetchone()[0]
    return Version(int(settings["corpus_version"]), int(changeset), int(settings.get("derived_version", 0)))


def fields(conn: sqlite3.Connection) -> Fields:
    """Return the fields of a project: the system's, those of its clusterings and its properties that are in use.

    A visitor who only looks has fewer.
    """
    rows = conn.execute("select name, type, scope, id from properties where deleted_at is null order by position, id")
    known_of_files = image_metadata.is_kept(conn)
    known = Fields(
        (Field(*row) for row in rows), clusterings.names(conn), has_keys=has_keys(conn), of_files=known_of_files
    )
    return private(known, known.public)


class Orders:
    """The ordered cells of one project's views, for the version that each was asked of.

    Safe to use from several threads, if each reads in a transaction: the columns of a version are then read from that
    version alone, even where another thread reads another version. A view keeps its order while newer versions appear,
    as long as it is among the KEPT_ORDERS asked for last, so that work in progress does not pull the ground from under
    a reader.
    """

    def __init__(self, vectors: VectorCache | None = None) -> None:
        self.vectors = vectors or VectorCache()
        self._states: OrderedDict[Version, State] = OrderedDict()
        self._orders: OrderedDict[tuple[str, Query, bool], Order] = OrderedDict()
        self._lock = threading.Lock()

    def state(self, conn: sqlite3.Connection) -> State:
        """The version of the project as the connection sees it, with its columns and fields."""
        seen = version(conn)
        with self._lock:
            if seen not in self._states:
                with discretion.kept(False):
                    self._states[seen] = State(seen, self._columns(conn, seen), fields(conn))
            self._states.move_to_end(seen)
            while len(self._states) > KEPT_STATES:
                self._states.popitem(last=False)
            state = self._states[seen]
            return private(state, state._replace(fields=state.fields.public))

    def _columns(self, conn: sqlite3.Connection, seen: Version) -> Columns:
        """The columns of a version: what is kept of the one before it, less what has changed since."""
        earlier = [each for each in self._states if each.corpus == seen.corpus and each.changeset <= seen.changeset]
        if not earlier:
            return Columns(self.vectors)
        latest = max(earlier, key=lambda each: each.changeset)
        changed = changed_since(conn, latest.changeset)
        return self._states[latest].columns.without(changed, derived=seen.derived != latest.derived)

    def order(self, conn: sqlite3.Connection, query: Query) -> tuple[Version, Order]:
        """Return the project's version and the cells of a query. Raises BadQuery where it does not suit the project."""
        version, columns, fields = self.state(conn)
        kept = self.kept(str(version), query)
        if kept is None:
            kept = order(conn, columns, fields, query)
            with self._lock:
                self._orders[str(version), query, discretion.is_kept()] = kept
                while len(self._orders) > KEPT_ORDERS:
                    self._orders.popitem(last=False)
        return version, kept

    def at(self, conn: sqlite3.Connection, query: Query, version: str) -> Order:
        """Return the order that a query had at a version. Raises StaleView where it is no longer known."""
        current, order = self.order(conn, query)
        kept = order if str(current) == version else self.kept(version, query)
        if kept is None:
            raise StaleView(f"the project changed since version `{version}`; read the view again")
        return kept

    def kept(self, version: str, query: Query) -> Order | None:
        """Return the order that a query had at a version, or None where it is no longer kept."""
        key = (version, query, discretion.is_kept())  # what a visitor may not ask is not answered from memory either
        with self._lock:
            if key not in self._orders:
                return None
            self._orders.move_to_end(key)
            return self._orders[key]

    def totals(self, conn: sqlite3.Connection, query: Query) -> dict[str, int]:
        """Count the images and the instances that a query finds, whichever of them are its cells."""
        flat = replace(query, groups=(), sorts=())
        return {mode: len(self.order(conn, replace(flat, mode=mode))[1].ids) for mode in ("images", "instances")}

    def folder_counts(self, conn: sqlite3.Connection, query: Query) -> dict[int, int]:
        """Count a query's cells in each folder with its subfolders, whatever folders the query itself asks for."""
        _, columns, fields = self.state(conn)
        counted = replace(query, folders=frozenset(), groups=(), sorts=())
        return columns.asked(
            ("folders", counted, discretion.is_kept()), lambda: count_folders(conn, columns, fields, counted)
        )


def changed_since(conn: sqlite3.Connection, changeset: int) -> set[int]:
    """Return the properties whose values, tags or type changesets after one have touched."""
    rows = conn.execute(
        """
        select property_id from _panoptic_changes where changeset_id > :after
        union
        select tags.property_id from _panoptic_edits
        join tags on tags.id = json_extract(_panoptic_edits.key, '$.id')
        where kind = 'tags' and changeset_id > :after
        union
        select json_extract(key, '$.id') from _panoptic_edits
        where kind = 'properties' and changeset_id > :after
          and json_extract(old, '$.type') <> json_extract(new, '$.type')""",
        {"after": changeset},
    )
    return {property_id for (property_id,) in rows}
