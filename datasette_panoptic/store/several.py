"""Several tags where a property of type `tag` would hold one. Reads only."""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

#: Subjects with more than one tag, besides those links that a changeset being taken back will end.
SEVERAL = """
select links.{scope}_id from {scope}_tags as links join tags on tags.id = links.tag_id
where property_id = :property and not exists (
  select 1 from _panoptic_changes as ended
  where ended.changeset_id = :target and ended.property_id = :property and ended.tag_id = links.tag_id
    and ended.subject_id = links.{scope}_id and ended.new = 1)
group by links.{scope}_id having count(*) > 1
"""


def with_several(conn: sqlite3.Connection, property_id: int, scope: str, *, target: int | None = None) -> set[int]:
    """Return the images or instances (the scope) that have several tags of a property, once `target` is taken back."""
    rows = conn.execute(SEVERAL.format(scope=scope), {"property": property_id, "target": target})
    return {subject for (subject,) in rows}
