"""The embedding spaces of a project, as people choose among them. Reads only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.discretion import private
from datasette_panoptic.errors import NotThere


@dataclass(frozen=True)
class Space:
    """A set of comparable vectors; `images` have one in it, `missing` have none. `reads_texts`: texts get some too."""

    id: int
    embedder: str
    revision: str
    params: dict[str, Any]
    reads_texts: bool
    dimension: int
    metric: str
    images: int
    missing: int


def listed(conn: sqlite3.Connection) -> list[Space]:
    """Return the spaces in the order in which they were made, empty ones last: the first is the default."""
    rows = conn.execute(
        """
        with counted as (select space_id, count(*) as images from _panoptic_embeddings group by space_id)
        select id, embedder, revision, params, modalities, dimension, metric, coalesce(images, 0) as images,
          (select count(*) from images where exists (select 1 from instances where image_id = images.id))
            - coalesce(images, 0)
        from embedding_spaces left join counted on space_id = id order by coalesce(images, 0) = 0, id"""
    )
    return [
        Space(one, embedder, revision, private(json.loads(params), {}), "text" in json.loads(modalities), *rest)
        for one, embedder, revision, params, modalities, *rest in rows
    ]


def find(conn: sqlite3.Connection, name: str) -> Space:
    """Return the space of an id, or the first of an embedder; empty: the default. Raises NotThere."""
    known = listed(conn)
    for space in known:
        if name in ("", str(space.id), space.embedder):
            return space
    named = ", ".join(f"{space.id} ({space.embedder})" for space in known)
    where = f"no embedding space `{name}` in this project; there is {named}" if named else "no image has a vector yet"
    raise NotThere(f"{where}; `datasette panoptic embed` makes them")


def named(conn: sqlite3.Connection, name: str) -> tuple[int, str]:
    """Return the id and the embedder of a space as `find` does, without counting images. Raises NotThere."""
    row = conn.execute(
        """
        select id, embedder from embedding_spaces where ? in ('', cast(id as text), embedder)
        and exists (select 1 from _panoptic_embeddings where space_id = embedding_spaces.id) order by id limit 1""",
        [name],
    ).fetchone()
    if row is None:
        empty = find(conn, name)
        return empty.id, empty.embedder
    return int(row[0]), str(row[1])
