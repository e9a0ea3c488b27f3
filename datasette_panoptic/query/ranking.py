"""How similar the cells of a view are to examples: the nearest images, how many there are by score, scores by place."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.fields import SIMILARITY, Field
from datasette_panoptic.domain.query import Query
from datasette_panoptic.domain.similar import DECIMALS, Similar
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store.similarity import settled, similarity

from .columns import Ids
from .facets import about, tallies
from .order import order
from .orders import Orders
from .view import LARGEST_RANGE

#: A slider has a hundred steps, and a score is told to four decimals.
STEPS = 100
#: Stands for the score of an image without a vector.
NONE = -(2**15)

ANY = Field(SIMILARITY, "number", "image")


@dataclass(frozen=True)
class Ranking:
    """The nearest images of a view, nearest first; `count` of them have a vector in the space, the examples apart."""

    space: int
    count: int
    ids: list[int]
    similarities: list[float]


@dataclass(frozen=True)
class Counts:
    """Cells of a view by score: `below[n]` are below (low + n) / 100, `upto[n]` not above that; `without`: no score."""

    space: int
    low: int
    below: list[int]
    upto: list[int]
    without: int


def ranking(conn: sqlite3.Connection, orders: Orders, query: Query, similar: Similar, limit: int) -> Ranking:
    """Find the images most like some examples among those that a query finds, whatever it says of similarity itself.

    Equal scores come by image id. Raises BadQuery as `similarity` does.
    """
    similar = settled(conn, similar)
    scores = similarity(conn, orders.vectors, similar)
    _, columns, fields = orders.state(conn)
    images = order(conn, columns, fields, flat(query)).ids
    images = images[images < len(scores)]
    images = images[~np.isnan(scores[images])]
    examples = [int(each.key) for each in similar.examples if each.kind == "image"]
    images = np.sort(images[~np.isin(images, examples)])
    nearest = images[first(scores[images], limit)]
    return Ranking(similar.space or 0, len(images), nearest.tolist(), scores[nearest].tolist())


def flat(query: Query) -> Query:
    """Return the images of a query in no order, without its examples and what it asks of their scores."""
    where = tuple(each for each in query.where if not about(each, ANY))
    return replace(query, mode="images", groups=(), sorts=(), seed=0, similar=None, where=where)


def first(scores: NDArray[np.float64], limit: int) -> NDArray[np.int64]:
    """Return the places of the highest scores, highest first, of equal ones the first: sorts no more than it must."""
    places = np.arange(len(scores))
    if limit < len(scores):
        least = np.partition(scores, len(scores) - limit)[len(scores) - limit] if limit else math.inf
        places = np.flatnonzero(scores >= least)
    return places[np.argsort(-scores[places], kind="stable")][:limit]


def counts(conn: sqlite3.Connection, orders: Orders, query: Query) -> Counts:
    """Count a view's cells by score; its conditions on scores do not count. Raises BadQuery without examples."""
    similar = settled(conn, examples_of(query))
    _, columns, fields = orders.state(conn)
    (tally,) = tallies(conn, columns, fields, query, [SIMILARITY])
    values = np.array(tally.values, dtype=np.float64)
    low = min(0, math.floor(values.min(initial=0) * STEPS))
    ends = np.arange(low, STEPS + 1) / STEPS
    sums = np.concatenate([[0], np.cumsum(tally.counts)])
    below, upto = (sums[np.searchsorted(values, ends, side)].tolist() for side in ("left", "right"))
    return Counts(similar.space or 0, low, below, upto, tally.blank)


def scores_at(conn: sqlite3.Connection, orders: Orders, query: Query, start: int, stop: int, version: str) -> bytes:
    """Return the scores of positions start to stop, exclusive, of the order that a query had at a version.

    They are int16 ten-thousandths, little-endian; NONE without a vector. Raises StaleView as `view.part` does.
    """
    if not 0 <= start <= stop or stop - start > LARGEST_RANGE:
        raise BadQuery(f"`_from` and `_to` span 0 to {LARGEST_RANGE} positions, not {start} to {stop}")
    cells = orders.at(conn, query, version).ids[start:stop]
    scores = similarity(conn, orders.vectors, examples_of(query))
    scores = np.append(scores, np.nan)  # the last is that of images beyond
    images = images_of(conn, orders, query, cells)
    raw = scores[np.minimum(images, len(scores) - 1)]
    told = np.where(np.isnan(raw), NONE, np.round(np.nan_to_num(raw) * 10**DECIMALS))
    return told.astype("<i2").tobytes()


def images_of(conn: sqlite3.Connection, orders: Orders, query: Query, cells: Ids) -> Ids:
    """Return the image of each cell of a query."""
    if query.mode == "images":
        return cells
    columns = orders.state(conn)[1]
    places = np.searchsorted(columns.ids(conn), cells)
    return columns.images(conn)[np.minimum(places, len(columns.ids(conn)) - 1)]


def examples_of(query: Query) -> Similar:
    if query.similar is None:
        raise BadQuery("scores need examples; give some, as in `_similar=image:5`")
    return query.similar
