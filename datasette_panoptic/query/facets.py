"""Facets: how many cells of a view have each value of a field, from the column cache.

The law: the count beside a value is how many cells the view shows once it asks for that value. So conditions on the
field alone do not narrow its own facet, a tag counts with all tags below it, and in mode images a cell is an image.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain import deadline
from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.names import same_name
from datasette_panoptic.domain.query import Condition, Query, Where
from datasette_panoptic.domain.texts import fold

from .coding import Column
from .columns import Columns
from .filter import reached
from .operators import Value
from .order import wanted
from .periods import Periods

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """A row for each value that an instance has. Code 0 is the absence of one, n that of `values[n - 1]`."""

    codes: NDArray[np.int32] | Integers
    positions: Integers | None  # of the rows' instances; None: one row for each, in their order
    values: Sequence[Value]
    periods: Periods | None = None  # of the values, where they are dates


@dataclass(frozen=True)
class Inside:
    """The instances that are counted: by mask, and, once asked for, by position."""

    mask: Mask
    firsts: list[Inside] = dataclasses.field(
        default_factory=list
    )  # one instance of each image, once that has been asked for

    @cached_property
    def positions(self) -> Integers:
        return np.flatnonzero(self.mask)


@dataclass(frozen=True)
class CountedTag:
    """A value of a field with tags: how far it stands below others in the list."""

    name: str
    count: int
    depth: int


@dataclass(frozen=True)
class Tally:
    """Cells of a view by the values of a field: `counts[n]` have `values[n]`, `blank` have none."""

    field: Field
    values: Sequence[Value]
    counts: Integers
    blank: int
    periods: Periods | None = None  # of the values, where they are dates

    @property
    def distinct(self) -> int:
        return int(np.count_nonzero(self.counts))

    def top(self, most: int, keep: Collection[Value] = (), find: str = "") -> list[int]:
        """Return the places of the most frequent values, and of some that are kept, most frequent first.

        `find`: only of those whose text contains it, without case and accents.
        """
        present = np.flatnonzero(self.counts)
        if find:
            sought = fold(find)
            present = present[[sought in fold(str(self.values[place])) for place in present.tolist()]]
        if len(present) > most:
            least = np.partition(self.counts[present], -most)[-most]
            present = present[self.counts[present] >= least]
        places = present[np.argsort(-self.counts[present], kind="stable")][:most].tolist()
        kept = {str(value) for value in keep}
        missing = kept - {str(self.values[place]) for place in places}
        if missing:
            places += [place for place, value in enumerate(self.values) if str(value) in missing]
        return places


def tallies(
    conn: sqlite3.Connection, columns: Columns, fields: Fields, query: Query, names: Iterable[str]
) -> list[Tally]:
    """Count a query's cells by the values of each field, conditions on that field alone apart. Raises BadQuery."""
    fields = fields.asked_by(query)
    asked = [fields[name] for name in names]
    own = {field.name: tuple(where for where in query.where if about(where, field)) for field in asked}
    filtering = {name: wheres for name, wheres in own.items() if wheres}
    shared = tuple(where for where in query.where if not any(where in wheres for wheres in filtering.values()))
    base = wanted(conn, columns, fields, replace(query, where=shared))
    masks = {name: wanted(conn, columns, fields, Query(where=wheres)) for name, wheres in filtering.items()}
    everything = among([base, *masks.values()])
    tallied = []
    for field in asked:
        deadline.check()
        own_apart = [base, *(mask for name, mask in masks.items() if name != field.name)]
        inside = among(own_apart) if field.name in masks else everything
        rows = rows_of(conn, columns, field)
        counts = counted(conn, columns, rows, inside, field, query)
        tallied.append(Tally(field, rows.values, counts[1:], int(counts[0]), rows.periods))
    return tallied


def among(masks: Iterable[Mask | None]) -> Inside | None:
    """Join masks; None where all hold."""
    given = [mask for mask in masks if mask is not None]
    return Inside(np.logical_and.reduce(given)) if given else None


def about(where: Where, field: Field) -> bool:
    """Tell whether a condition is on one field alone."""
    if isinstance(where, Condition):
        return same_name(where.field, field.name)
    return bool(where.parts) and all(about(part, field) for part in where.parts)


def counted(
    conn: sqlite3.Connection, columns: Columns, rows: Rows, inside: Inside | None, field: Field, query: Query
) -> Integers:
    """Count the cells of each code among the instances inside; None: all are."""
    size = len(rows.values) + 1
    if query.mode == "images" and field.scope == "image":
        inside = first_inside(conn, columns, inside)
    codes, positions = rows.codes, rows.positions
    if inside is not None:
        if positions is None:
            chosen = positions = inside.positions
        else:
            chosen = np.flatnonzero(inside.mask[positions])
            positions = positions[chosen]
        codes = codes[chosen]
    if query.mode == "instances" or field.scope == "image":
        return np.bincount(codes, minlength=size)
    images = columns.images(conn)
    images = images if positions is None else images[positions]
    pairs = np.sort(codes.astype(np.int64) << 32 | images)
    first = np.ones(len(pairs), dtype=bool)
    first[1:] = pairs[1:] != pairs[:-1]  # identical images with one value are one cell
    return np.bincount(pairs[first] >> 32, minlength=size)


