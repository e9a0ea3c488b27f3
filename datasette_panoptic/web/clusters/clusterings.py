"""Stored runs over HTTP: listed, compared, and what people do to them and to their clusters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from datasette import Response

from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import selection_of, selection_of_cells
from datasette_panoptic.query.orders import fields, version
from datasette_panoptic.store import cluster_edits as edits
from datasette_panoptic.store import clusterings as store
from datasette_panoptic.store.cluster_comparison import compare
from datasette_panoptic.store.cluster_edits import Before
from datasette_panoptic.store.cluster_tags import save_as_tags
from datasette_panoptic.web.http.answer import actor_of, cells_of, written
from datasette_panoptic.web.http.body import Body, body, id_of, whole
from datasette_panoptic.web.http.render import render
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.similar.examples import learnt

from .page import clusterings_page


async def page(visit: Visit) -> Response:
    """The page of runs: each with its clusters, and what can be done with it. `first` and `second` compare two."""
    return await render(visit, "clusterings", await clusterings_page(visit))


async def listed(visit: Visit) -> Response:
    """Send the runs, the latest first: `rows`."""
    return Response.json({"rows": [asdict(run) for run in await visit.read(store.listed)]})


async def show(visit: Visit) -> Response:
    """Send a run with its clusters: `rows`."""
    run, rows = await visit.read(lambda conn: (store.get(conn, _id(visit)), store.clusters(conn, _id(visit))))
    return Response.json({**asdict(run), "rows": [asdict(row) for row in rows]})


async def compare_json(visit: Visit) -> Response:
    """Compare the runs `first` and `second`: `Comparison`, with the images that changed places as `rows`."""
    asked = dict(visit.pairs)
    first, second = (whole(asked.get(name, ""), name) for name in ("first", "second"))
    comparison = asdict(await visit.read(lambda conn: compare(conn, first, second)))
    rows = comparison.pop("moved")
    return Response.json({**comparison, "moved": len(rows), "rows": rows})


async def change(visit: Visit) -> Response:
    """Call a run something else, `name`, or close it and open it again, `is_closed`."""
    asked = await body(visit, "name", "is_closed")
    if not asked.values:
        raise BadQuery("nothing to change; send `name` or `is_closed`")

    def act(conn: Any) -> Before:
        if "name" in asked:
            store.rename(conn, _id(visit), asked.text("name"))
        if "is_closed" in asked:
            store.close(conn, _id(visit), is_closed=asked.flag("is_closed"))
        return Before()

    return await _edited(visit, act)


async def delete(visit: Visit) -> Response:
    """Forget a run for good; tags that were made of it stay."""
    await body(visit)

    def act(conn: Any) -> Before:
        store.delete(conn, _id(visit))
        return Before()

    return await _edited(visit, act)


async def name_cluster(visit: Visit) -> Response:
    """Call the cluster of a `label` something: `name`, empty for none. The answer's `undo` is for `restore`."""
    asked = await body(visit, "label", "name")
    label, name = asked.id("label"), asked.text("name", "")
    return await _edited(visit, lambda conn: edits.put(conn, _id(visit), names={label: name}))


async def merge(visit: Visit) -> Response:
    """Put all images of the clusters `labels` into the one `into`. The answer's `undo` is for `restore`."""
    asked = await body(visit, "labels", "into")
    labels, into = asked.ids("labels"), asked.id("into")
    return await _edited(visit, lambda conn: edits.merge(conn, _id(visit), labels, into))


async def move(visit: Visit) -> Response:
    """Put images of a run into the cluster of a `label`, −1 for none: all that `query` finds, or `positions` of it.

    The answer's `undo` is for `restore`.
    """
    asked = await body(visit, "label", "query", "positions", "version")
    label = _label(asked.values.get("label"))
    query = await learnt(visit, text.parse_string(asked.text("query")))
    cells = await cells_of(visit, asked, query)

    def act(conn: Any) -> Before:
        chosen = selection_of(query, fields(conn)) if cells is None else selection_of_cells(query.mode, cells)
        images = f"select distinct image_id from instances where id in (select instance_id from ({chosen.sql}))"
        return edits.put(conn, _id(visit), {label: [image for (image,) in conn.execute(images, dict(chosen.params))]})

    return await _edited(visit, act)


async def reset(visit: Visit) -> Response:
    """Put every image back where the run put it. The answer's `undo` is for `restore`."""
    await body(visit)
    return await _edited(visit, lambda conn: edits.reset(conn, _id(visit)))


async def restore(visit: Visit) -> Response:
    """Put images back into clusters, and names: `labels`, ids of images by label, and `names` by label."""
    asked = await body(visit, "labels", "names")
    labels = {label: [id_of(one, "labels") for one in _list(ids)] for label, ids in _by_label(asked, "labels").items()}
    names = _by_label(asked, "names")
    if not all(name is None or isinstance(name, str) for name in names.values()):
        raise BadQuery("`names` has a name or null for each label")
    return await _edited(visit, lambda conn: edits.put(conn, _id(visit), labels, names))


async def save(visit: Visit) -> Response:
    """Give the images of a run tags by their clusters, in the property `property`, which is made if there is none.

    `within` are runs of clusters within these, outermost first; `is_nested` puts all tags below one that is named like
    the run; `labels` are the clusters to save, all if not given.
    """
    asked = await body(visit, "property", "within", "is_nested", "labels")
    name, runs = asked.text("property"), [_id(visit), *asked.ids("within")]
    is_nested = asked.flag("is_nested")
    labels = asked.ids("labels") if "labels" in asked else None
    unnamed = visit.words.messages["cluster.unnamed"].replace("{n}", "{}")
    return await written(
        visit,
        lambda conn: save_as_tags(
            conn, runs, name, labels=labels, is_nested=is_nested, unnamed=unnamed, actor=actor_of(visit)
        ),
    )


async def _edited(visit: Visit, act: Callable[[Any], Before]) -> Response:
    """Write, and answer with what undoes it; a form is sent back to the page of runs."""

    def write(conn: Any) -> tuple[Before, str]:
        return act(conn), str(version(conn))

    before, at = await visit.write(write)
    if visit.wants_page:
        return Response.redirect(f"{visit.base}/clusterings", status=303)
    undo = {"labels": dict(before.labels), "names": dict(before.names)}
    changed = before.images + len(before.names)
    return Response.json(
        {"ok": True, "changeset": None, "changed": changed, "conflicts": 0, "version": at, "undo": undo}
    )


def _by_label(asked: Body, name: str) -> dict[int, Any]:
    by_label = asked.values.get(name) or {}
    if not isinstance(by_label, Mapping):
        raise BadQuery(f"`{name}` is an object by label")
    return {_label(label): value for label, value in by_label.items()}


def _label(value: object) -> int:
    """Read a label; −1 is noise."""
    return -1 if value in (-1, "-1") else id_of(value, "label")


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise BadQuery("`labels` has a list of images for each label")
    return value


def _id(visit: Visit) -> int:
    return int(visit.request.url_vars["id"])
