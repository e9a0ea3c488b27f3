"""The page of the properties: what there is to say, in the order of the panel, and forms to change it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasette import Response

from datasette_panoptic.domain.fields import FIELD_TYPES, SCOPES, TAG_TYPES, Field
from datasette_panoptic.domain.query import Condition, Grouping, Query, Sort
from datasette_panoptic.query import text
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store import edits, property_types
from datasette_panoptic.store import properties as store
from datasette_panoptic.store.property_groups import Heading, headings
from datasette_panoptic.store.property_types import Failing, TypePreview
from datasette_panoptic.web.grid.filters import field_label
from datasette_panoptic.web.http.body import address_keys, one_of, whole
from datasette_panoptic.web.http.frame import Frame, Link, Option
from datasette_panoptic.web.http.render import render
from datasette_panoptic.web.http.visit import Visit, with_query

KEYS = ("property", "type")


@dataclass(frozen=True)
class PropertyView:
    """A property. `count` has the images or instances with a value; the address is null for who may not change it."""

    id: int
    name: str
    type: str
    type_label: str
    scope: str
    scope_label: str
    group: str | None
    description: str | None
    count: int
    count_label: str
    links: list[Link]
    types: list[Option]
    url: str | None
    delete_label: str


@dataclass(frozen=True)
class HeadingView:
    """A group of properties; the first of a page is none, and has neither id nor name."""

    id: int | None
    name: str | None
    properties: list[PropertyView]
    url: str | None


@dataclass(frozen=True)
class TypeChange:
    """What a change of type would do, before it is done. `failing` is empty where all values suit the type."""

    property_id: int
    title: str
    type: str
    converts: str
    failing: str
    fails: list[Failing]
    shown: str
    tags: str
    url: str


@dataclass(frozen=True)
class TypeOption:
    """A type or scope to choose, with a line that explains it."""

    key: str
    label: str
    explained: str


@dataclass(frozen=True)
class PropertiesPage:
    """Headings with their properties, then what the project itself knows of images."""

    frame: Frame
    headings: list[HeadingView]
    is_empty: bool
    groups: list[str]
    types: list[TypeOption]
    scopes: list[TypeOption]
    change: TypeChange | None
    of_system: list[Link]


async def page(visit: Visit) -> Response:
    """The properties in the order of the panel, with links to what they say and forms that change them."""
    return await render(visit, "properties", await _page(visit))


async def _page(visit: Visit) -> PropertiesPage:
    asked = {name: value for name, value in address_keys(visit, *KEYS).items() if value}
    frame = await visit.frame(visit.words("properties.title"))
    wanted = None
    if frame.can_edit and "property" in asked and "type" in asked:
        wanted = whole(asked["property"], "property"), one_of(asked["type"], "type", FIELD_TYPES)

    def read(conn: Any) -> tuple[list[Heading], dict[int, int], list[Field], tuple[edits.Row, TypePreview] | None]:
        panel = headings(conn)
        counts = {row["id"]: store.count_values(conn, row) for heading in panel for row in heading.properties}
        seen = (store.get(conn, wanted[0]), property_types.preview(conn, *wanted)) if wanted else None
        return panel, counts, fields(conn).of_system, seen

    panel, counts, of_system, seen = await visit.read(read)
    shown = [_heading(visit, heading, counts, can_edit=frame.can_edit) for heading in panel]
    return PropertiesPage(
        frame,
        shown,
        is_empty=not any(heading.properties for heading in shown) and len(shown) == 1,
        groups=[heading.name for heading in shown if heading.name],
        types=[_option(visit, "type", type_) for type_ in FIELD_TYPES],
        scopes=[_option(visit, "scope", scope) for scope in SCOPES],
        change=_change(visit, *seen) if seen else None,
        of_system=[Link(field_label(visit.words, field), _grouped(visit, field.name)) for field in of_system],
    )


def _option(visit: Visit, kind: str, key: str) -> TypeOption:
    return TypeOption(key, visit.words(f"{kind}.{key}"), visit.words(f"{kind}.{key}.long"))


def _heading(visit: Visit, heading: Heading, counts: dict[int, int], *, can_edit: bool) -> HeadingView:
    return HeadingView(
        heading.id,
        heading.name,
        [_property(visit, row, counts[row["id"]], can_edit=can_edit) for row in heading.properties],
        f"{visit.base}/property-groups/{heading.id}" if can_edit and heading.id else None,
    )


def _property(visit: Visit, row: edits.Row, count: int, *, can_edit: bool) -> PropertyView:
    words, name = visit.words, row["name"]
    has_value = Query(where=(Condition(name, "notblank", ("1",)),))
    links = [
        Link(words("properties.filter"), with_query(visit.base, text.to_pairs(has_value))),
        Link(words("properties.sort"), with_query(visit.base, text.to_pairs(Query(sorts=(Sort(name),))))),
        Link(words("properties.group"), _grouped(visit, name)),
    ]
    if row["type"] in TAG_TYPES:
        links.append(Link(words("properties.tags"), f"{visit.base}/tags/{row['id']}"))
    return PropertyView(
        row["id"],
        name,
        row["type"],
        words(f"type.{row['type']}"),
        row["scope"],
        words(f"scope.{row['scope']}"),
        row["group"],
        row["description"],
        count,
        words.count("properties.values", count),
        links,
        [Option(type_, words(f"type.{type_}")) for type_ in property_types.targets(row["type"])],
        f"{visit.base}/properties/{row['id']}" if can_edit else None,
        words.count("properties.delete", count),
    )


def _grouped(visit: Visit, name: str) -> str:
    return with_query(visit.base, text.to_pairs(Query(groups=(Grouping(name),))))


def _change(visit: Visit, row: edits.Row, seen: TypePreview) -> TypeChange:
    words = visit.words
    more = seen.failing - sum(failing.count for failing in seen.fails)
    return TypeChange(
        row["id"],
        words("properties.change_title", name=row["name"], type=words(f"type.{seen.type}")),
        seen.type,
        words.count("properties.converts", seen.converts),
        words.count("properties.failing", seen.failing) if seen.failing else "",
        list(seen.fails),
        words.count("properties.more_failing", more) if more else "",
        words.count("properties.makes_tags", seen.tags) if seen.tags else "",
        f"{visit.base}/properties/{row['id']}/type",
    )
