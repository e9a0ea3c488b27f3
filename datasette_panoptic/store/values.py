"""What properties say of images and instances, for one or many at once. Reads only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.fields import SCOPES, TAG_TYPES
from datasette_panoptic.domain.query import Mode

from .corpus import SHOWN
from .people_views import quoted

Value = str | int | float | bytes | None


@dataclass(frozen=True)
class NamedTag:
    id: int
    name: str
    color: str | None


@dataclass(frozen=True)
class Said:
    """A property that is set: its value or, for a tag property, its tags by name."""

    property_id: int
    name: str
    type: str
    value: Value = None
    tags: tuple[NamedTag, ...] = ()


@dataclass(frozen=True)
class Cell:
    """An instance or image, with what is said of it in the order of the panel."""

    id: int
    image_id: int
    said: tuple[Said, ...]


def said_of(conn: sqlite3.Connection, mode: Mode, ids: Sequence[int]) -> list[Cell]:
    """Return the cells of ids that exist, in the order of the ids.

    Of an instance properties of both scopes are said; of an image, which may have several, only those of images.
    """
    if mode == "instances":
        sql = "select id, image_id from instances where id in (select value from json_each(?))"
    else:
        sql = f"select id, id from images where id in (select value from json_each(?)) and {SHOWN.format('images.id')}"
    images: dict[int, int] = dict(conn.execute(sql, [json.dumps(list(ids))]).fetchall())
    of_images = statements(conn, "image", sorted(set(images.values())))
    of_instances = statements(conn, "instance", sorted(images)) if mode == "instances" else {}
    return [
        Cell(id_, images[id_], (*of_images.get(images[id_], ()), *of_instances.get(id_, ())))
        for id_ in dict.fromkeys(ids)
        if id_ in images
    ]


def statements(conn: sqlite3.Connection, scope: str, subjects: Sequence[int]) -> dict[int, list[Said]]:
    """Return what is said of images or instances (the scope), of each in the order of the panel."""
    assert scope in SCOPES
    properties = conn.execute(
        "select id, name, type from properties where scope = ? and deleted_at is null order by position, id", [scope]
    ).fetchall()
    columns = [name for _, name, type_ in properties if type_ not in TAG_TYPES]
    wanted = json.dumps(list(subjects))
    values: dict[int, dict[str, Value]] = {}
    if columns:
        rows = conn.execute(
            f"select {scope}_id, {', '.join(map(quoted, columns))} from {scope}_values "
            f"where {scope}_id in (select value from json_each(?))",
            [wanted],
        )
        values = {subject: dict(zip(columns, row, strict=True)) for subject, *row in rows}
    links = _links(conn, scope, wanted) if len(columns) < len(properties) else {}
    said: dict[int, list[Said]] = {}
    for subject in subjects:
        own = values.get(subject, {})
        for property_id, name, type_ in properties:
            value, tags = own.get(name), links.get((subject, property_id), ())
            if value is not None or tags:
                said.setdefault(subject, []).append(Said(property_id, name, type_, value, tuple(tags)))
    return said


def _links(conn: sqlite3.Connection, scope: str, subjects: str) -> dict[Any, list[NamedTag]]:
    """Return the tags of subjects, given as JSON, by subject and property."""
    rows = conn.execute(
        f"select {scope}_id, property_id, tags.id, tags.name, color from {scope}_tags "
        f"join tags on tags.id = tag_id where {scope}_id in (select value from json_each(?)) "
        "order by tags.name collate panoptic",
        [subjects],
    )
    tags_of: dict[Any, list[NamedTag]] = {}
    for subject, property_id, *tag in rows:
        tags_of.setdefault((subject, property_id), []).append(NamedTag(*tag))
    return tags_of
