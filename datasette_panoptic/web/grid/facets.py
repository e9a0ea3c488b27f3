"""Facets beside the grid: the values of some fields within the view, how many cells have each, and links to those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from datasette import Response

from datasette_panoptic.domain.fields import Field, Fields
from datasette_panoptic.domain.names import name_key, same_name
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.columns import Columns
from datasette_panoptic.query.compile import compile
from datasette_panoptic.query.facets import Tally, arranged, tallies
from datasette_panoptic.query.histogram import histogram
from datasette_panoptic.query.operators import Value
from datasette_panoptic.web.http.body import whole
from datasette_panoptic.web.http.frame import Option
from datasette_panoptic.web.http.visit import Pairs, Visit, with_query
from datasette_panoptic.web.http.words import Words
from datasette_panoptic.web.similar.examples import learnt

from .chart import drawing
from .filters import field_label, operand_label
from .layout import kept_layout
from .toggle import Chosen, chosen, toggled

#: Values of a facet, and values that anybody may ask for.
USUAL, LARGEST = 12, 50
#: Fields that may be counted at once.
MOST_FIELDS = 20
#: A number with no more different values than this has a list of them, and no chart.
FEW = 12


@dataclass(frozen=True)
class FacetValue:
    """`value` is the operand that asks for it, null for cells without one; `depth` is that of a tag below others."""

    value: str | None
    label: str
    count: int
    count_label: str
    share: float  # of the most frequent value, 0 to 1
    state: str  # "in": asked for, "out": left out, or ""
    depth: int = 0
    color: str | None = None
    href: str = ""
    exclude_href: str = ""


@dataclass(frozen=True)
class Facet:
    """The facet of a field: `values`, or `svg` for what has a chart. `more`: values that are not listed."""

    field: str
    type: str
    label: str
    values: list[FacetValue]
    svg: str | None
    more: int
    remove_href: str = ""


@dataclass(frozen=True)
class Panel:
    """The facets as HTML. `kept` is what the form sends along that adds one."""

    facets: list[Facet]
    fields: list[Option]
    kept: Pairs


async def panel(visit: Visit, query: Query, layout: Pairs) -> Panel:
    """The facets that the address names, for readers without scripts. `layout` is what their links keep."""
    names = named(visit)

    def read(conn: Any) -> Panel:
        fields = visit.project.orders.state(conn)[2].asked_by(query)
        others = [
            field
            for field in fields.values()
            if field.clustering is None and not any(same_name(field.name, name) for name in names)
        ]
        return Panel(
            _facets(visit, conn, query, names, layout) if names else [],
            [Option(field.name, field_label(visit.words, field)) for field in others if not is_unique(field)],
            text.to_pairs(query) + layout,
        )

    return await visit.read(read)


async def facets_json(visit: Visit) -> Response:
    """Count a view's cells by the values of the fields that `_facets` names.

    `_top` values of each, at most; `_find`: only those whose text contains it.
    """
    query = await learnt(visit, visit.query("_find", "_top"))
    asked = dict(visit.pairs)
    most = min(whole(asked.get("_top", str(USUAL)), "_top"), LARGEST)
    layout = kept_layout(visit)
    names, find = named(visit), asked.get("_find", "").strip()

    def read(conn: Any) -> dict[str, Any]:
        version = str(visit.project.orders.state(conn)[0])
        facets = _facets(visit, conn, query, names, layout, most=most, find=find, links=False)
        return {"version": version, "facets": [_plain(facet) for facet in facets]}

    return Response.json(await visit.read(read))


def _plain(facet: Facet) -> dict[str, Any]:
    """What a script needs of a facet: it makes its own links."""
    made = ("href", "exclude_href", "remove_href", "count_label", "share")
    values = [
        {key: value for key, value in asdict(one).items() if key not in made and value not in (0, None, "")}
        | {"value": one.value, "count": one.count}
        for one in facet.values
    ]
    return {key: value for key, value in asdict(facet).items() if key not in made} | {"values": values}


async def count(visit: Visit) -> Response:
    """Count the images and instances that a query finds. What the project cannot group or sort by is refused too."""
    query, orders = await learnt(visit, visit.query()), visit.project.orders

    def read(conn: Any) -> dict[str, int]:
        compile(query, orders.state(conn)[2])
        return orders.totals(conn, query)

    return Response.json(await visit.read(read))


async def chart_svg(visit: Visit) -> Response:
    """Draw a view's cells over the values of `_field`, a number or a date, in stretches of `_step`, as an SVG image."""
    query = await learnt(visit, visit.query("_field", "_step"))
    asked = dict(visit.pairs)
    if not asked.get("_field"):
        raise BadQuery("`_field` is missing: the number or the date to draw")

    def read(conn: Any) -> str:
        _, columns, fields = visit.project.orders.state(conn)
        chart = histogram(conn, columns, fields, query, asked["_field"], asked.get("_step", ""))
        return drawing(visit, query, chart, kept_layout(visit), alone=True)

    return Response(await visit.read(read), content_type="image/svg+xml; charset=utf-8")


