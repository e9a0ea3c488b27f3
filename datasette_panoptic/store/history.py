"""Who changed what, and when: changesets as people read them. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.discretion import private


@dataclass(frozen=True)
class Entry:
    """One changeset. `changed` counts values, links and rows of the vocabulary; `undone_by` None: it stands.

    `files` are those that it found to show another image, separated by commas, the first few.
    """

    id: int
    actor: str | None
    tool: str
    query: str | None
    at: str
    undoes: int | None
    undone_by: int | None
    changed: int
    properties: str  # names of properties and saved views, separated by commas
    files: str


#: The properties whose own rows, tags or tags' parents a changeset edited.
EDITED = """
    select changeset_id, json_extract(key, '$.id') as property_id from _panoptic_edits where kind = 'properties'
    union all
    select changeset_id, tags.property_id from _panoptic_edits
    join tags on tags.id = coalesce(json_extract(key, '$.id'), json_extract(key, '$.tag_id'))
    where kind in ('tags', 'tag_parents')"""

#: Files that an entry names.
MOST_FILES = 20

SELECT = f"""
select changesets.id, changesets.actor, changesets.tool, changesets.query, changesets.at,
  changesets.undoes, changesets.undone_by,
  (select count(*) from _panoptic_changes where changeset_id = changesets.id)
  + (select count(*) from _panoptic_edits where changeset_id = changesets.id) + {{instances}},
  coalesce((
    select group_concat(name, ', ') from (select name from (
      select case when deleted_at is null then name else replace(name, ' (deleted ' || id || ')', '') end as name,
        0 as rank, position, id
      from properties
      where id in (select property_id from _panoptic_changes where changeset_id = changesets.id)
        or id in (select property_id from ({EDITED}) where changeset_id = changesets.id)
      union
      select json_extract(coalesce(new, old), '$.name'), 1, 0, json_extract(key, '$.id') from _panoptic_edits
      where kind = 'saved_views' and changeset_id = changesets.id
      ) group by name order by min(rank), min(position), min(id)
    )
  ), ''),
  {{files}}
from _panoptic_changesets as changesets
"""

#: What only files of this release know of a changeset: how many instances it removed, and the files that it names.
INSTANCES = "(select count(*) from _panoptic_removals where changeset_id = changesets.id)"
FILES = f"""coalesce((
    select group_concat(name, ', ') from (
      select files.name from _panoptic_replacements join files on files.id = file_id
      where changesets.id in (changeset_id, carried_by) order by _panoptic_replacements.id limit {MOST_FILES}
    )
  ), '')"""


def has_history(conn: sqlite3.Connection) -> bool:
    """Tell whether anything was ever changed."""
    return conn.execute("select exists (select 1 from _panoptic_changesets)").fetchone()[0] == 1


def history(
    conn: sqlite3.Connection,
    *,
    actor: str | None = None,
    property_id: int | None = None,
    image_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return changesets, latest first: an actor's, those that touch a property, those that touch an image or any of its
    instances. `before` pages on: only changesets older than that one."""
    conditions = {
        "actor = :actor": actor,
        OF_PROPERTY: property_id,
        OF_IMAGE: image_id,
        "id < :before": before,
    }
    wheres = [sql for sql, given in conditions.items() if given is not None]
    is_current = conn.execute("select 1 from sqlite_master where name = '_panoptic_removals'").fetchone()
    select = SELECT.format(instances=INSTANCES, files=FILES) if is_current else SELECT.format(instances="0", files="''")
    rows = conn.execute(
        select + ("where " + " and ".join(wheres) if wheres else "") + " order by id desc limit :limit",
        {"actor": actor, "property": property_id, "image": image_id, "before": before, "limit": limit},
    )
    entries = [Entry(*row) for row in rows]
    return private(entries, [replace(entry, actor=None, query=None) for entry in entries])


OF_PROPERTY = f"""(
  id in (select changeset_id from _panoptic_changes where property_id = :property)
  or id in (select changeset_id from ({EDITED}) where property_id = :property)
)"""

OF_IMAGE = """id in (
  select changeset_id from properties
  join _panoptic_changes on property_id = properties.id and subject_id = :image
  where scope = 'image'
  union
  select changeset_id from instances cross join properties
  join _panoptic_changes on property_id = properties.id and subject_id = instances.id
  where scope = 'instance' and instances.image_id = :image
)"""
