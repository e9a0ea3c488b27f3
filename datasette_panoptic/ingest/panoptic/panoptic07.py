"""Read a project of Panoptic 0.7: `panoptic.db`, in which values are JSON and tags are lists of ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import FIELD_TYPES, TAG_TYPES, FieldType
from datasette_panoptic.domain.old import (
    OldFolder,
    OldInstance,
    OldPicture,
    OldProject,
    OldProperty,
    OldTab,
    OldTag,
    OldVectors,
)

#: Types that Panoptic has besides: shown as a path or an image, kept as a text.
ALSO: dict[str, FieldType] = {"path": "text", "image_link": "url", "string": "text"}

SYSTEM = {-1: "id", -2: "sha1", -3: "ahash", -4: "folder", -5: "width", -6: "height", -7: "path"}

#: Of tables that a project may lack: 0.7.0 has neither maps nor atlas.
MAPS = "select name, count(*) from maps group by name"


def read(path: str, conn: sqlite3.Connection, require_unchanged: Callable[[], None]) -> OldProject:
    there = {row[0] for row in conn.execute("select name from sqlite_master where type = 'table'")}
    ui = dict(_json_rows(conn, "select key, value from ui_data order by key")) if "ui_data" in there else {}
    maps = [name for name, _ in conn.execute(MAPS)] if "maps" in there else []
    return OldProject(
        path=path,
        version="0.7",
        real_sha1=False,
        folders=tuple(OldFolder(*row) for row in conn.execute("select id, parent, path from folders order by path")),
        properties=tuple(in_order(_properties(conn), _order(ui), _groups(conn))),
        system=SYSTEM,
        tabs=tuple(_tabs(ui)),
        vectors=vector_types(conn, "vector_type") if "vector_type" in there else (),
        left=(f"maps: {', '.join(maps)}",) if maps else (),
        instances=lambda: _instances(conn),
        values=lambda described: _values(conn, described),
        picture=lambda sha1: _picture(conn, sha1, raw="raw_images" in there),
        vector=lambda vectors, sha1: vector_of(conn, vectors, sha1),
        require_unchanged=require_unchanged,
    )


def parse(raw: object) -> object:
    """Read what a column of type JSON holds: SQLite turns numbers into its own, and keeps the rest as text."""
    return json.loads(raw) if isinstance(raw, str | bytes) else raw


def _json_rows(conn: sqlite3.Connection, sql: str) -> Iterator[tuple[Any, Any]]:
    for key, raw in conn.execute(sql):
        try:
            yield key, parse(raw)
        except ValueError:
            continue  # a setting of the page that nobody could read there either


def field_type(name: str | None) -> FieldType:
    type_ = next((type_ for type_ in FIELD_TYPES if type_ == name), None)
    return type_ or ALSO.get(name or "", "text")


def color_of(raw: object) -> int | None:
    return int(str(raw)) if str(raw).isdecimal() else None


def parents_of(raw: object) -> tuple[int, ...]:
    """Read the ids of a tag's parents; 0 stood for the root before version 3."""
    try:
        parents = parse(raw)
    except ValueError:
        return ()
    return tuple(int(parent) for parent in parents if parent) if isinstance(parents, list) else ()


def _groups(conn: sqlite3.Connection) -> dict[int, str]:
    return dict(conn.execute("select id, name from property_group").fetchall())


def _properties(conn: sqlite3.Connection) -> list[tuple[OldProperty, int | None]]:
    tags: dict[int, list[OldTag]] = {}
    for id_, property_id, name, parents, color in conn.execute(
        "select id, property_id, value, parents, color from tags order by id"
    ):
        tags.setdefault(property_id, []).append(OldTag(id_, name, color_of(color), parents_of(parents)))
    return [
        (
            OldProperty(
                id_,
                str(name or ""),
                field_type(type_),
                "image" if mode == "sha1" else "instance",
                tags=tuple(tags.get(id_, ())),
                was="" if type_ in FIELD_TYPES else str(type_),
            ),
            group,
        )
        for id_, name, type_, mode, group in conn.execute(
            "select id, name, type, mode, property_group_id from properties order by id"
        )
    ]


