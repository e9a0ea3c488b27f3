"""Where each field's values are in SQL: the expression over a row of `instances`, and the tables it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from datasette_panoptic.domain.fields import Field
from datasette_panoptic.store.people_views import quoted

Table = Literal["images", "image_values", "instance_values", "files", "tree"]

#: How each table hangs on `instances`, in an order in which each finds what it needs.
JOINS: dict[Table, str] = {
    "images": "join images on images.id = instances.image_id",
    "image_values": "left join image_values on image_values.image_id = instances.image_id",
    "instance_values": "left join instance_values on instance_values.instance_id = instances.id",
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

#: The instances of a stored selection.
WITHIN = """instances.id in (
    select value from json_each((select ids from _panoptic_selections where id = {id}))
  )"""

#: Tags of a property by name, with all tags below them.
TAGS_BELOW = """with recursive below (id) as (
    select id from tags where property_id = {property} and name in ({names})
    union
    select tag_parents.tag_id from tag_parents join below on below.id = tag_parents.parent_id
  ) select id from below"""

#: The prime 2³¹ − 1: products of two residues stay below 2⁶², so SQLite and int64 compute the same.
PRIME = 2_147_483_647
#: A generator of its multiplicative group (Park and Miller, 1988): spreads neighbouring ids and seeds.
MULTIPLIER = 48_271


@dataclass(frozen=True)
class Source:
    """A field's SQL, and the table its column is in with the key that instances know that table by."""

    sql: str
    tables: tuple[Table, ...] = ()


SYSTEM: dict[str, Source] = {
    "id": Source("instances.id"),
    "name": Source("files.name", ("files",)),
    "folder": Source("tree.path", ("files", "tree")),
    "path": Source("tree.path || '/' || files.name", ("files", "tree")),
    "sha1": Source("images.sha1", ("images",)),
    "width": Source("images.width", ("images",)),
    "height": Source("images.height", ("images",)),
    "format": Source("images.format", ("images",)),
    "bytes": Source("images.bytes", ("images",)),
    "taken_at": Source("images.taken_at", ("images",)),
    "average_hash": Source("images.average_hash", ("images",)),
    "perceptual_hash": Source("images.perceptual_hash", ("images",)),
    "copies": Source("(select count(*) from instances as twins where twins.image_id = instances.image_id)"),
}


def source(field: Field) -> Source:
    """Return where a field's single value is; a field with tags has no single value."""
    if field.property_id is None:
        return SYSTEM[field.name]
    table: Table = "image_values" if field.scope == "image" else "instance_values"
    return Source(f"{table}.{quoted(field.name)}", (table,))


def shuffled(expression: str, seed: str) -> str:
    """SQL that scatters ids the same way for the same seed: the cube of a congruence modulo PRIME."""
    x = f"(({expression} % {PRIME} * {MULTIPLIER} + {seed} % {PRIME}) % {PRIME})"
    return f"({x} * {x} % {PRIME} * {x} % {PRIME})"
