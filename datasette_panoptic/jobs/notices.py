"""What a job's report proposes to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.similar import DEFAULT_EMBEDDER
from datasette_panoptic.store import spaces
from datasette_panoptic.store.corpus import counts


def unembedded(conn: sqlite3.Connection) -> list[dict[str, Any]]:
    """Propose to embed what has no vector, in each space that somebody has begun; where there is none, in a first."""
    return [
        {
            "key": "unembedded",
            "n": count,
            "space": space,
            "text": f"{count:,} images have no vector yet; `datasette panoptic embed` computes them",
            "level": "info",
        }
        for space, count in _unfilled(conn)
    ]


def _unfilled(conn: sqlite3.Connection) -> Iterator[tuple[int | None, int]]:
    from panoptic_ml.registry import installed

    usable = {name: listed for name, listed in installed().embedders.items() if not listed.missing}
    begun = [space for space in spaces.listed(conn) if space.images]
    for space in begun:
        known = usable.get(space.embedder)
        # One of another revision would begin a space of its own.
        if known and space.missing and getattr(known.target, "revision", space.revision) == space.revision:
            yield space.id, space.missing
    images, _ = counts(conn)
    if not begun and images and DEFAULT_EMBEDDER in usable:
        yield None, images
