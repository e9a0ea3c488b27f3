"""Who changed what, and when: changesets as people read them. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3


@dataclass(frozen=True)
class Entry:
    """One changeset. `changed` counts values, links and rows of the vocabulary; `undone_by` None: it stands."""

    id: int
    actor: str | None
    tool: str
    query: str | None
    at: str
    undoes: int | None
    undone_by: int | None
    changed: int
    properties: str  # names, separated by commas


SELECT = """
select changesets.id, changesets.actor, changesets.tool, changesets.query, changesets.at,
  changesets.undoes, changesets.undone_by,
  (select count(*) from _panoptic_changes where changeset_id = changesets.id)
  + (select count(*) from _panoptic_edits where changeset_id = changesets.id),
  coalesce((
    select group_concat(name, ', ') from properties
    where id in (select property_id from _panoptic_changes where changeset_id = changesets.id)
  ), '')
from _panoptic_changesets as changesets
"""


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
        "id in (select changeset_id from _panoptic_changes where property_id = :property)": property_id,
        OF_IMAGE: image_id,
        "id < :before": before,
    }
    wheres = [sql for sql, given in conditions.items() if given is not None]
    rows = conn.execute(
        SELECT + ("where " + " and ".join(wheres) if wheres else "") + " order by id desc limit :limit",
        {"actor": actor, "property": property_id, "image": image_id, "before": before, "limit": limit},
    )
    return [Entry(*row) for row in rows]


OF_IMAGE = """id in (
  select changeset_id from properties
  join _panoptic_changes on property_id = properties.id and subject_id = :image
  where scope = 'image'
  union
  select changeset_id from instances cross join properties
  join _panoptic_changes on property_id = properties.id and subject_id = instances.id
  where scope = 'instance' and instances.image_id = :image
)"""
