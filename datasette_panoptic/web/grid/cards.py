"""Cells as pages show them without a script."""

from __future__ import annotations

from dataclasses import dataclass, field

from datasette_panoptic.domain.query import Mode
from datasette_panoptic.store.cards import Card
from datasette_panoptic.web.http.visit import Pairs, Visit, with_query

from .headings import GroupHeading


@dataclass(frozen=True, kw_only=True)
class CardView(Card):
    """A cell as HTML shows it. `copies_label` is empty for a single one."""

    copies_label: str
    label: str
    href: str
    thumb_url: str
    headings: list[GroupHeading] = field(default_factory=list)  # of the groups that begin with it


def card_views(visit: Visit, cells: list[Card], mode: Mode, pairs: Pairs) -> list[CardView]:
    """Turn cells into what HTML shows: each links to its image page within the view that the pairs name."""
    words = visit.words
    views = []
    for card in cells:
        instance = [("_instance", str(card.id))] if mode == "instances" else []
        name = card.name or words("card.unnamed", id=str(card.id))
        views.append(
            CardView(
                **(vars(card) | {"name": name}),
                copies_label=words("card.copies", n=card.copies) if mode == "images" and card.copies > 1 else "",
                label=words("card.label", name=name, width=str(card.width), height=str(card.height)),
                href=with_query(f"{visit.base}/image/{card.image_id}", pairs, instance),
                thumb_url=f"{visit.base}/thumb/{card.sha1}-grid",
            )
        )
    return views
