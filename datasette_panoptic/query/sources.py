"""Where each field's values are in SQL: the expression over a row of `instances`, and the tables it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from datasette_panoptic.domain.fields import ANNOTATED_BY, KEYWORDS, UNCHECKED, Field
from datasette_panoptic.store.people_views import quoted

Table = Literal["images", "image_metadata", "image_values", "instance_values", "files", "tree"]

#: How each table hangs on `instances`, in an order in which each finds what it needs.
JOINS: dict[Table, str] = {
    "images": "join images on images.id = instances.image_id",
    "image_metadata": "left join image_metadata on image_metadata.image_id = instances.image_id",
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

#: Who has said or changed anything of each instance, or of its image.
PEOPLE = """annotated_by (instance_id, name) as (
  select instances.id, _panoptic_changesets.actor
  from _panoptic_changes
  join _panoptic_changesets on _panoptic_changesets.id = changeset_id and actor is not null
  join properties on properties.id = property_id and scope = 'image' and deleted_at is null
  join instances on instances.image_id = subject_id
  union
  select subject_id, _panoptic_changesets.actor
  from _panoptic_changes
  join _panoptic_changesets on _panoptic_changesets.id = changeset_id and actor is not null
  join properties on properties.id = property_id and scope = 'instance' and deleted_at is null
  join instances on instances.id = subject_id
)"""

#: Properties of each instance, or of its image, whose value a machine wrote, where it still stands and is unchecked.
MACHINE = """unchecked (instance_id, name) as (
  select instances.id, properties.name
  from _panoptic_unchecked
  join properties on properties.id = property_id and deleted_at is null
  join instances on subject_id = case scope when 'image' then instances.image_id else instances.id end
)"""

#: The keywords of each instance's image.
WORDS = """worded (instance_id, name) as (
  select instances.id, keywords.name
  from image_keywords
  join keywords on keywords.id = keyword_id
  join instances on instances.image_id = image_keywords.image_id
)"""

#: The subject of a property that an instance is, or shows.
OF_SUBJECT = "subject_id = case scope when 'image' then instances.image_id else instances.id end"

#: All names of one instance as one text: for tables, which have a cell for a field.
NAMES_OF = """(select group_concat(name, ', ') from (
  select distinct {name} as name from {tables} where deleted_at is null order by 1
))"""

#: The last changeset that touched a subject of a scope; 0: none has.
LATEST = """coalesce((
    select max(changeset_id) from _panoptic_changes
    where property_id in (select id from properties where scope = '{scope}' and deleted_at is null)
      and subject_id = {subject}
  ), 0)"""

#: The paths of a property's tags from the top of their tree; a tag with two parents has two.
TAG_PATHS = """{name} (id, path) as (
  select id, name from tags
  where property_id = {property} and deleted_at is null and not exists (
    select 1 from tag_parents join tags as above on above.id = tag_parents.parent_id
    where tag_parents.tag_id = tags.id and above.deleted_at is null
  )
  union all
  select tags.id, {name}.path || char({separator}) || tags.name
  from {name}
  join tag_parents on tag_parents.parent_id = {name}.id
  join tags on tags.id = tag_parents.tag_id and tags.deleted_at is null
)"""

#: For each value of a field in the corpus the lowest value in its bin, of so many bins with as many instances each.
QUANTILES = """{name} (value, low) as (
  select value, min(value) over (partition by bin)
  from (
    select distinct value, bin
    from (
      select value, (rank() over (order by value) - 1) * {bins} / count(*) over () as bin
      from (select {value} as value from instances {joins})
      where value is not null
    )
  )
)"""

#: The instances of a stored selection.
WITHIN = """instances.id in (
    select value from json_each((select ids from _panoptic_selections where id = {id}))
  )"""

#: Tags of a property by name, with all tags below them.
TAGS_BELOW = """with recursive below (id) as (
    select id from tags where property_id = {property} and {key} in ({names})
    union
    select tag_parents.tag_id from tag_parents join below on below.id = tag_parents.parent_id
  ) select id from below"""

#: The prime 2³¹ − 1: products of two residues stay below 2⁶², so SQLite and int64 compute the same.
PRIME = 2_147_483_647
#: A generator of its multiplicative group (Park and Miller, 1988): spreads neighbouring ids and seeds.
MULTIPLIER = 48_271


@dataclass(frozen=True)
class ColumnSource:
    """A field's SQL, and the table its column is in with the key that instances know that table by."""

    sql: str
    tables: tuple[Table, ...] = ()


