"""How the address of a grid says that its view is shown: the size of cells, the first position, what is passed on."""

from __future__ import annotations

from dataclasses import dataclass

from datasette_panoptic.domain.layout import LARGEST, SMALLEST, USUAL
from datasette_panoptic.web.http.body import whole
from datasette_panoptic.web.http.visit import Pairs, Visit

#: Keys of the layout that the pages without scripts only pass on.
PASSED_ON = ("_view", "_show", "_facets", "_tab")


@dataclass(frozen=True)
class Layout:
    """What the address says about how to show a view: cell size in pixels, first position."""

    thumb: int = USUAL
    at: int = 0

    def pairs(self, *, at: int | None = None) -> Pairs:
        """Write the layout as keys of a query string; what is usual is left out."""
        first = self.at if at is None else at
        thumb = [("_thumb", str(self.thumb))] if self.thumb != USUAL else []
        return thumb + ([("_at", str(first))] if first else [])


def layout(visit: Visit) -> Layout:
    """Read the layout; a size beyond the limits is the nearest one."""
    asked = dict(visit.pairs)
    thumb = whole(asked["_thumb"], "_thumb") if "_thumb" in asked else USUAL
    at = whole(asked["_at"], "_at") if "_at" in asked else 0
    return Layout(min(max(thumb, SMALLEST), LARGEST), at)


def language(visit: Visit) -> Pairs:
    """The language, where the address names one."""
    return [pair for pair in visit.pairs if pair[0] == "_lang"][-1:]


def kept_layout(visit: Visit) -> Pairs:
    """What another view of the same page keeps: all of the layout but the position."""
    passed = [pair for pair in visit.pairs if pair[0] in PASSED_ON]
    return layout(visit).pairs(at=0) + passed + language(visit)
