"""The images most like one, on its page: a row of them with their scores, and the ways to all in the grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from datasette_panoptic.domain.fields import SIMILARITY
from datasette_panoptic.domain.query import Condition, Query, Sort
from datasette_panoptic.domain.similar import LEAST_SIMILAR, Example, Similar
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.ranking import flat, ranking
from datasette_panoptic.store import spaces
from datasette_panoptic.store.cards import Card, cards
from datasette_panoptic.web.http.access import RUN
from datasette_panoptic.web.http.body import whole
from datasette_panoptic.web.http.frame import Link
from datasette_panoptic.web.http.visit import Visit, with_query
from datasette_panoptic.web.plugins import space_label

#: Images in the row.
MOST = 12
#: The key of the address that names the space to compare in.
SPACE_KEY = "_near"


@dataclass(frozen=True)
class SimilarImage:
    """`score` is 1 for the same picture, written with two decimals."""

    image_id: int
    name: str
    score: str
    label: str
    href: str
    thumb_url: str
    color: str


@dataclass(frozen=True)
class SimilarPane:
    """`within` leads to those in the view that the page was opened from, null where that is all images.

    `note` says why there are none; `embed_url` takes the form that computes what is missing, null for who may not.
    """

    images: list[SimilarImage]
    spaces: list[Link]
    everywhere: Link | None = None
    within: Link | None = None
    note: str = ""
    embed_url: str | None = None


async def pane_json(visit: Visit) -> SimilarPane:
    """Send the images most like this one."""
    return await pane(visit, int(visit.request.url_vars["image_id"]))


async def pane(visit: Visit, image_id: int) -> SimilarPane:
    """Describe the images most like one, in the space that the address names, else in the largest."""
    words, query = visit.words, visit.query()
    asked = dict(visit.pairs).get(SPACE_KEY)
    similar = Similar((Example("image", str(image_id)),), whole(asked, SPACE_KEY) if asked else None)

    def read(conn: Any) -> tuple[list[spaces.Space], int, list[tuple[Card, float]], str]:
        known = [one for one in spaces.listed(conn) if one.images]
        if not known:
            return [], 0, [], words("similar.none_yet")
        try:
            ranked = ranking(conn, visit.project.orders, Query(), similar, MOST)
        except BadQuery:
            return known, similar.space or known[0].id, [], words("similar.not_this")
        nearest = zip(cards(conn, "images", ranked.ids), ranked.similarities, strict=True)
        return known, ranked.space, list(nearest), ""

    known, space, nearest, note = await visit.read(read)
    may_embed = note and visit.project.is_writable and await visit.may(RUN)
    if not nearest:
        return SimilarPane([], [], note=note, embed_url=f"{visit.base}/embed" if may_embed else None)
    chosen = replace(similar, space=space if asked else None)
    page = f"{visit.base}/image/{image_id}"
    plain = replace(flat(query), mode=query.mode)
    return SimilarPane(
        [_image(visit, card, score) for card, score in nearest],
        [
            Link(
                space_label(words, one),
                with_query(page, visit.without(SPACE_KEY), [(SPACE_KEY, str(one.id))]),
                one.id == space,
            )
            for one in known
        ],
        everywhere=Link(words("similar.all"), in_grid(visit, Query(), chosen)),
        within=Link(words("similar.within"), in_grid(visit, plain, chosen)) if flat(query) != flat(Query()) else None,
    )


def in_grid(visit: Visit, query: Query, similar: Similar) -> str:
    """The grid of what a query finds that is like some examples, the most similar first."""
    where = (*query.where, Condition(SIMILARITY, "gte", (str(LEAST_SIMILAR),)))
    asked = replace(query, similar=similar, where=where, sorts=(Sort(SIMILARITY, True),))
    return with_query(visit.base, text.to_pairs(asked))


def _image(visit: Visit, card: Card, score: float) -> SimilarImage:
    name, shown = card.name or visit.words("card.unnamed", id=str(card.id)), written(visit, score)
    return SimilarImage(
        card.id,
        name,
        shown,
        visit.words("similar.label", name=name, score=shown),
        f"{visit.base}/image/{card.id}",
        f"{visit.base}/thumb/{card.sha1}-grid",
        card.color,
    )


def written(visit: Visit, score: float) -> str:
    """Write a score with two decimals, which never round up to identity."""
    shown = f"{(min(round(score, 2), 0.99) if score < 1 else 1) + 0.0:.2f}"  # no −0
    return shown.replace(".", ",") if visit.words.language == "fr" else shown
