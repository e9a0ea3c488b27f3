"""What the forms of the grid page send, as addresses of views."""

from __future__ import annotations

import secrets
from dataclasses import replace

from datasette_panoptic.domain.names import same_name
from datasette_panoptic.domain.query import RANDOM, Query, Sort
from datasette_panoptic.query import text
from datasette_panoptic.web.http.body import one_of
from datasette_panoptic.web.http.visit import Visit, with_query

from . import filters
from .layout import kept_layout

#: Keys of the form that have to be turned into keys of the query.
FORM_KEYS = ("_order", "_then", "_add_facet", *filters.FORM_KEYS)


#: Of the seeds that the page itself picks.
LARGEST_SEED = 9999


async def from_form(visit: Visit) -> str | None:
    """Return the address that a submitted form means, or None where the address is none of a form's.

    The form of the order sends its sort and its direction apart, and what is at its default as well; that of the
    filter bar sends the parts of a condition, or of a level of groups, apart; that of the facets one field more.
    """
    asked = dict(visit.pairs)
    if "_add_facet" in asked:
        names = [*text.split_list(asked.get("_facets", "")), asked["_add_facet"]]
        others = [pair for pair in kept_layout(visit) if pair[0] != "_facets"]
        listed = [("_facets", text.join_list(dict.fromkeys(names)))]
        return with_query(visit.base, text.to_pairs(visit.query(*FORM_KEYS)), others, listed)
    if "_add_field" in asked or "_add_group" in asked:
        fields = await visit.read(lambda conn: visit.project.orders.state(conn)[2])
        query = visit.query(*FORM_KEYS)
        query = filters.added(fields.asked_by(query), asked, query)
        return with_query(visit.base, text.to_pairs(query), kept_layout(visit))
    if "_order" not in asked:
        return None
    descending = one_of(asked["_order"], "_order", ("asc", "desc")) == "desc"
    query = text.parse([pair for pair in visit.pairs if pair[0] not in ("_sort", *FORM_KEYS)])
    fields = await visit.read(lambda conn: visit.project.orders.state(conn)[2])
    key = asked.get("_sort") or "id"
    first = Sort(key if key == RANDOM else fields.asked_by(query)[key].name, descending)
    return with_query(visit.base, text.to_pairs(_sorted(query, first, _then(visit))), kept_layout(visit))


def _sorted(query: Query, first: Sort, then: list[Sort]) -> Query:
    sorts = (first, *(sort for sort in then if not same_name(sort.key, first.key)))
    query = replace(query, sorts=() if sorts == (Sort("id"),) else sorts)
    if not any(sort.key == RANDOM for sort in sorts):
        return replace(query, seed=0)
    return query if query.seed else replace(query, seed=secrets.randbelow(LARGEST_SEED) + 1)


def _then(visit: Visit) -> list[Sort]:
    """The sorts after the first, as the form sends them along: `asc:` or `desc:` and a field."""
    parts = [value.partition(":") for name, value in visit.pairs if name == "_then"]
    return [Sort(key, descending=direction == "desc") for direction, _, key in parts if key]