def in_order(
    properties: Sequence[tuple[OldProperty, int | None]], order: Mapping[str, Any], groups: Mapping[int, str]
) -> Iterator[OldProperty]:
    """Put properties below their headings, both in the order that somebody gave them, those without one last."""
    known_places: dict[str, Any] = {kind: order.get(kind) for kind in ("groups", "properties")}

    def place(kind: str, id_: int) -> float:
        places = known_places[kind]
        place = places.get(str(id_)) if isinstance(places, dict) else None
        return place if isinstance(place, int | float) else float("inf")

    def key(pair: tuple[OldProperty, int | None]) -> tuple[float, float, float, int]:
        known, group = pair
        grouped = place("groups", group) if group in groups and group is not None else float("inf")
        return grouped, group or float("inf"), place("properties", known.id), known.id

    for known, group in sorted(properties, key=key):
        yield OldProperty(known.id, known.name, known.type, known.anchor, groups.get(group or 0), known.tags, known.was)


def _of_users(ui: Mapping[str, Any], key: str) -> Iterator[Any]:
    """Yield what each user has under a key: `user:0.tabs`, and `tabs` from before there were users."""
    for name, setting in ui.items():
        if name == key or (name.startswith("user:") and name.endswith(f".{key}")):
            yield setting


def _order(ui: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((order for order in _of_users(ui, "propertyOrder") if isinstance(order, dict)), {})


def _tabs(ui: Mapping[str, Any]) -> Iterator[OldTab]:
    for tabs in _of_users(ui, "tabs"):
        states = tabs.values() if isinstance(tabs, dict) else tabs if isinstance(tabs, list) else ()
        for state in states:
            if isinstance(state, dict):
                yield OldTab(str(state.get("name") or "Tab"), state)


def vector_types(conn: sqlite3.Connection, table: str) -> tuple[OldVectors, ...]:
    """Return the types of vectors that a table lists, named by the plugin that made them and its model."""
    counted = f"(select count(*) from vectors where type_id = {table}.id)"
    spaces = []
    for id_, source, raw, count in conn.execute(f"select id, source, params, {counted} from {table} order by id"):
        try:
            params = parse(raw)
        except ValueError:
            params = None
        known = params if isinstance(params, dict) else {}
        name = f"{source} {known['model']}" if known.get("model") else str(source)
        spaces.append(OldVectors(id_, name, known, count))
    return tuple(spaces)


def vector_of(conn: sqlite3.Connection, vectors: OldVectors, sha1: str) -> bytes | None:
    row = conn.execute("select data from vectors where type_id = ? and sha1 = ?", [vectors.id, sha1]).fetchone()
    return row[0] if row and isinstance(row[0], bytes) else None


def _instances(conn: sqlite3.Connection) -> Iterator[OldInstance]:
    rows = conn.execute(
        "select id, folder_id, name, null, sha1, width, height, extension from instances order by folder_id, name, id"
    )
    return (OldInstance(*row) for row in rows)


def _values(conn: sqlite3.Connection, described: OldProperty) -> Iterator[tuple[int | str, object]]:
    table, key = ("image", "sha1") if described.anchor == "image" else ("instance", "instance_id")
    rows = conn.execute(f"select {key}, value from {table}_property_values where property_id = ?", [described.id])
    for anchor, raw in rows:
        try:
            value = parse(raw)
        except ValueError:
            value = raw
        if described.type in TAG_TYPES:
            yield anchor, value if isinstance(value, list) else [value]
        elif value is not None and value != "":
            yield anchor, value


SIZES = (("images", "large"), ("images", "medium"), ("images", "small"))


def _picture(conn: sqlite3.Connection, sha1: str, *, raw: bool) -> OldPicture | None:
    for table, column in ((("raw_images", "data"),) if raw else ()) + SIZES:
        row = conn.execute(f"select {column} from {table} where sha1 = ?", [sha1]).fetchone()
        if row and row[0]:
            return OldPicture(row[0], whole=column == "data")
    return None
