"""Query → the ordered ids, from the column cache: milliseconds for a million, where `compile`'s SQL takes seconds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.query import Query

from .columns import Columns, Ids, directed
from .fields import MULTIPLIER, PRIME

#: Orders kept for the pages that are open: at 4 bytes per cell, 64 MB for sixteen views of a million.
KEPT_ORDERS = 16


class Orders:
    """The ordered ids of one project's views, for the version that each was asked of.

    Safe to use from several threads. A view keeps its order while newer versions appear, as long as it is among the
    KEPT_ORDERS asked for last, so that an import in progress does not pull the ground from under a reader.
    """

    def __init__(self) -> None:
        self._columns = Columns(version=-1)
        self._orders: OrderedDict[tuple[int, Query], Ids] = OrderedDict()
        self._counts: dict[str, dict[int, int]] = {}
        self._lock = threading.Lock()

    def columns(self, conn: sqlite3.Connection) -> Columns:
        """The columns of the project as it is now."""
        version = corpus_version(conn)
        with self._lock:
            if self._columns.version != version:
                self._columns = Columns(version)
                self._counts = {}
            return self._columns

    def ids(self, conn: sqlite3.Connection, query: Query) -> tuple[int, Ids]:
        """Return the project's version and the ids of a query's cells in order: instances, or images in mode images."""
        columns = self.columns(conn)
        kept = self.kept(columns.version, query)
        if kept is None:
            kept = order(conn, columns, query)
            with self._lock:
                self._orders[columns.version, query] = kept
                while len(self._orders) > KEPT_ORDERS:
                    self._orders.popitem(last=False)
        return columns.version, kept

    def kept(self, version: int, query: Query) -> Ids | None:
        """Return the order that a query had at a version, or None where it is no longer kept."""
        with self._lock:
            if (version, query) not in self._orders:
                return None
            self._orders.move_to_end((version, query))
            return self._orders[version, query]

    def folder_counts(self, conn: sqlite3.Connection, query: Query) -> dict[int, int]:
        """Count a query's cells in each folder with its subfolders, whatever folders the query itself asks for."""
        columns = self.columns(conn)
        counts = self._counts.get(query.mode)
        if counts is None:
            counts = self._counts[query.mode] = count_folders(conn, columns, query)
        return counts


def totals(conn: sqlite3.Connection, orders: Orders, query: Query) -> dict[str, int]:
    """Count the images and the instances that a query finds, whichever of them are its cells."""
    return {mode: len(orders.ids(conn, replace(query, mode=mode))[1]) for mode in ("images", "instances")}


def corpus_version(conn: sqlite3.Connection) -> int:
    """Return the number that every write to folders, images, files or instances raises."""
    row = conn.execute("select value from _panoptic_settings where key = 'corpus_version'").fetchone()
    return int(row[0])


def order(conn: sqlite3.Connection, columns: Columns, query: Query) -> Ids:
    """Compute a query's ids in order. The law: `order` finds what the SQL of `compile` finds."""
    ids = columns.ids(conn)
    positions = _sorted(conn, columns, query)
    if query.folders:
        inside = np.isin(columns.folders(conn), list(_with_subfolders(conn, query.folders)))
        positions = np.flatnonzero(inside) if positions is None else positions[inside[positions]]
    if query.mode == "instances":
        return ids if positions is None else ids[positions]
    images = columns.images(conn)
    return first_of_each(images if positions is None else images[positions])


def _sorted(conn: sqlite3.Connection, columns: Columns, query: Query) -> NDArray[np.intp] | None:
    """Positions among the ids in the query's order; None is the order of the ids themselves."""
    match query.sorts:
        case ():
            return None
        case (sort,) if sort.key != "random":
            return columns.permutation(conn, sort.key, descending=sort.descending)
    keys = []
    for sort in query.sorts:
        ranks = shuffle(columns.ids(conn), query.seed) if sort.key == "random" else columns.ranks(conn, sort.key)
        keys.append(directed(ranks, descending=sort.descending))
    return np.lexsort(keys[::-1])  # stable: ties keep the order of the ids


def shuffle(ids: Ids, seed: int) -> NDArray[np.int64]:
    """Scatter ids as `fields.shuffled` does in SQL."""
    x = (ids.astype(np.int64) % PRIME * MULTIPLIER + seed % PRIME) % PRIME
    cube: NDArray[np.int64] = x * x % PRIME * x % PRIME
    return cube


def first_of_each(images: Ids) -> Ids:
    """Keep the first occurrence of each image id, in order."""
    if not len(images):
        return images
    places = np.arange(len(images), dtype=np.uint32)
    first = np.empty(int(images.max()) + 1, dtype=np.uint32)
    first[images[::-1]] = places[::-1]  # of several writes to one place the last stands: the first occurrence
    kept: Ids = images[first[images] == places]
    return kept


def _with_subfolders(conn: sqlite3.Connection, folders: frozenset[int]) -> set[int]:
    children: dict[int, list[int]] = {}
    for folder, parent in conn.execute("select id, coalesce(parent_id, 0) from folders"):
        children.setdefault(parent, []).append(folder)
    existing = {folder for siblings in children.values() for folder in siblings}
    found: set[int] = set()
    waiting = list(folders & existing)
    while waiting:
        folder = waiting.pop()
        if folder not in found:
            found.add(folder)
            waiting += children.get(folder, ())
    return found


def count_folders(conn: sqlite3.Connection, columns: Columns, query: Query) -> dict[int, int]:
    """Count instances, or distinct images, per folder with everything below it."""
    parents: dict[int, int] = dict(conn.execute("select id, coalesce(parent_id, 0) from folders"))
    deepest_first = sorted(parents, key=lambda folder: _depth(folder, parents), reverse=True)
    folders, images = columns.folders(conn), columns.images(conn)
    alone = np.ones(len(folders), dtype=bool) if query.mode == "instances" else np.bincount(images)[images] == 1
    sizes = np.bincount(folders[alone], minlength=max(parents, default=0) + 1)
    counts = {folder: int(sizes[folder]) for folder in parents}
    # An image with copies counts once in each folder that has any of them below it, so sets are joined, not sizes.
    pairs = np.unique(folders[~alone].astype(np.int64) << 32 | images[~alone])
    bounds = np.searchsorted(pairs, [[folder << 32, (folder + 1) << 32] for folder in parents]).tolist()
    copied = {folder: [pairs[start:stop] & 0xFFFFFFFF] for folder, (start, stop) in zip(parents, bounds, strict=True)}
    for folder in deepest_first:
        found = np.unique(np.concatenate(copied.pop(folder)))
        if parents[folder]:
            counts[parents[folder]] += counts[folder]
            copied[parents[folder]].append(found)
        counts[folder] += len(found)
    return counts


def _depth(folder: int, parents: dict[int, int]) -> int:
    depth = 0
    while parents[folder]:
        folder, depth = parents[folder], depth + 1
    return depth
