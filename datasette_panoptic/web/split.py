"""Two grids beside each other, each in a frame of its own with its own tabs."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from datasette import Response

from datasette_panoptic.store import saved_views as store

from .http.body import address_keys, whole
from .http.frame import Frame, Link
from .http.render import render
from .http.visit import Pairs, Visit, with_query


@dataclass(frozen=True)
class Side:
    """Half of a split view: what it shows, as the address of the page says it, and the grid that shows it."""

    key: str
    label: str
    asked: str
    src: str
    alone: Link


@dataclass(frozen=True)
class SplitPage:
    """Two grids beside each other; `share` is the width of the left one in percent."""

    frame: Frame
    left: Side
    right: Side
    share: int
    swapped: Link


#: Width of the left grid in percent: usual, least and most.
USUAL, LEAST, MOST = 50, 15, 85


async def page(visit: Visit) -> Response:
    """The page of two grids: `left` and `right` are ids of saved views, or query strings."""
    return await render(visit, "split", await _page(visit))


async def page_json(visit: Visit) -> SplitPage:
    """Send the two halves of a split view."""
    return await _page(visit)


async def _page(visit: Visit) -> SplitPage:
    asked = address_keys(visit, "left", "right", "share")
    names = {view.id: view.name for view in await visit.read(store.listed)}
    left, right = (_side(visit, key, asked.get(key, ""), names) for key in ("left", "right"))
    share = min(max(whole(asked.get("share", str(USUAL)), "share"), LEAST), MOST)
    title = visit.words("split.title", left=left.label, right=right.label)
    swapped = [("left", right.asked), ("right", left.asked), ("share", str(100 - share))]
    return SplitPage(
        await visit.frame(title),
        left,
        right,
        share,
        Link(visit.words("split.swap"), with_query(f"{visit.base}/split", swapped)),
    )


def _side(visit: Visit, key: str, asked: str, names: dict[int, str]) -> Side:
    """Read what one half shows; a query string is one of the grid's, whatever stands in it."""
    words = visit.words
    if asked.isdecimal():
        view_id = whole(asked, key)
        src = f"{visit.base}/views/{view_id}"
        return Side(key, names.get(view_id, words("split.side", id=asked)), asked, src, _alone(visit, key, src))
    pairs: Pairs = parse_qsl(asked.removeprefix("?"), keep_blank_values=True)
    tab = dict(pairs).get("_tab", "")
    said = ", ".join(value if name.startswith("_") else f"{name}={value}" for name, value in pairs if name != "_tab")
    label = names.get(whole(tab, "_tab")) if tab.isdecimal() else None
    src = with_query(visit.base, pairs)
    return Side(key, label or said or words("tabs.everything"), asked, src, _alone(visit, key, src))


def _alone(visit: Visit, key: str, src: str) -> Link:
    return Link(visit.words(f"split.only_{key}"), src)
