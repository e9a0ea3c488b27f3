"""The properties beside the grid: under their headings, each leading to the view grouped by it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.query import Grouping
from datasette_panoptic.query import text
from datasette_panoptic.store.property_groups import headings
from datasette_panoptic.web.grid.form import FORM_KEYS
from datasette_panoptic.web.grid.layout import kept_layout
from datasette_panoptic.web.http.frame import Link
from datasette_panoptic.web.http.visit import Visit, with_query


@dataclass(frozen=True)
class ListedHeading:
    """A heading, null for what stands under none, with the properties below it."""

    name: str | None
    properties: list[Link]


async def listed(visit: Visit) -> list[ListedHeading]:
    """Return the panel from top to bottom; each property groups the view that the address asks for."""
    query, kept = visit.query(*FORM_KEYS), kept_layout(visit)
    grouped = {name_key(grouping.field) for grouping in query.groups}

    def link(name: str) -> Link:
        groups = (*query.groups, Grouping(name))
        pairs = text.to_pairs(query if name_key(name) in grouped else replace(query, groups=groups))
        return Link(name, with_query(visit.base, pairs, kept), name_key(name) in grouped)

    return [
        ListedHeading(heading.name, [link(row["name"]) for row in heading.properties])
        for heading in await visit.read(headings)
        if heading.properties
    ]