def named(visit: Visit) -> list[str]:
    """The fields that the address wants counted, each once."""
    names = [name for key, value in visit.pairs if key == "_facets" for name in text.split_list(value)]
    if len(names) > MOST_FIELDS:
        raise BadQuery(f"`_facets` takes up to {MOST_FIELDS} fields, not {len(names)}")
    return list(dict.fromkeys(names))


def is_unique(field: Field) -> bool:
    """Tell whether every cell has its own value, so that counting them says nothing."""
    return field.property_id is None and field.name in ("id", "sha1", "average_hash", "perceptual_hash", "path")


def _facets(
    visit: Visit,
    conn: Any,
    query: Query,
    names: Sequence[str],
    layout: Pairs,
    *,
    most: int = USUAL,
    find: str = "",
    links: bool = True,
) -> list[Facet]:
    _, columns, fields = visit.project.orders.state(conn)
    fields = fields.asked_by(query)
    known = {name_key(name): name for name in names if name in fields}  # a deleted property has no facet
    maker = _Maker(visit, conn, columns, fields, query, layout, links)
    return [maker.facet(tally, most, find) for tally in tallies(conn, columns, fields, query, known.values())]


@dataclass(frozen=True)
class _Maker:
    visit: Visit
    conn: Any
    columns: Columns
    fields: Fields
    query: Query
    layout: Pairs
    links: bool

    def facet(self, tally: Tally, most: int, find: str) -> Facet:
        field = tally.field
        words = self.visit.words
        label = field_label(words, field)
        remove = with_query(self.visit.base, text.to_pairs(self.query), self._without(field.name)) if self.links else ""
        if field.type == "date" or (field.type == "number" and tally.distinct > FEW):
            bars = histogram(self.conn, self.columns, self.fields, self.query, field.name)
            svg = drawing(self.visit, self.query, bars, self.layout)
            values = [] if not tally.blank or find else [self.value(field, None, tally.blank, 0, bars.blank, words)]
            return Facet(field.name, field.type, label, values, svg, 0, remove)
        picked = chosen(self.query.where, field.name)
        given = picked.values | picked.excluded
        keep = {int(o.lower() in ("true", "1")) for o in given} if field.type == "checkbox" else given
        places = tally.top(most, () if find else keep, find)
        listed: list[tuple[Value, int, int]] = [(tally.values[place], int(tally.counts[place]), 0) for place in places]
        if field.has_tags:
            tags = arranged(self.conn, self.columns, tally, places)
            listed = [(tag.name, tag.count, tag.depth) for tag in tags]
        largest = max([*(count for _, count, _ in listed), tally.blank, 1])
        colors = {str(value): str(value) for value, _, _ in listed} if field.type == "color" else {}
        colors |= tag_colors(self.conn, field)
        values = [
            replace(self.value(field, value, count, depth, largest, words, picked), color=colors.get(str(value)))
            for value, count, depth in listed
        ]
        if tally.blank and not find:
            values.append(self.value(field, None, tally.blank, 0, largest, words, picked))
        return Facet(field.name, field.type, label, values, None, max(tally.distinct - len(places), 0), remove)

    def value(
        self, field: Field, value: Value | None, count: int, depth: int, largest: int, words: Words,
        picked: Chosen | None = None,
    ) -> FacetValue:  # fmt: skip
        operand = None if value is None else operand_of(value, field)
        picked = picked or chosen(self.query.where, field.name)
        if operand is None:
            label = words("group.none")
            state = {"isblank": "in", "notblank": "out"}.get(picked.blank, "")
        else:
            label = operand_label(words, field, operand) if operand else words("group.empty")
            state = "in" if operand in picked.values else "out" if operand in picked.excluded else ""
        hrefs = [self._toggle(field, operand, out=out) if self.links else "" for out in (False, True)]
        share = round(count / largest, 3)
        return FacetValue(operand, label, count, words.number(count), share, state, depth, None, *hrefs)

    def _toggle(self, field: Field, operand: str | None, *, out: bool) -> str:
        asked = replace(self.query, where=toggled(self.query.where, field.name, operand, out=out))
        return with_query(self.visit.base, text.to_pairs(asked), self.layout)

    def _without(self, name: str) -> Pairs:
        left = [other for other in named(self.visit) if not same_name(other, name)]
        others = [pair for pair in self.layout if pair[0] != "_facets"]
        return others + ([("_facets", text.join_list(left))] if left else [])


def operand_of(value: Value, field: Field) -> str:
    if field.type == "checkbox":
        return "true" if value else "false"
    return str(value)


def tag_colors(conn: Any, field: Field) -> dict[str, str]:
    rows = conn.execute("select name, color from tags where property_id = ? and color is not null", [field.property_id])
    return dict(rows.fetchall())
