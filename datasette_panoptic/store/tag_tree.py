"""The tree that tags stand in: what is below a tag, and that nothing is ever below itself."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import chain

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.errors import PanopticError

#: Tags of a circle that a message names.
MOST_NAMED = 12


def below(conn: sqlite3.Connection, tag_id: int) -> set[int]:
    """Return a tag and all tags below it."""
    rows = conn.execute(
        """
        with recursive below (id) as (
          values (?)
          union
          select tag_id from tag_parents join below on below.id = tag_parents.parent_id
        )
        select id from below""",
        [tag_id],
    )
    return {row[0] for row in rows}


def require_no_cycle(conn: sqlite3.Connection, property_id: int, relations: Iterable[tuple[int, int]]) -> None:
    """Raise PanopticError where parents that are to be would close a circle, with those there are."""
    there = "select tag_id, parent_id from tag_parents join tags on tags.id = tag_id where property_id = ?"
    graph: dict[int, set[int]] = {}
    for tag_id, parent_id in chain(conn.execute(there, [property_id]), relations):
        graph.setdefault(tag_id, set()).add(parent_id)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names = dict(conn.execute("select id, name from tags where property_id = ?", [property_id]).fetchall())
        circle = " above ".join(f"`{names[tag_id]}`" for tag_id in error.args[1][:MOST_NAMED])
        raise PanopticError(
            f"a tag cannot be below itself, but there would be {circle}; nothing was written"
        ) from error
