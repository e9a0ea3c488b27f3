"""Properties and tags over HTTP: what there is to say, listed, made, changed, merged and deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.fields import FIELD_TYPES, SCOPES, SYSTEM_FIELDS
from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.query.annotate import color_of
from datasette_panoptic.query.operators import OPERATORS
from datasette_panoptic.query.orders import fields
from datasette_panoptic.query.orders import version as version_of
from datasette_panoptic.store import properties as store
from datasette_panoptic.store import tags as tag_store
from datasette_panoptic.store.changelog import count

from .annotate import actor_of, answer, written
from .body import Body, body
from .media import one_of, whole
from .visit import Visit


async def properties(visit: Visit) -> Response:
    """Send the fields to filter, sort and group by, and each type's operators. A field with a null `id` is built in."""
    of_system = [
        {"id": None, "name": field.name, "type": field.type, "scope": field.scope, "group": None, "position": None,
         "description": None}
        for field in SYSTEM_FIELDS
    ]  # fmt: skip
    operators: dict[str, list[dict[str, str]]] = {type_: [] for type_ in FIELD_TYPES}
    for (key, type_), operator in OPERATORS.items():
        operators[type_].append({"key": key, "operands": operator.operands})
    found = await visit.read(store.listed)
    return Response.json({"fields": [*of_system, *found], "operators": operators})


async def create_property(visit: Visit) -> Response:
    """Make a property: `name`, `type`, `scope` (image, if not given) and `description`. The answer has its `id`."""
    asked = await body(visit, "name", "type", "scope", "description")
    name = asked.text("name").strip()
    type_ = one_of(asked.text("type"), "type", FIELD_TYPES)
    scope = one_of(asked.text("scope", "image"), "scope", SCOPES)
    description = asked.text_or_none("description")
    return await _made(visit, lambda conn: store.create(conn, name, type_, scope, description, actor=actor_of(visit)))


async def change_property(visit: Visit) -> Response:
    """Change a property's `name`, `description`, `position` or `group`, a heading that is made if there is none."""
    property_id = int(visit.request.url_vars["property_id"])
    asked = await body(visit, "name", "description", "position", "group")
    columns = _changed(asked, "description", "group")
    if "name" in asked:
        columns["name"] = asked.text("name").strip()
    if "position" in asked:
        columns["position"] = asked.id("position")
    return await written(visit, lambda conn: store.change(conn, property_id, actor=actor_of(visit), **columns))


async def delete_property(visit: Visit) -> Response:
    """Delete a property with its values; `undo` brings both back."""
    property_id = int(visit.request.url_vars["property_id"])
    await body(visit)
    return await written(visit, lambda conn: store.delete(conn, property_id, actor=actor_of(visit)))


async def tags(visit: Visit) -> Response:
    """Send the tags of a `property`, by its id, each with its parents and with how many have it, or one below it."""
    asked = dict(visit.pairs)
    for name in asked:
        if name != "property":
            raise BadQuery(f"unknown key `{name}`; known: property")
    property_id = whole(asked.get("property", ""), "property")

    def read(conn: Any) -> dict[str, object]:
        _require_tags(conn, property_id)
        return {"version": str(version_of(conn)), "tags": [asdict(tag) for tag in tag_store.listed(conn, property_id)]}

    return Response.json(await visit.read(read))


async def create_tag(visit: Visit) -> Response:
    """Make a tag of a `property`: `name`, `color`, `parent`. The answer has its `id`, also where there was one."""
    asked = await body(visit, "property", "name", "color", "parent")
    property_id, parent, color = asked.id("property"), asked.id_or_none("parent"), _color(asked)
    name = asked.text("name").strip()

    def make(conn: Any) -> int:
        _require_tags(conn, property_id)
        return tag_store.create(conn, property_id, name, color, parent=parent, actor=actor_of(visit))

    return await _made(visit, make)


async def change_tag(visit: Visit) -> Response:
    """Change a tag's `name`, `color`, `description` or `uri`; null takes one of the last three away."""
    asked = await body(visit, "name", "color", "description", "uri")
    columns = _changed(asked, "description", "uri")
    if "name" in asked:
        columns["name"] = asked.text("name").strip()
    if "color" in asked:
        columns["color"] = _color(asked)
    return await written(visit, lambda conn: tag_store.change(conn, _tag(visit), actor=actor_of(visit), **columns))


async def change_parents(visit: Visit) -> Response:
    """Put a tag below the tags `add` and take it from below `remove`, each an id or a list of ids, in one changeset."""
    asked = await body(visit, "add", "remove")
    add, remove = asked.ids("add"), asked.ids("remove")
    if not add and not remove:
        raise BadQuery("`add` and `remove` are missing; give at least one tag's id")
    return await written(
        visit,
        lambda conn: tag_store.move(conn, _tag(visit), below_tags=add, away_from=remove, actor=actor_of(visit)),
    )


async def merge_tag(visit: Visit) -> Response:
    """Give everything that has this tag the tag `into` instead, with its parents and children."""
    into = (await body(visit, "into")).id("into")
    if into == _tag(visit):
        raise BadQuery("`into` is the tag itself; name another one")
    return await written(visit, lambda conn: tag_store.merge(conn, [_tag(visit)], into, actor=actor_of(visit)))


async def delete_tag(visit: Visit) -> Response:
    """Take a tag from everything that has it, and out of the vocabulary; `undo` brings both back."""
    await body(visit)
    return await written(visit, lambda conn: tag_store.delete(conn, _tag(visit), actor=actor_of(visit)))


async def _made(visit: Visit, make: Callable[[Any], int]) -> Response:
    """Make a row of the vocabulary, and answer with its id; one that there was already is no change."""

    def act(conn: Any) -> tuple[int, Applied, str]:
        before = version_of(conn)
        made, after = make(conn), version_of(conn)
        is_new = after != before
        done = Applied(after.changeset, count(conn, after.changeset)) if is_new else Applied(None, 0)
        return made, done, str(after)

    made, done, at = await visit.write(act)
    return answer(done, at, id=made)


def _changed(asked: Body, *names: str) -> dict[str, Any]:
    return {name: asked.text_or_none(name) for name in names if name in asked}


def _color(asked: Body) -> str | None:
    color = asked.text_or_none("color")
    return None if color is None else color_of(color)


def _tag(visit: Visit) -> int:
    return int(visit.request.url_vars["tag_id"])


def _require_tags(conn: Any, property_id: int) -> None:
    """Raise NotThere unless there is such a property, BadQuery unless it has tags."""
    found = next((field for field in fields(conn).values() if field.property_id == property_id), None)
    if found is None:
        raise NotThere(f"no property `{property_id}` in this project")
    if not found.has_tags:
        raise BadQuery(f"`property`: `{found.name}` is of type {found.type} and has no tags")
