"""What instances can be sorted by: one table of SQL expressions that the compiler and the column cache share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from datasette_panoptic.domain.query import SortKey

#: The prime 2³¹ − 1: products of two residues stay below 2⁶², so SQLite and int64 compute the same.
PRIME = 2_147_483_647
#: A generator of its multiplicative group (Park and Miller, 1988): spreads neighbouring ids and seeds.
MULTIPLIER = 48_271


Table = Literal["instances", "images", "files", "tree"]


@dataclass(frozen=True)
class Field:
    """A sort key: the column that holds it, and how its values compare."""

    table: Table
    column: str
    kind: Literal["number", "date", "text"]

    @property
    def sql(self) -> str:
        return f"{self.table}.{self.column}"

    @property
    def comparable(self) -> str:
        """The expression to sort by: texts without regard to ASCII case."""
        return f"{self.sql} collate nocase" if self.kind == "text" else self.sql


FIELDS: dict[SortKey, Field] = {
    "id": Field("instances", "id", "number"),
    "name": Field("files", "name", "text"),
    "folder": Field("tree", "path", "text"),
    "width": Field("images", "width", "number"),
    "height": Field("images", "height", "number"),
    "taken_at": Field("images", "taken_at", "date"),
    "bytes": Field("images", "bytes", "number"),
}

#: How each table hangs on `instances`, in an order in which each finds what it needs.
JOINS: dict[Table, str] = {
    "images": "join images on images.id = instances.image_id",
    "files": "left join files on files.id = instances.file_id",
    "tree": "left join tree on tree.id = files.folder_id",
}

#: Every folder with its path from the root's name on.
TREE = """tree (id, path) as (
  select id, name from folders where parent_id is null
  union all
  select folders.id, tree.path || '/' || folders.name
  from folders join tree on tree.id = folders.parent_id
)"""

#: The chosen folders and all below them.
CHOSEN = """chosen (id) as (
  select id from folders where id in ({ids})
  union
  select folders.id from folders join chosen on chosen.id = folders.parent_id
)"""


def shuffled(expression: str, seed: str) -> str:
    """SQL that scatters ids the same way for the same seed: the cube of a congruence modulo PRIME."""
    x = f"(({expression} % {PRIME} * {MULTIPLIER} + {seed} % {PRIME}) % {PRIME})"
    return f"({x} * {x} % {PRIME} * {x} % {PRIME})"
