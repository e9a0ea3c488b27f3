"""Recommendations over HTTP: images proposed for a group, and the answers to them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from datasette import Response

from datasette_panoptic.domain.changes import Applied
from datasette_panoptic.domain.query import MOST_LEVELS
from datasette_panoptic.domain.similar import LEAST_SURE
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.jobs import recommend
from datasette_panoptic.jobs.recommend import FIRSTS, GroupName, Proposals
from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import selection_of, selection_of_cells
from datasette_panoptic.query.orders import fields
from datasette_panoptic.store import cards, recommendations, spaces
from datasette_panoptic.web.http.answer import actor_of, cells_of, written
from datasette_panoptic.web.http.body import Body, address_keys, body, one_of, text_of, whole
from datasette_panoptic.web.http.visit import Visit
from datasette_panoptic.web.similar.examples import learnt

#: Images that an answer lists: usual, and at most.
USUAL, MOST = 20, 1000
#: Images that one answer accepts or refuses.
MOST_ANSWERED = 10_000

ASKED = ("property", "value", "query", "space", "order", "limit")


async def recommend_json(visit: Visit) -> Response:
    """Propose images for the group that has a `value` of a `property`; of nested groups, several pairs of these.

    `limit` of them, in embedding `space`, within the view `query` if it is given; `order` is `best` (the default) or
    `uncertain`: those first that an answer would teach most. `estimates` tell for each threshold how many proposals
    are at least so probable, and which share of them may be wrong.
    """
    asked = address_keys(visit, *ASKED)
    named = _named(visit.pairs)
    first = one_of(asked.get("order", "best"), "order", FIRSTS)
    limit = min(whole(asked.get("limit", str(USUAL)), "limit"), MOST)
    query = await learnt(visit, text.parse_string(asked["query"])) if "query" in asked else None

    def read(conn: Any) -> tuple[Proposals, list[cards.Card]]:
        group = recommend.group_of(conn, named)
        proposals = recommend.recommend(
            conn, visit.project.orders, group, query=query, space=asked.get("space", ""), first=first, limit=limit
        )
        return proposals, cards.cards(conn, "images", [row.image_id for row in proposals.rows])

    proposals, shown = await visit.read(read)
    rows = [
        {**asdict(row), **{name: getattr(card, name) for name in ("name", "sha1", "width", "height", "color")}}
        for row, card in zip(proposals.rows, shown, strict=True)
    ]
    counts = {name: getattr(proposals, name) for name in ("candidates", "members", "accepted", "refused", "unchecked")}
    return Response.json(
        {
            "space": proposals.space[0],
            "rows": rows,
            "counts": counts,
            "estimates": [asdict(each) for each in proposals.estimates],
        }
    )


async def accept(visit: Visit) -> Response:
    """Put `images` into the `group`, a list of pairs of property and value: they get the values of all its levels."""
    asked = await body(visit, "group", "images", "space", "query")
    named, images = _group_of(asked), _images_of(asked)

    def act(conn: Any) -> Applied:
        group = recommend.group_of(conn, named)
        space = spaces.named(conn, asked.text("space", ""))
        return recommend.accept(conn, group, images, space, actor=actor_of(visit), query=asked.text("query", ""))

    return await written(visit, act)


async def accept_all(visit: Visit) -> Response:
    """Put all images into the `group` that belong to it `at_least` so probably, within the view `query` if it is given.

    Nobody has seen them: they can be found by `unchecked` until somebody has checked them.
    """
    asked = await body(visit, "group", "at_least", "space", "query")
    named, at_least = _group_of(asked), _probability(asked.values.get("at_least"))
    given = asked.values.get("query")
    query = None if given is None else await learnt(visit, text.parse_string(asked.text("query")))
    orders = visit.project.orders
    known = await visit.read(
        lambda conn: recommend.learn(
            conn, orders, recommend.group_of(conn, named), query=query, space=asked.text("space", "")
        )
    )
    return await written(
        visit,
        lambda conn: recommend.accept_sure(
            conn, recommend.group_of(conn, named), known, at_least, actor=actor_of(visit), query=query
        ),
    )


async def refuse(visit: Visit) -> Response:
    """Remember that `images` are not of the `group`: they are proposed no more, and what is like them less."""
    asked = await body(visit, "group", "images")
    named, images = _group_of(asked), _images_of(asked)
    return await written(
        visit,
        lambda conn: Applied(
            None, recommendations.refuse(conn, recommend.group_of(conn, named), images, actor=actor_of(visit))
        ),
    )


async def forget(visit: Visit) -> Response:
    """Take back that `images`, or without them all, were refused for the `group`."""
    asked = await body(visit, "group", "images")
    named = _group_of(asked)
    images = _images_of(asked) if asked.values.get("images") is not None else None
    return await written(
        visit, lambda conn: Applied(None, recommendations.forget(conn, recommend.group_of(conn, named), images))
    )


async def check(visit: Visit) -> Response:
    """Note that somebody checked what machines said of all that `query` finds, or of the cells at `positions`."""
    asked = await body(visit, "query", "positions", "version")
    query = await learnt(visit, text.parse_string(asked.text("query")))
    cells = await cells_of(visit, asked, query)

    def act(conn: Any) -> Applied:
        known = fields(conn)
        selection = selection_of(query, known) if cells is None else selection_of_cells(query.mode, cells)
        return Applied(None, recommendations.check(conn, selection))

    return await written(visit, act)


def _named(pairs: list[tuple[str, str]]) -> GroupName:
    """Read a group from a query string, where each property is followed by its value."""
    names = [value for name, value in pairs if name == "property"]
    values = [value for name, value in pairs if name == "value"]
    if not 0 < len(names) == len(values) <= MOST_LEVELS:
        raise BadQuery("give a group by `property` and `value`, the same number of each")
    return list(zip(names, values, strict=True))


def _group_of(asked: Body) -> GroupName:
    given = asked.values.get("group")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_LEVELS:
        raise BadQuery('`group` is a list of pairs of a property and its value: `[["Topic", "cat"]]`')
    for pair in given:
        if not isinstance(pair, list) or len(pair) != 2:
            raise BadQuery("each of `group` is a pair of a property and its value")
    return [(text_of(name, "group"), text_of(value, "group")) for name, value in given]


def _images_of(asked: Body) -> list[int]:
    images = asked.ids("images")
    if not 0 < len(images) <= MOST_ANSWERED:
        raise BadQuery(f"`images` takes 1 to {MOST_ANSWERED} ids, not {len(images)}")
    return images


def _probability(given: object) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not LEAST_SURE <= given <= 1:
        raise BadQuery(f"`at_least` takes a probability from {LEAST_SURE} to 1")
    return float(given)
