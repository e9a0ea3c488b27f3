"""Properties and tags over HTTP: what there is to say, listed, made, changed, merged and deleted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.fields import FIELD_TYPES, SCOPES, Field
from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.query import renaming, text
from datasette_panoptic.query.annotate import color_of, selection_of, selection_of_cells
from datasette_panoptic.query.operators import OPERATORS
from datasette_panoptic.query.orders import fields
from datasette_panoptic.query.orders import version as version_of
from datasette_panoptic.store import properties as store
from datasette_panoptic.store import property_groups, tag_merges
from datasette_panoptic.store import tags as tag_store
from datasette_panoptic.store.changelog import count
from datasette_panoptic.web.grid.filters import field_label
from datasette_panoptic.web.http.answer import actor_of, answer, cells_of, written
from datasette_panoptic.web.http.body import Body, address_keys, body, one_of, whole
from datasette_panoptic.web.http.render import compressed
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.similar.examples import learnt


async def properties(visit: Visit) -> Response:
    """Send the fields to filter, sort and group by, each type's operators, and the headings of properties.

    A field with a null `id` is built in; `derived` ones are of stored runs, with what they are called.
    """
    operators: dict[str, list[dict[str, str]]] = {type_: [] for type_ in FIELD_TYPES}
    for (key, type_), operator in OPERATORS.items():
        operators[type_].append({"key": key, "operands": operator.operands})
    listed, groups, known = await visit.read(
        lambda conn: (store.listed(conn), property_groups.listed(conn), fields(conn))
    )
    of_system = [
        {"id": None, "name": field.name, "type": field.type, "scope": field.scope, "group": None, "position": None,
         "description": None}
        for field in known.of_system
    ]  # fmt: skip
    derived = [
        {"id": None, "name": field.name, "type": field.type, "title": field_label(visit.words, field)}
        for field in known.values()
        if field.clustering is not None
    ]
    return Response.json(
        {"fields": [*of_system, *listed], "derived": derived, "operators": operators, "groups": groups}
    )


async def create_property(visit: Visit) -> Response:
    """Make a property: `name`, `type`, `scope` (image, if not given), `description` and `group`, a heading that is made
    if there is none. The answer has its `id`."""
    asked = await body(visit, "name", "type", "scope", "description", "group")
    name = asked.text("name").strip()
    type_ = one_of(asked.text("type"), "type", FIELD_TYPES)
    scope = one_of(asked.text("scope", "image"), "scope", SCOPES)
    description, group = asked.text_or_none("description"), asked.text_or_none("group")
    return await made(
        visit,
        lambda conn: store.create(conn, name, type_, scope, description, heading=group, actor=actor_of(visit)),
        "/properties#property-",
    )


async def change_property(visit: Visit) -> Response:
    """Change a property's `name`, `description`, `position` or `group`, a heading that is made if there is none."""
    property_id = int(visit.request.url_vars["property_id"])
    asked = await body(visit, "name", "description", "position", "group")
    columns = _changed(asked, "description", "group")
    if "name" in asked:
        columns["name"] = asked.text("name").strip()
    if "position" in asked:
        columns["position"] = asked.id("position")
    return await written(
        visit,
        lambda conn: renaming.change(conn, property_id, actor=actor_of(visit), **columns),
        back=f"/properties#property-{property_id}",
    )


async def delete_property(visit: Visit) -> Response:
    """Delete a property with its values; `undo` brings both back."""
    property_id = int(visit.request.url_vars["property_id"])
    await body(visit)
    return await written(visit, lambda conn: store.delete(conn, property_id, actor=actor_of(visit)))


async def tags(visit: Visit) -> Response:
    """Send the tags of a `property`, by its id, each with its parents and with how many have it, or one below it."""
    property_id = whole(address_keys(visit, "property").get("property", ""), "property")

    def read(conn: Any) -> dict[str, object]:
        require_tags(conn, property_id)
        return {"version": str(version_of(conn)), "tags": [vars(tag) for tag in tag_store.listed(conn, property_id)]}

    answered = json.dumps(await visit.read(read), ensure_ascii=False)
    return compressed(visit.request, answered, "application/json; charset=utf-8")


async def create_tag(visit: Visit) -> Response:
    """Make a tag of a `property`: `name`, `color`, `parent`. The answer has its `id`, also where there was one."""
    asked = await body(visit, "property", "name", "color", "parent")
    property_id, parent, color = asked.id("property"), asked.id_or_none("parent"), _color(asked)
    name = asked.text("name").strip()

    def make(conn: Any) -> int:
        require_tags(conn, property_id)
        return tag_store.create(conn, property_id, name, color, parent=parent, actor=actor_of(visit))

    return await made(visit, make, f"/tags/{property_id}?tag=")


async def change_tag(visit: Visit) -> Response:
    """Change a tag's `name`, `color`, `description` or `uri`; null takes one of the last three away."""
    tag_id, back = await _tag(visit)
    asked = await body(visit, "name", "color", "description", "uri")
    columns = _changed(asked, "description", "uri")
    if "name" in asked:
        columns["name"] = asked.text("name").strip()
    if "color" in asked:
        columns["color"] = _color(asked)
    return await written(
        visit,
        lambda conn: renaming.change_tag(conn, tag_id, actor=actor_of(visit), **columns),
        back=f"{back}?tag={tag_id}",
    )


