"""What the image page says of an image's properties: a line for each, set or not, and a table of its instances."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from datasette_panoptic.domain.fields import TAG_TYPES, Scope
from datasette_panoptic.domain.values import join_tags, write
from datasette_panoptic.store import edits
from datasette_panoptic.store.details import Occurrence
from datasette_panoptic.store.property_groups import headings
from datasette_panoptic.store.provenance import Provenance, last_said
from datasette_panoptic.store.values import Said, statements
from datasette_panoptic.web.http.answer import plain
from datasette_panoptic.web.http.visit import Visit

from .contexts import InstanceRow, InstanceTable, InstanceView, Pane, PaneRow, TagView

#: Schemes of a property's value that become a link; any other may run as code.
LINK_SCHEMES = ("http://", "https://")

HUE = re.compile("#[0-9a-fA-F]{6}")

#: Instances in the table: images with more exist, and their page must not wait for all of them.
MOST = 200


@dataclass(frozen=True)
class Statements:
    """What is said of an image, of its instance that is shown, and of all its instances, with who said it last."""

    properties: list[edits.Row]
    said: Mapping[Scope, Mapping[int, Said]]
    provenance: Mapping[Scope, Mapping[int, Provenance]]
    by_instance: Mapping[int, Mapping[int, Said]]


def read(conn: Any, image_id: int, instance_id: int | None, occurrences: Sequence[Occurrence]) -> Statements:
    """Read it. Properties come in the order of the panel, those under no heading first."""
    properties = [row for heading in headings(conn) for row in heading.properties]
    shown = [occurrence.id for occurrence in occurrences[:MOST]]
    wanted = sorted({*shown, *([instance_id] if instance_id else [])})
    by_instance = {
        instance: {said.property_id: said for said in said_of_it}
        for instance, said_of_it in statements(conn, "instance", wanted).items()
    }
    of_image = statements(conn, "image", [image_id]).get(image_id, [])
    return Statements(
        properties,
        {
            "image": {said.property_id: said for said in of_image},
            "instance": by_instance.get(instance_id or 0, {}),
        },
        {
            "image": last_said(conn, "image", image_id),
            "instance": last_said(conn, "instance", instance_id) if instance_id else {},
        },
        by_instance,
    )


def panes(visit: Visit, statements: Statements, instance_id: int | None, *, can_edit: bool) -> list[Pane]:
    """Return the lines of both scopes; what is unset is shown to those who may set it."""
    written = instance_id if can_edit else None
    return [
        Pane(scope, visit.words(f"pane.{scope}"), _rows(visit, statements, scope, with_unset=can_edit), written)
        for scope in ("image", "instance")
    ]


def _rows(visit: Visit, statements: Statements, scope: Scope, *, with_unset: bool) -> list[PaneRow]:
    rows = []
    for property_ in statements.properties:
        said = statements.said[scope].get(property_["id"])
        if property_["scope"] != scope or not (said or with_unset):
            continue
        last = statements.provenance[scope].get(property_["id"])
        row = row_of(visit, property_, said)
        rows.append(replace(row, said=_when(visit, last)) if last else row)
    return rows


def table(visit: Visit, statements: Statements, instances: Sequence[InstanceView]) -> InstanceTable | None:
    """Return the table of all instances, where there are several and something to say of them."""
    columns = [row for row in statements.properties if row["scope"] == "instance"]
    if len(instances) < 2 or not columns:
        return None
    more = len(instances) - MOST
    return InstanceTable(
        visit.words("image.table"),
        [row["name"] for row in columns],
        [
            InstanceRow(
                instance.id, instance.name, instance.href, instance.is_current,
                [row_of(visit, row, statements.by_instance.get(instance.id, {}).get(row["id"])) for row in columns],
            )
            for instance in instances[:MOST]
        ],
        note=visit.words.count("image.table_more", more) if more > 0 else "",
    )  # fmt: skip


def row_of(visit: Visit, property_: edits.Row, said: Said | None) -> PaneRow:
    row = PaneRow(property_["name"], property_["name"], "", property_id=property_["id"], type=property_["type"])
    row = replace(row, group=property_["group"], description=property_["description"])
    if said is None:
        return row
    value = str(said.value)
    if said.tags:
        value = ", ".join(tag.name for tag in said.tags)
    elif said.type == "checkbox":
        value = visit.words("value.yes" if said.value else "value.no")
    elif said.type == "color":
        value = visit.words.color(value)
    tags = [TagView(tag.id, tag.name, hue(tag.color)) for tag in said.tags]
    return replace(
        row,
        value=value,
        href=value if said.type == "url" and value.lower().startswith(LINK_SCHEMES) else None,
        tags=tags,
        color=hue(str(said.value)) if said.type == "color" else None,
        plain=[asdict(tag) for tag in tags] if said.type in TAG_TYPES else plain(said),
        text=_written(said),
    )


def _written(said: Said) -> str:
    """Return a value as `annotate` reads it back."""
    if said.type in TAG_TYPES:
        return join_tags(tag.name for tag in said.tags)
    if said.type == "checkbox" or isinstance(said.value, int | float):
        return write(said.value, "checkbox" if said.type == "checkbox" else "number")  # type: ignore[arg-type]
    return str(said.value)


def _when(visit: Visit, last: Provenance) -> str:
    at = visit.words.moment(last.at)
    return visit.words("image.said", actor=last.actor or visit.nobody, at=at)


def hue(text: str | None) -> str | None:
    """Return a colour, unless the file has something else in its place: it goes into a style."""
    return text if text and HUE.fullmatch(text) else None