def first_inside(conn: sqlite3.Connection, columns: Columns, inside: Inside | None) -> Inside:
    """Choose one instance of each image of which any is inside: what is said of images is the same in all."""
    images = columns.images(conn)
    first = columns.once("first instances", lambda: np.unique(images, return_index=True)[1])

    def choose(present: Integers) -> Inside:
        chosen = np.zeros(len(images), dtype=bool)
        chosen[present] = True
        return Inside(chosen)

    if inside is None:
        return columns.once("first inside", lambda: choose(first))
    if not inside.firsts:
        present = np.zeros(int(images.max(initial=0)) + 1, dtype=bool)
        present[images[inside.positions]] = True
        inside.firsts.append(choose(first[present[images[first]]]))
    return inside.firsts[0]


def rows_of(conn: sqlite3.Connection, columns: Columns, field: Field) -> Rows:
    if not (field.has_tags or field.has_names):
        column = columns.values(conn, field)
        if column.periods:
            return columns.once(("periods", field), partial(_date_rows, column, column.periods))
        return columns.once(("rows", field), partial(_value_rows, column))
    above = parents_of(conn, field)
    pairs = tuple(sorted((tag, parent) for tag, parents in above.items() for parent in parents))
    return columns.once(("reached", field, pairs), lambda: _tag_rows(conn, columns, field, above))


def _value_rows(column: Column) -> Rows:
    """Count texts that differ in their Unicode form alone as one value, as a condition finds them together."""
    texts = [value for value in column.values if isinstance(value, str)]
    if "".join(texts).isascii():
        return Rows(column.codes + np.int32(1), None, column.values)
    composed = [unicodedata.normalize("NFC", text) for text in texts]
    firsts: dict[str, Value] = {}
    for text, form in zip(texts, composed, strict=True):
        firsts.setdefault(form, text)
    codes = {form: n for n, form in enumerate(firsts, 1)}
    code = np.array([*map(codes.__getitem__, composed), 0], dtype=np.int32)  # −1 takes the last
    return Rows(code[column.codes], None, [*firsts.values()])


def _date_rows(column: Column, periods: Periods) -> Rows:
    """Count dates that mean the same period as one value, as a condition finds them together: 1890 and 1890?."""
    begins, ends = periods.begins, periods.ends
    differs = np.append(True, (begins[1:] != begins[:-1]) | (ends[1:] != ends[:-1]) | ~periods.known[1:])[: len(begins)]
    firsts = np.flatnonzero(differs)
    codes = np.append(np.cumsum(differs), 0).astype(np.int32)  # −1 takes the last
    values = [column.values[place] for place in firsts.tolist()]
    return Rows(codes[column.codes], None, values, periods.taken(firsts))


def parents_of(conn: sqlite3.Connection, field: Field) -> dict[int, list[int]]:
    """Return the tags right above each tag of a property that has any above it; of people, none."""
    above: dict[int, list[int]] = {}
    for tag, parent in conn.execute(
        "select tag_id, parent_id from tag_parents where tag_id in (select id from tags where property_id = ?)",
        [field.property_id],
    ):
        above.setdefault(tag, []).append(parent)
    return above


def _tag_rows(conn: sqlite3.Connection, columns: Columns, field: Field, above: dict[int, list[int]]) -> Rows:
    """Give each instance a row for every tag, or person, that it has or that is above one; one where it has none."""
    links = columns.links(conn, field)
    positions, codes = links.positions, links.ranks + 1
    if above:
        ranks = dict(zip(links.tags.tolist(), range(1, len(links.tags) + 1), strict=True))
        lines = [[ranks[tag] for tag in reached([tag], above) if tag in ranks] for tag in links.tags.tolist()]
        lengths = np.array([len(line) for line in lines], dtype=np.int64)
        ends = np.cumsum(lengths)
        flat = np.array([code for line in lines for code in line], dtype=np.int64)
        repeats = lengths[links.ranks]
        within = np.arange(int(repeats.sum())) - np.repeat(np.cumsum(repeats) - repeats, repeats)
        codes = flat[np.repeat((ends - lengths)[links.ranks], repeats) + within]
        keys = np.unique(np.repeat(positions, repeats) << 32 | codes)  # a tag is reached once, by whatever way
        positions, codes = keys >> 32, keys & 0xFFFFFFFF
    none = np.flatnonzero(np.diff(links.starts) == 0)
    all_codes = np.concatenate([codes, np.zeros(len(none), dtype=np.int64)])
    return Rows(all_codes.astype(np.int32), np.concatenate([positions, none]), links.names)


def arranged(conn: sqlite3.Connection, columns: Columns, tally: Tally, places: Sequence[int]) -> list[CountedTag]:
    """Put tags under those above them that are listed too; one with several of them stands under each."""
    links = columns.links(conn, tally.field)
    ids = [int(links.tags[place]) for place in places]
    listed, above = set(ids), parents_of(conn, tally.field)
    place_of = dict(zip(ids, places, strict=True))
    below: dict[int, list[int]] = {}
    for tag in ids:
        for parent in [parent for parent in above.get(tag, ()) if parent in listed] or [0]:
            below.setdefault(parent, []).append(tag)
    tags: list[CountedTag] = []

    def walk(parent: int, depth: int) -> None:
        for tag in below.get(parent, ()):
            tags.append(CountedTag(links.names[place_of[tag]], int(tally.counts[place_of[tag]]), depth))
            walk(tag, depth + 1)

    walk(0, 0)
    return tags