async def change_parents(visit: Visit) -> Response:
    """Put a tag, and others in `also`, below the tags `add` and take them from below `remove`, in one changeset.

    Each is an id or a list of ids; forms may name the one to `add` as `add_name`.
    """
    asked = await body(visit, "add", "remove", "also", "add_name")
    remove, also = asked.ids("remove"), asked.ids("also")
    if not (asked.ids("add") or asked.text_or_none("add_name") or remove):
        raise BadQuery("`add` and `remove` are missing; give at least one tag's id")
    tag_id, back = await _tag(visit)

    def move(conn: Any) -> Applied:
        add = _named(conn, tag_id, asked, "add")
        return tag_store.move(conn, [tag_id, *also], below_tags=add, away_from=remove, actor=actor_of(visit))

    return await written(visit, move, back=f"{back}?tag={tag_id}")


async def merge_tag(visit: Visit) -> Response:
    """Give everything that has this tag, or one in `also`, the tag `into` instead, with its parents and children."""
    asked = await body(visit, "into", "also", "into_name")
    also = asked.ids("also")
    if not asked.text_or_none("into_name"):
        asked.id("into")
    tag_id, back = await _tag(visit)
    into = (await visit.read(lambda conn: _named(conn, tag_id, asked, "into")))[0]
    if into == tag_id:
        raise BadQuery("`into` is the tag itself; name another one")
    return await written(
        visit,
        lambda conn: renaming.merge_tags(conn, [tag_id, *also], into, actor=actor_of(visit)),
        back=f"{back}?tag={into}",
    )


async def split_tag(visit: Visit) -> Response:
    """Give those with this tag that `query` finds a new tag `name` instead. The answer has its `id`.

    With `positions` and `version` it is cells of that view, as for `/annotate`.
    """
    asked = await body(visit, "name", "query", "positions", "version")
    name, query = asked.text("name").strip(), await learnt(visit, text.parse_string(asked.text("query")))
    cells = await cells_of(visit, asked, query)
    tag_id, back = await _tag(visit)

    def split(conn: Any) -> tuple[int, Applied, str]:
        flat = replace(query, groups=(), sorts=())
        selection = selection_of(flat, fields(conn)) if cells is None else selection_of_cells(query.mode, cells)
        said = {"actor": actor_of(visit), "query": text.to_string(flat)}
        made, done = tag_merges.split(conn, tag_id, name, selection, **said)
        return made, done, str(version_of(conn))

    made, done, at = await visit.write(split)
    if visit.wants_page:
        return Response.redirect(f"{visit.base}{back}?tag={made}", status=303)
    return answer(done, at, id=made)


async def delete_tag(visit: Visit) -> Response:
    """Take a tag, and others in `also`, from all that has them, and out of the vocabulary; `undo` brings all back."""
    also = (await body(visit, "also")).ids("also")
    tag_id, back = await _tag(visit)
    return await written(visit, lambda conn: tag_merges.delete(conn, [tag_id, *also], actor=actor_of(visit)), back=back)


async def made(visit: Visit, make: Callable[[Any], int], back: str) -> Response:
    """Make a row of the vocabulary, and answer with its id; one that there was already is no change.

    A form is sent to the page `back` with the id at its end.
    """

    def act(conn: Any) -> tuple[int, Applied, str]:
        before = version_of(conn)
        made, after = make(conn), version_of(conn)
        is_new = after != before
        done = Applied(after.changeset, count(conn, after.changeset)) if is_new else Applied(None, 0)
        return made, done, str(after)

    made, done, at = await visit.write(act)
    if visit.wants_page:
        return Response.redirect(f"{visit.base}{back}{made}", status=303)
    return answer(done, at, id=made)


def _changed(asked: Body, *names: str) -> dict[str, Any]:
    return {name: asked.text_or_none(name) for name in names if name in asked}


def _color(asked: Body) -> str | None:
    color = asked.text_or_none("color")
    return None if color is None else color_of(color)


async def _tag(visit: Visit) -> tuple[int, str]:
    """Return the tag that an address names, and the page that it is on. Raises NotThere."""
    tag_id = int(visit.request.url_vars["id"])
    return tag_id, f"/tags/{(await visit.read(lambda conn: tag_store.get(conn, tag_id)))['property_id']}"


def _named(conn: Any, tag_id: int, asked: Body, field: str) -> list[int]:
    """Return the tags that a field has the ids of, and the one whose name a form gave. Raises NotThere."""
    name = asked.text_or_none(f"{field}_name")
    property_id = tag_store.get(conn, tag_id)["property_id"]
    return [*asked.ids(field), *([tag_store.named(conn, property_id, name.strip())] if name else [])]


def require_tags(conn: Any, property_id: int) -> Field:
    """Return a tag property. Raises NotThere unless there is such a property, BadQuery unless it has tags."""
    wanted = next((field for field in fields(conn).values() if field.property_id == property_id), None)
    if wanted is None:
        raise NotThere(f"no property `{property_id}` in this project")
    if not wanted.has_tags:
        raise BadQuery(f"`property`: `{wanted.name}` is of type {wanted.type} and has no tags")
    return wanted
