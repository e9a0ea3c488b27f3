"""Remove from the corpus what a view finds, some of its cells, or a folder: a page that asks first, and the change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.removal import remove_query
from datasette_panoptic.query.tally import tally
from datasette_panoptic.store.removal import remove_folder

from .http.answer import actor_of, cells_of, written
from .http.body import address_keys, body
from .http.frame import Frame, Link
from .http.render import render
from .http.visit import Visit
from .similar.examples import learnt


@dataclass(frozen=True)
class RemovalPage:
    """What removing all that `query` finds would take out of the corpus: so many `instances`, of so many `images`."""

    frame: Frame
    action: str
    query: str
    view: Link
    instances: int
    images: int
    facts: list[str]
    remove_label: str


async def page(visit: Visit) -> Response:
    """The page that says what would be removed from the corpus, and asks."""
    return await render(visit, "removal", await page_json(visit))


async def page_json(visit: Visit) -> RemovalPage:
    """Send how many instances and images all that `query` finds would take out of the corpus, without writing."""
    visit.require_writable()
    querystring = address_keys(visit, "query").get("query", "")
    query = await learnt(visit, text.parse_string(querystring))

    def count(conn: Any) -> tuple[int, int]:
        orders = visit.project.orders
        return tally(conn, orders, replace(query, mode="instances")), tally(conn, orders, replace(query, mode="images"))

    instances, images = await visit.read(count)
    words = visit.words
    return RemovalPage(
        await visit.frame(words("removal.title")),
        f"{visit.base}/remove",
        querystring,
        Link(words("removal.view"), f"{visit.base}?{querystring}" if querystring else visit.base),
        instances,
        images,
        [words.count("removal.instances", instances), words.count("removal.images", images)],
        words.count("removal.remove", instances),
    )


async def remove(visit: Visit) -> Response:
    """Remove all that `query` finds, with `positions` and `version` cells of that view, or a `folder` with all below.

    It is one changeset, which undo takes back with all that was said. No file is touched. A `folder` (its id) that was
    imported by itself is no longer a source then.
    """
    asked = await body(visit, "query", "positions", "version", "folder")
    folder = asked.id_or_none("folder")
    if (folder is None) == (asked.values.get("query") is None):
        raise BadQuery("name what to remove, either by `query` or by `folder`")
    actor = actor_of(visit)
    act: Callable[[Any], Applied]
    if folder is not None:
        act = partial(remove_folder, folder_id=folder, actor=actor)
    else:
        query = await learnt(visit, text.parse_string(asked.text("query")))
        act = partial(remove_query, query=query, cells=await cells_of(visit, asked, query), actor=actor)
    return await written(visit, act, report=lambda done: visit.words.count("removal.done", done.changed))
