"""The page of files that could not be imported."""

from __future__ import annotations

from dataclasses import dataclass

from datasette import Response

from datasette_panoptic.store import listing as store

from .http.body import whole
from .http.frame import Frame
from .http.pager import Pager, pager
from .http.render import render
from .http.visit import Visit


@dataclass(frozen=True)
class RejectView:
    id: int
    name: str
    folder: str
    reason: str
    size_label: str
    at: str


@dataclass(frozen=True)
class RejectsPage:
    frame: Frame
    count: int
    count_label: str
    rejects: list[RejectView]
    pager: Pager


#: Rejected files on one page.
REJECTS = 200


async def page(visit: Visit) -> Response:
    """The page of files that could not be imported, with reasons."""
    return await render(visit, "rejects", await _rejects(visit, "rejects"))


async def page_json(visit: Visit) -> RejectsPage:
    """Send the files that could not be imported, with reasons."""
    return await _rejects(visit, "rejects.json")


async def _rejects(visit: Visit, name: str) -> RejectsPage:
    words = visit.words
    at = whole(dict(visit.pairs).get("_at", "0"), "_at")
    count, rejects, sources = await visit.read(
        lambda conn: (store.count_rejects(conn), store.rejects(conn, at, REJECTS), store.sources(conn))
    )
    frame = await visit.frame(words("rejects.title"))
    if frame.can_edit or frame.can_import:
        sources = []
    return RejectsPage(
        frame,
        count,
        words.count("rejects.count", count),
        [
            RejectView(
                r.id, r.name, r.folder, hide_sources(r.reason, sources),
                words.size(r.bytes) if r.bytes is not None else "", words.moment(r.at),
            )
            for r in rejects
        ],
        pager(visit, f"{visit.base}/{name}", [], at, len(rejects), count, REJECTS),
    )  # fmt: skip


def hide_sources(reason: str, sources: list[tuple[str, str]]) -> str:
    """Put a root's name where a message names its directory on the server."""
    for directory, name in sources:
        reason = reason.replace(directory, name)
    return reason
