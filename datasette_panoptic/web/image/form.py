"""The forms of the image page: a property's value, written without a script."""

from __future__ import annotations

from datasette import Response

from datasette_panoptic.errors import BadQuery, NotThere
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import Saying, annotate_query
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store.details import occurrences
from datasette_panoptic.web.http.answer import actor_of, written
from datasette_panoptic.web.http.body import body
from datasette_panoptic.web.http.visit import Visit, with_query


async def say(visit: Visit) -> Response:
    """Give a `property` of the image, or of its `instance`, the value `text`; a blank one takes it away.

    A form is sent back to the image, in the view that the query string names.
    """
    image_id = int(visit.request.url_vars["image_id"])
    asked = await body(visit, "property", "instance", "text")
    property_id, instance = asked.id("property"), asked.id("instance")
    said = asked.text("text").replace("\r\n", "\n")  # as forms send a line's end
    known = await visit.read(lambda conn: (fields(conn), [o.id for o in occurrences(conn, image_id)]))
    field = next((field for field in known[0].values() if field.property_id == property_id), None)
    if field is None:
        raise NotThere(f"no property {property_id} in this project")
    if instance not in known[1]:
        raise BadQuery(f"`instance`: {instance} is not an instance of image {image_id}")
    saying = Saying("set", field.name, said) if said.strip() else Saying("erase", field.name)
    query = text.parse([("id", str(instance))])
    return await written(
        visit,
        lambda conn: annotate_query(conn, query, [saying], actor=actor_of(visit), tool="cell"),
        back=with_query(f"/image/{image_id}", visit.pairs),
    )
