"""The two SQL views made for people: `corpus`, a row per instance, and `annotations`, a row per statement.

Both list the properties, so whoever changes a property calls `recreate_views` in the same transaction.
"""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import FILE_PREFIX, KEYWORDS, OF_FILES, TAG_TYPES
from datasette_panoptic.domain.names import name_key

from .image_metadata import is_kept

CORPUS = """
create view corpus as
-- one row per instance, with its image, its file, what the file says of itself and a column per property
select
  instances.id as instance_id,
  images.id as image_id,
  images.sha1,
  files.name as file_name,
  case folders.path when '' then folders.name else folders.path end as folder,
  images.width,
  images.height,
  images.format,
  images.bytes,
  images.taken_at,
  images.average_hash,
  images.perceptual_hash{columns}
from instances
join images on images.id = instances.image_id
left join files on files.id = instances.file_id
left join folders on folders.id = files.folder_id
{joins}left join image_values on image_values.image_id = images.id
left join instance_values on instance_values.instance_id = instances.id
"""

#: What files say, of the project's own tables, which releases before version 8 do not have.
METADATA_JOIN = "left join image_metadata on image_metadata.image_id = images.id\n"
KEYWORDS_COLUMN = """(
    select group_concat(keywords.name, ', ')
    from image_keywords join keywords on keywords.id = image_keywords.keyword_id
    where image_keywords.image_id = images.id
  )"""

#: What a subject of each scope is in `instances`: what is said of those that are removed is not listed.
KEYS = {"image": "image_id", "instance": "id"}

TAG_COLUMN = """(
    select group_concat(tags.name, ', ')
    from {scope}_tags join tags on tags.id = {scope}_tags.tag_id
    where {scope}_tags.{scope}_id = {scope}s.id and tags.property_id = {id}
  )"""

ANNOTATIONS = """
create view annotations as
-- one row per statement: subject, property, value as text, who said it and when
with statements (property_id, property, scope, subject_id, tag_id, value) as (
{parts}
)
select
  statements.scope,
  statements.subject_id,
  statements.property,
  statements.value,
  changesets.actor,
  changesets.at
from statements
left join _panoptic_changes as changes on changes.id = (
  select max(id) from _panoptic_changes
  where property_id = statements.property_id and subject_id = statements.subject_id
    and tag_id is statements.tag_id
)
left join _panoptic_changesets as changesets on changesets.id = changes.changeset_id
"""

TAG_STATEMENTS = """
  select properties.id, properties.name, '{scope}', {scope}_tags.{scope}_id, tags.id, tags.name
  from {scope}_tags
  join tags on tags.id = {scope}_tags.tag_id
  join properties on properties.id = tags.property_id and properties.deleted_at is null
  where exists (select 1 from instances where instances.{key} = {scope}_tags.{scope}_id)
"""

VALUE_STATEMENTS = """
  select {id}, {text}, '{scope}', {scope}_id, null, cast({column} as text)
  from {scope}_values where {column} is not null
    and exists (select 1 from instances where instances.{key} = {scope}_id)
"""


def quoted(identifier: str) -> str:
    """Quote a column's name for SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def metadata_columns(taken: set[str]) -> str:
    """Write the columns of what files say; where a property has taken a name, it is `file_title` as in queries."""
    columns = ""
    for name in OF_FILES:
        value = KEYWORDS_COLUMN if name == KEYWORDS else f"image_metadata.{name}"
        columns += f",\n  {value} as {quoted(f'{FILE_PREFIX}{name}' if name in taken else name)}"
    return columns


def recreate_views(conn: sqlite3.Connection) -> None:
    """Drop and create `corpus` and `annotations` for the properties that are in use."""
    properties = conn.execute(
        "select id, name, type, scope from properties where deleted_at is null order by position, id"
    ).fetchall()
    says_metadata = is_kept(conn)
    columns = metadata_columns({name_key(name) for _, name, _, _ in properties}) if says_metadata else ""
    parts = [TAG_STATEMENTS.format(scope=scope, key=KEYS[scope]) for scope in KEYS]
    for property_id, name, type_, scope in properties:
        if type_ in TAG_TYPES:
            value = TAG_COLUMN.format(scope=scope, id=property_id)
        else:
            value = f"{scope}_values.{quoted(name)}"
            text = "'" + name.replace("'", "''") + "'"
            parts.append(
                VALUE_STATEMENTS.format(id=property_id, text=text, scope=scope, key=KEYS[scope], column=quoted(name))
            )
        columns += f",\n  {value} as {quoted(name)}"
    conn.execute("drop view if exists corpus")
    conn.execute("drop view if exists annotations")
    conn.execute(CORPUS.strip().format(columns=columns, joins=METADATA_JOIN if says_metadata else ""))
    statements = "\n  union all\n".join(part.strip("\n") for part in parts)
    conn.execute(ANNOTATIONS.strip().format(parts=statements))
