"""Who last said something of one image or instance, and when. Reads only."""

from __future__ import annotations

from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.discretion import private
from datasette_panoptic.domain.fields import Scope


@dataclass(frozen=True)
class Provenance:
    """`actor` None: nobody was signed in."""

    actor: str | None
    at: str


#: The last change of each property of one subject: a look-up in the index by property and subject for each.
LAST = """
select properties.id, changesets.actor, changesets.at
from properties
join _panoptic_changes as changes on changes.id = (
  select max(id) from _panoptic_changes where property_id = properties.id and subject_id = :subject
)
join _panoptic_changesets as changesets on changesets.id = changes.changeset_id
where properties.scope = :scope and properties.deleted_at is null
"""


def last_said(conn: sqlite3.Connection, scope: Scope, subject: int) -> dict[int, Provenance]:
    """Return for each property that was ever changed of an image or instance (the scope) who did so last."""
    rows = conn.execute(LAST, {"scope": scope, "subject": subject})
    return {property_id: Provenance(private(actor, None), at) for property_id, actor, at in rows}