SYSTEM: dict[str, ColumnSource] = {
    "id": ColumnSource("instances.id"),
    "name": ColumnSource("files.name", ("files",)),
    "folder": ColumnSource("tree.path", ("files", "tree")),
    "path": ColumnSource("tree.path || '/' || files.name", ("files", "tree")),
    "sha1": ColumnSource("images.sha1", ("images",)),
    "width": ColumnSource("images.width", ("images",)),
    "height": ColumnSource("images.height", ("images",)),
    "format": ColumnSource("images.format", ("images",)),
    "bytes": ColumnSource("images.bytes", ("images",)),
    "taken_at": ColumnSource("images.taken_at", ("images",)),
    "average_hash": ColumnSource("images.average_hash", ("images",)),
    "perceptual_hash": ColumnSource("images.perceptual_hash", ("images",)),
    "changed_at": ColumnSource(
        "(select substr(at, 1, 19) from _panoptic_changesets where id = max("
        f"{LATEST.format(scope='image', subject='instances.image_id')}, "
        f"{LATEST.format(scope='instance', subject='instances.id')}))"
    ),
    "missing": ColumnSource("case when files.id is not null then files.missing_since is not null end", ("files",)),
    "copies": ColumnSource("(select count(*) from instances as twins where twins.image_id = instances.image_id)"),
    ANNOTATED_BY: ColumnSource(
        NAMES_OF.format(
            name="actor",
            tables=f"properties cross join _panoptic_changes on property_id = properties.id and {OF_SUBJECT} "
            "join _panoptic_changesets on _panoptic_changesets.id = changeset_id and actor is not null",
        )
    ),
    UNCHECKED: ColumnSource(
        NAMES_OF.format(
            name="properties.name",
            tables=f"properties cross join _panoptic_unchecked on property_id = properties.id and {OF_SUBJECT}",
        )
    ),
}


#: Where instances have names, of which one may have several: a table of its own in the statement, by its name there.
NAMES: dict[str, str] = {ANNOTATED_BY: PEOPLE, UNCHECKED: MACHINE, "worded": WORDS}


def table_of_names(field: Field) -> str:
    """Return what the table of a field with names is called."""
    return "worded" if field.of_file else field.name


def source(field: Field) -> ColumnSource:
    """Return where a field's single value is; a field with tags has no single value."""
    if field.clustering is not None:
        column = "label" if field.name.startswith("cluster") else "fit"
        return ColumnSource(
            f"(select {column} from cluster_members "
            f"where clustering_id = {field.clustering} and cluster_members.image_id = instances.image_id)"
        )
    if field.of_file == KEYWORDS:
        return ColumnSource(
            "(select group_concat(name, ', ') from (select name from image_keywords join keywords on id = keyword_id "
            "where image_keywords.image_id = instances.image_id order by name))"
        )
    if field.of_file:
        return ColumnSource(f"image_metadata.{field.of_file}", ("image_metadata",))
    if field.property_id is None:
        return SYSTEM[field.name]
    table: Table = "image_values" if field.scope == "image" else "instance_values"
    return ColumnSource(f"{table}.{quoted(field.name)}", (table,))


def shuffled(expression: str, seed: str) -> str:
    """SQL that scatters ids the same way for the same seed: the cube of a congruence modulo PRIME."""
    x = f"(({expression} % {PRIME} * {MULTIPLIER} + {seed} % {PRIME}) % {PRIME})"
    return f"({x} * {x} % {PRIME} * {x} % {PRIME})"
