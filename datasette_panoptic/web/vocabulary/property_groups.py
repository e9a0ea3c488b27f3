"""Headings of properties over HTTP, the order of both, and changes of type."""

from __future__ import annotations

from typing import Any, get_args

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.fields import FIELD_TYPES
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query.orders import version
from datasette_panoptic.store import properties, property_types
from datasette_panoptic.store import property_groups as store
from datasette_panoptic.web.http.answer import actor_of, answer, written
from datasette_panoptic.web.http.body import body, id_of, one_of
from datasette_panoptic.web.http.visit import Visit

from .api import made

PAGE = "/properties"
STEPS = get_args(store.Direction)
ON_FAILING = get_args(property_types.OnFailing)


async def create(visit: Visit) -> Response:
    """Make a group of properties: `name`. The answer has its `id`."""
    name = (await body(visit, "name")).text("name").strip()
    return await made(visit, lambda conn: store.create(conn, name, actor=actor_of(visit)), f"{PAGE}#group-")


async def rename(visit: Visit) -> Response:
    """Give a group another `name`."""
    group_id = int(visit.request.url_vars["group_id"])
    name = (await body(visit, "name")).text("name").strip()
    return await written(visit, lambda conn: store.rename(conn, group_id, name, actor=actor_of(visit)), back=PAGE)


async def delete(visit: Visit) -> Response:
    """Delete a group; its properties are deleted too if `properties` is `delete`, else they stand under no heading."""
    group_id = int(visit.request.url_vars["group_id"])
    asked = await body(visit, "properties")
    inside = one_of(asked.text("properties", "keep"), "properties", ("keep", "delete"))
    return await written(
        visit,
        lambda conn: store.delete(conn, group_id, with_properties=inside == "delete", actor=actor_of(visit)),
        back=PAGE,
    )


async def move(visit: Visit) -> Response:
    """Put a group one `step` `up` or `down`."""
    group_id = int(visit.request.url_vars["group_id"])
    step = one_of((await body(visit, "step")).text("step"), "step", STEPS)
    return await written(visit, lambda conn: store.move(conn, group_id, step, actor=actor_of(visit)), back=PAGE)


async def move_property(visit: Visit) -> Response:
    """Put a property one `step` `up` or `down`, from the end of one group to the beginning of the next."""
    property_id = int(visit.request.url_vars["property_id"])
    step = one_of((await body(visit, "step")).text("step"), "step", STEPS)
    return await written(
        visit, lambda conn: store.move_property(conn, property_id, step, actor=actor_of(visit)), back=PAGE
    )


async def arrange(visit: Visit) -> Response:
    """Put groups and properties in an `order`, `[{group, properties}, …]` of ids; what it does not name comes after.

    A null `group` has the properties under no heading.
    """
    asked = await body(visit, "order")
    order = _order(asked.values.get("order"))
    return await written(visit, lambda conn: store.arrange(conn, order, actor=actor_of(visit)), back=PAGE)


def _order(given: object) -> list[tuple[int | None, list[int]]]:
    fault = BadQuery("`order` is a list of objects with `group`, an id or null, and `properties`, a list of ids")
    if not isinstance(given, list):
        raise fault
    order = []
    for heading in given:
        if not isinstance(heading, dict) or heading.keys() != {"group", "properties"}:
            raise fault
        group, inside = heading["group"], heading["properties"]
        if not isinstance(inside, list):
            raise fault
        order.append((None if group is None else id_of(group, "group"), [id_of(each, "properties") for each in inside]))
    return order


async def property_json(visit: Visit) -> Response:
    """Send a property: with how many `values` there are of it, and the `types` that it can change to."""
    property_id = int(visit.request.url_vars["property_id"])

    def read(conn: Any) -> dict[str, Any]:
        row = properties.get(conn, property_id)
        listed = next(each for each in properties.listed(conn) if each["id"] == property_id)
        return {
            **listed,
            "values": properties.count_values(conn, row),
            "types": property_types.targets(row["type"]),
        }

    return Response.json(await visit.read(read))


async def type_preview(visit: Visit) -> property_types.TypePreview:
    """Tell what changing a property's type to `type` would do, with the values that do not suit it."""
    property_id = int(visit.request.url_vars["property_id"])
    asked = dict(visit.pairs)
    type_ = one_of(asked.get("type", ""), "type", FIELD_TYPES)
    return await visit.read(lambda conn: property_types.preview(conn, property_id, type_))


async def change_type(visit: Visit) -> Response:
    """Give a property another `type`; values that do not suit it make that fail, or are erased if `failing` is `erase`.

    The answer has the `id` that the property then has.
    """
    property_id = int(visit.request.url_vars["property_id"])
    asked = await body(visit, "type", "failing")
    type_ = one_of(asked.text("type"), "type", FIELD_TYPES)
    failing = one_of(asked.text("failing", "refuse"), "failing", ON_FAILING)

    def act(conn: Any) -> tuple[int, Applied, str]:
        changed = property_types.change_type(conn, property_id, type_, failing=failing, actor=actor_of(visit))
        return *changed, str(version(conn))

    new_id, done, at = await visit.write(act)
    if visit.wants_page:
        return Response.redirect(f"{visit.base}{PAGE}#property-{new_id}", status=303)
    return answer(done, at, id=new_id)
