"""The image page's context: one image, all that is known of it, and its neighbours in the view it was opened from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from datasette_panoptic.domain.described import Described
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.query import Query
from datasette_panoptic.query import text
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.store import details, image_metadata, originals
from datasette_panoptic.store.details import Image, Occurrence
from datasette_panoptic.store.history import Entry, history
from datasette_panoptic.web.entries import entry_view
from datasette_panoptic.web.grid.layout import layout
from datasette_panoptic.web.http.access import EDIT, shows_originals
from datasette_panoptic.web.http.body import whole
from datasette_panoptic.web.http.frame import Link
from datasette_panoptic.web.http.visit import Visit, with_query
from datasette_panoptic.web.similar.examples import learnt

from . import panes as image_panes
from .contexts import ImagePage, InstanceView, Neighbour, Pane, PaneRow
from .file_rows import file_rows

#: The last changes that touched the image; the history has all of them.
CHANGES = 10


@dataclass(frozen=True)
class Position:
    """Where an image stands in a view: from 0, or null outside it; the cells on either side."""

    at: int | None
    count: int
    before: int | None
    after: int | None


@dataclass(frozen=True)
class ImageData:
    """What an image page needs of the database. The ids of neighbours are with the ids of their images."""

    image: Image
    occurrences: list[Occurrence]
    current: Occurrence | None
    statements: image_panes.Statements
    changes: list[Entry]
    position: Position
    images_of: Mapping[int, int]
    described: Described
    file_fields: list[Field]
    is_stored: bool
    places: list[originals.OriginalPlace]


async def image_page(visit: Visit) -> ImagePage:
    image_id = int(visit.request.url_vars["image_id"])
    query = await learnt(visit, visit.query())
    asked = dict(visit.pairs)
    wanted = whole(asked["_instance"], "_instance") if "_instance" in asked else None
    data = await visit.read(lambda conn: _read(conn, visit.project.orders, query, image_id, wanted))
    can_edit = await visit.may(EDIT)
    state = await _original_state(visit, data, can_edit=can_edit)
    return await _page(visit, query, data, state)


def _read(conn: Any, orders: Orders, query: Query, image_id: int, wanted: int | None) -> ImageData:
    image = details.image(conn, image_id)
    occurrences = details.occurrences(conn, image_id)
    current = next((o for o in occurrences if o.id == wanted), occurrences[0] if occurrences else None)
    ids = orders.order(conn, query)[1].ids
    if query.mode == "images":
        among = [image_id]
    else:
        # The instance asked for; without one, whichever of the image's instances comes first in the view.
        among = [current.id] if wanted is not None and current else [o.id for o in occurrences]
    position = _position(ids, among)
    if position.at is not None and query.mode == "instances":
        current = next(o for o in occurrences if o.id == int(ids[position.at]))
    said = image_panes.read(conn, image_id, current.id if current else None, occurrences)
    changes = history(conn, image_id=image_id, limit=CHANGES)
    neighbours = [cell for cell in (position.before, position.after) if cell is not None]
    if query.mode == "instances":
        sql = "select id, image_id from instances where id in (?, ?)"
        images_of = dict(conn.execute(sql, (neighbours * 2)[:2]).fetchall()) if neighbours else {}
    else:
        images_of = {cell: cell for cell in neighbours}
    is_stored = originals.is_stored(conn, image_id)
    places = originals.places(conn, image_id)
    described = image_metadata.described_now(conn, image_id)
    file_fields = [field for field in orders.state(conn)[2].values() if field.of_file]
    return ImageData(
        image, occurrences, current, said, changes, position, images_of, described, file_fields, is_stored, places
    )


def _position(ids: Any, among: list[int]) -> Position:
    """Find the first of some cells in a view."""
    places = np.flatnonzero(np.isin(ids, among))
    if not len(places):
        return Position(None, len(ids), None, None)
    at = int(places[0])
    before = int(ids[at - 1]) if at else None
    after = int(ids[at + 1]) if at + 1 < len(ids) else None
    return Position(at, len(ids), before, after)


async def _original_state(visit: Visit, data: ImageData, *, can_edit: bool) -> str:
    """Say whether the original can be had: ok, stored (in the project), disabled, or missing."""
    if not shows_originals(visit.datasette, visit.project.name, can_edit=can_edit):
        return "disabled"
    if data.is_stored:
        return "stored"
    return "ok" if await asyncio.to_thread(originals.is_there, data.places) else "missing"


async def _page(visit: Visit, query: Query, data: ImageData, state: str) -> ImagePage:
    words, image, current, position = visit.words, data.image, data.current, data.position
    name = current.name if current and current.name else words("card.unnamed", id=str(image.id))
    size = words("image.size", width=str(image.width), height=str(image.height))
    title = f"{image.id} · {size} · {name}"
    frame = await visit.frame(title)
    can_know_paths = frame.can_edit or frame.can_import
    where = data.places[0].path if data.places and can_know_paths else ""
    view = [*text.to_pairs(query), *replace(layout(visit), at=0).pairs()]
    grid_at = [("_at", str(position.at))] if position.at else []
    labels = {
        "missing": words("original.missing_at", path=where) if where else words("original.missing"),
        "disabled": words("original.disabled"),
    }

    def neighbour(cell: int | None) -> Neighbour | None:
        if cell is None or cell not in data.images_of:
            return None
        instance = cell if query.mode == "instances" else None
        pairs = [("_instance", str(instance))] if instance is not None else []
        image_id = data.images_of[cell]
        return Neighbour(image_id, instance, with_query(f"{visit.base}/image/{image_id}", view, pairs))

    instances = [
        InstanceView(
            o.id, o.name or words("card.unnamed", id=str(o.id)), o.folder, o.missing_since,
            missing_label=words("image.missing_since", date=o.missing_since[:10]) if o.missing_since else "",
            href=with_query(f"{visit.base}/image/{image.id}", view, [("_instance", str(o.id))]),
            is_current=o is current,
        )
        for o in data.occurrences
    ]  # fmt: skip
    said, instance_id = data.statements, current.id if current else None
    return ImagePage(
        frame=frame,
        id=image.id,
        instance_id=instance_id,
        sha1=image.sha1,
        width=image.width,
        height=image.height,
        name=name,
        title=title,
        format=image.format,
        color=image.mean_color,
        thumb_url=f"{visit.base}/thumb/{image.sha1}-grid",
        preview_url=f"{visit.base}/thumb/{image.sha1}-preview",
        original_url=f"{visit.base}/original/{image.id}" if state in ("ok", "stored") else None,
        original_state=state,
        original_label=labels.get(state) or words("original.open", size=words.size(image.bytes)),
        original_is_shown=image.format in originals.SHOWN_BY_BROWSERS,
        values_url=with_query(f"{visit.base}/image/{image.id}/values", visit.pairs) if frame.can_edit else None,
        panes=[
            *image_panes.panes(visit, said, instance_id, can_edit=frame.can_edit),
            Pane("panoptic", words("pane.panoptic"), _panoptic(visit, data, where)),
        ],
        instances=instances,
        instances_label=words.count("counts.instances", len(data.occurrences)),
        table=image_panes.table(visit, said, instances),
        previous=neighbour(position.before),
        next=neighbour(position.after),
        position=None if position.at is None else position.at + 1,
        position_label=""
        if position.at is None
        else words("image.position", position=position.at + 1, count=position.count),
        count=position.count,
        grid_url=with_query(visit.base, view, grid_at),
        changes=[entry_view(visit, entry, can_edit=frame.can_edit) for entry in data.changes],
        history=Link(words("link.history_of_image"), f"{visit.base}/history?image={image.id}"),
    )


def _panoptic(visit: Visit, data: ImageData, where: str) -> list[PaneRow]:
    """What the import found out. Rows without a value are left out."""
    image, current, words = data.image, data.current, visit.words
    folder_url = f"{visit.base}?_folder={current.folder_id}" if current and current.folder_id else None
    path = where or ("/".join(part for part in (current.folder, current.name) if part) if current else "")
    rows = [
        PaneRow("id", words("row.id"), str(image.id)),
        PaneRow("sha1", words("row.sha1"), image.sha1),
        PaneRow("average_hash", words("row.average_hash"), image.average_hash),
        PaneRow("perceptual_hash", words("row.perceptual_hash"), image.perceptual_hash),
        PaneRow("folder", words("row.folder"), current.folder if current else "", folder_url),
        PaneRow("width", words("row.width"), words("row.pixels", n=image.width)),
        PaneRow("height", words("row.height"), words("row.pixels", n=image.height)),
        PaneRow("path", words("row.path"), path),
        PaneRow("bytes", words("row.bytes"), words.size(image.bytes)),
        PaneRow("format", words("row.format"), image.format.upper()),
        PaneRow("taken_at", words("row.taken_at"), (image.taken_at or "").replace("T", " ")),
        *file_rows(visit, data.file_fields, data.described, image.metadata),
    ]  # fmt: skip
    return [row for row in rows if row.value]
