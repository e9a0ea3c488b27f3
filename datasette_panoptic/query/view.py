"""A query's cells as bytes: what the grid page asks for first, and the ranges it asks for while scrolling.

Layout of the first part, little-endian: `PNV1`; uint32 length of the header; the header, JSON padded with spaces to
a multiple of 8; then records. A record is two uint32: the cell's id, and its look, which is red, green, blue and aspect
from the highest byte down; aspect is 128 + 32·log2(width / height), rounded, within 0 to 255.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.query import Grouping, Query
from datasette_panoptic.domain.texts import PATH
from datasette_panoptic.errors import BadQuery

from . import clusters
from .columns import Ids
from .groups import ViewGroups
from .operators import Value
from .orders import Orders
from .steps import TREE

#: Depth, value, first position, number of cells, level: which of the query's groupings it is of.
Row = tuple[int, Value | None, int, int, int]

#: Records that come with the header: several screens of the smallest thumbnails.
FIRST = 512
#: Records a page asks for at once: 32 kB.
CHUNK = 4096
#: Records a range may hold.
LARGEST_RANGE = 65_536

LOOKS = """
select {id}, images.mean_color, images.width, images.height
from json_each(:ids)
{joins}
"""
LOOK_JOINS = {
    "images": "join images on images.id = json_each.value",
    "instances": "join instances on instances.id = json_each.value join images on images.id = instances.image_id",
}


def first(conn: sqlite3.Connection, orders: Orders, query: Query) -> bytes:
    """Return the header and the first records of a query's cells."""
    version, order = orders.order(conn, query)
    head = order.ids[:FIRST]
    header = {
        "version": str(version),
        "mode": query.mode,
        "count": len(order.ids),
        **orders.totals(conn, query),
        "first": len(head),
        "chunk": CHUNK,
        "order": order.digest,
        "groups": flat(order.groups, query.groups),
        **named(conn, query.groups),
    }
    return _header(header) + records(conn, query, head)


def named(conn: sqlite3.Connection, groupings: tuple[Grouping, ...]) -> dict[str, object]:
    """Return `clusters` where some level's groups are clusters: by level and label, name and coherence."""
    names = clusters.names(conn, groupings)
    by_level = {
        level: {label: [each.name, each.coherence] for label, each in of.items()} for level, of in names.items()
    }
    return {"clusters": by_level} if by_level else {}


def flat(levels: tuple[ViewGroups, ...], groupings: tuple[Grouping, ...]) -> list[Row]:
    """Return each group before those in it: depth, value (None: without one), first position, number of cells, level.

    A path of a tree is a group below those of the names before it, which may have cells of their own before their first
    group. Integers beyond what a browser holds exactly are texts.
    """
    spans: list[clusters.Span] = []
    for level, groups in enumerate(levels):
        shown: list[Value | None] = [
            str(value) if isinstance(value, int) and abs(value) > 2**53 else value for value in groups.values
        ]
        shown.append(None)  # −1 takes the last
        rows = zip(groups.codes.tolist(), groups.starts.tolist(), groups.counts.tolist(), strict=True)
        spans += [(start, level, shown[code], count) for code, start, count in rows]
    spans.sort(key=lambda span: span[:2])
    spans = clusters.without_bare(spans, groupings)
    if not any(grouping.step == TREE for grouping in groupings):
        return [(level, value, start, count, level) for start, level, value, count in spans]
    return nested(spans, groupings)


def nested(spans: Iterable[tuple[int, int, Value | None, int]], groupings: tuple[Grouping, ...]) -> list[Row]:
    """Put the paths of trees below each other, given each group's first position, level, value and number of cells."""
    rows: list[Row] = []
    open_: list[list[int]] = [[] for _ in groupings]  # for each level the rows that the next path may go on from
    for start, level, value, count in spans:
        for deeper in open_[level + 1 :]:
            deeper.clear()
        base = rows[open_[level - 1][-1]][0] + 1 if level else 0
        names: list[Value | None] = [value]
        if groupings[level].step == TREE and isinstance(value, str):
            names = [*value.split(PATH)]
        path = open_[level]
        same = 0
        while same < min(len(path), len(names) - 1) and rows[path[same]][1] == names[same]:
            same += 1
        del path[same:]
        for at in path:
            depth, name, first, cells, of = rows[at]
            rows[at] = (depth, name, first, cells + count, of)
        for depth, name in enumerate(names[same:], base + same):
            path.append(len(rows))
            rows.append((depth, name, start, count, level))
    return rows


def others(conn: sqlite3.Connection, orders: Orders, query: Query) -> list[int]:
    """Count for each group of `flat` what its cells are not: images in mode instances, instances in mode images."""
    counted = replace(query, mode="images" if query.mode == "instances" else "instances", sorts=())
    rows, counts = (list(paths(flat(orders.order(conn, each)[1].groups, each.groups))) for each in (query, counted))
    of_path = dict(counts)
    return [of_path[path] for path, _ in rows]


def paths(rows: Iterable[Row]) -> Iterator[tuple[tuple[Value | None, ...], int]]:
    """Return for each group the values of those around it with its own, and its number of cells."""
    path: list[Value | None] = []
    for depth, value, _, count, _ in rows:
        path[depth:] = [value]
        yield tuple(path), count


def part(conn: sqlite3.Connection, orders: Orders, query: Query, start: int, stop: int, version: str) -> bytes:
    """Return the records of positions start to stop, exclusive, of the order that a query had at a version.

    Raises StaleView where that order is no longer known: the page reads the view again.
    """
    if not 0 <= start <= stop or stop - start > LARGEST_RANGE:
        raise BadQuery(f"`_from` and `_to` span 0 to {LARGEST_RANGE} positions, not {start} to {stop}")
    return records(conn, query, orders.at(conn, query, version).ids[start:stop])


def records(conn: sqlite3.Connection, query: Query, ids: Ids) -> bytes:
    """Return the records of cells: (n, 2) uint32, little-endian."""
    table = np.zeros((len(ids), 2), dtype="<u4")
    table[:, 0] = ids
    rows = conn.execute(
        LOOKS.format(id=f"{query.mode}.id", joins=LOOK_JOINS[query.mode]), {"ids": json.dumps(ids.tolist())}
    ).fetchall()
    if rows:
        cells, colors, widths, heights = zip(*rows, strict=True)
        look = dict(zip(cells, looks(colors, widths, heights).tolist(), strict=True))
        table[:, 1] = [look.get(cell, 0) for cell in ids.tolist()]
    return table.tobytes()


def looks(colors: tuple[str, ...], widths: tuple[int, ...], heights: tuple[int, ...]) -> NDArray[np.uint32]:
    """Pack colours `#rrggbb` and aspect ratios into one uint32 each."""
    rgb = np.array([int(color[1:], 16) for color in colors], dtype=np.uint32)
    ratio = np.log2(np.array(widths) / np.array(heights))
    aspect = np.clip(np.round(128 + 32 * ratio), 0, 255).astype(np.uint32)
    packed: NDArray[np.uint32] = rgb << 8 | aspect
    return packed


def _header(header: dict[str, object]) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"PNV1" + len(text).to_bytes(4, "little") + text
