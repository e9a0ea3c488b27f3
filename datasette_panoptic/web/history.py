"""The history: who changed what and when, as a page on which each change can be undone, and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasette import Response

from datasette_panoptic.errors import BadQuery
from datasette_panoptic.store import history as store
from datasette_panoptic.store import properties
from datasette_panoptic.store.history import Entry

from .entries import EntryView, entry_view
from .http.access import Denied
from .http.body import address_keys, whole
from .http.frame import Frame, Link, Option
from .http.render import render
from .http.visit import Visit, with_query

#: Changesets on a page, and in one answer at most.
PAGE, MOST = 50, 200
FILTERS = ("actor", "property", "image")


@dataclass(frozen=True)
class HistoryPage:
    """Changesets, latest first. `older` is null on the last page, `newest` on the first.

    Visitors who only look do not learn who said what, nor of which view: `sees_people`.
    """

    frame: Frame
    entries: list[EntryView]
    sees_people: bool
    actor: str
    image: Link | None
    image_id: int | None
    properties: list[Option]
    everything: str | None
    newest: str | None
    older: str | None


@dataclass(frozen=True)
class HistoryFilter:
    """What the address asks for; an empty field of the form is none."""

    actor: str | None
    property_id: int | None
    image_id: int | None
    before: int | None
    limit: int


async def page(visit: Visit) -> Response:
    """The page of changesets, latest first, with a button that undoes each that stands."""
    return await render(visit, "history", await _page(visit, "history"))


async def page_json(visit: Visit) -> HistoryPage:
    """Send changesets of an `actor`, a `property`, an `image` (ids), older than changeset `before`, `limit` of them."""
    return await _page(visit, "history.json")


def _asked(visit: Visit) -> HistoryFilter:
    known = (*FILTERS, "before", "limit")
    given = {name: value for name, value in address_keys(visit, *known).items() if value}
    numbers = {name: whole(given[name], name) for name in known[1:] if name in given}
    limit = numbers.get("limit", PAGE)
    if not 0 < limit <= MOST:
        raise BadQuery(f"`limit` is 1 to {MOST}, not {limit}")
    return HistoryFilter(
        given.get("actor"), numbers.get("property"), numbers.get("image"), numbers.get("before"), limit
    )


async def _page(visit: Visit, name: str) -> HistoryPage:
    asked, words, sees_people = _asked(visit), visit.words, visit.sees_people
    if asked.actor is not None and not sees_people:
        raise Denied("`actor` names people, which only those may see who may change the project; sign in")

    def read(conn: Any) -> tuple[list[Entry], list[dict[str, Any]]]:
        entries = store.history(
            conn,
            actor=asked.actor,
            property_id=asked.property_id,
            image_id=asked.image_id,
            before=asked.before,
            limit=asked.limit + 1,
        )
        return entries, properties.listed(conn)

    entries, known = await visit.read(read)
    frame = await visit.frame(words("history.title"))
    address = f"{visit.base}/{name}"
    pairs = [(key, value) for key, value in visit.without("before") if value]
    shown = entries[: asked.limit]
    older = [*pairs, ("before", str(shown[-1].id))] if len(entries) > len(shown) else None
    image = asked.image_id
    return HistoryPage(
        frame,
        [entry_view(visit, entry, can_edit=frame.can_edit) for entry in shown],
        sees_people,
        asked.actor or "",
        None if image is None else Link(words("history.of_image", id=str(image)), f"{visit.base}/image/{image}"),
        image,
        [
            Option("", words("history.any_property"), asked.property_id is None),
            *(Option(str(row["id"]), row["name"], row["id"] == asked.property_id) for row in known),
        ],
        everything=address if any(key in FILTERS for key, _ in pairs) else None,
        newest=with_query(address, pairs) if asked.before is not None else None,
        older=with_query(address, older) if older else None,
    )
