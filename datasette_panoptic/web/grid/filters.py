"""The filter bar: what the address asks for in words, each with the address without it, and a form that adds one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from datasette_panoptic.domain.fields import SIMILARITY, Field, Fields, clustering_of
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.query import ANYWHERE, Condition, Grouping, Query, Where
from datasette_panoptic.domain.similar import Similar
from datasette_panoptic.errors import BadQuery
from datasette_panoptic.query import text
from datasette_panoptic.query.facets import about
from datasette_panoptic.query.operators import TABLE
from datasette_panoptic.query.steps import DATE_STEPS, TREE
from datasette_panoptic.web.http.frame import Link, Option
from datasette_panoptic.web.http.visit import Pairs, Visit, with_query
from datasette_panoptic.web.http.words import Words


@dataclass(frozen=True)
class Chip:
    """A condition (`kind` where) or level of groups (`kind` group) of the address: the `index`-th of its kind."""

    kind: str
    index: int
    label: str
    title: str
    remove_href: str
    remove_label: str


@dataclass(frozen=True)
class FilterBar:
    """`kept` is what the forms send along, `search_kept` the same without the search.

    `clear` leads to the view without conditions and search, null where there are none.
    """

    search: str
    search_kept: list[tuple[str, str]]
    chips: list[Chip]
    clear: Link | None
    kept: list[tuple[str, str]]
    fields: list[Option]
    operators: list[Option]
    steps: list[Option]


T = TypeVar("T")

#: Keys of the form that adds a condition or a level of groups.
FORM_KEYS = ("_add_field", "_add_operator", "_add_value", "_add_group", "_add_step")

#: Labels longer than this are cut; their chip's title has them whole.
LONGEST = 80

#: Operators that read differently of dates.
OF_DATES = frozenset({"gt", "gte", "lt", "lte"})


def field_label(words: Words, field: Field) -> str:
    if field.clustering is not None:
        return words("cluster.field" if clustering_of(field.name) else "cluster.fit_field", name=field.run)
    return field.name if field.property_id is not None else words(f"row.{field.name}")


def bar(visit: Visit, fields: Fields, query: Query, layout: Pairs, selected: int) -> FilterBar:
    """Describe a query's conditions and groups. `layout` is what every address of the bar keeps besides the query.

    `selected` counts the instances of the selection that the query is restricted to, if it is.
    """
    words = visit.words

    def href(changed: Query) -> str:
        return with_query(visit.base, text.to_pairs(changed), layout)

    def chip(kind: str, index: int, label: str, changed: Query) -> Chip:
        short = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
        return Chip(kind, index, short, label, href(changed), words("filters.remove", label=short))

    chips = []
    if query.within is not None:
        chips.append(chip("within", 0, words.count("filters.within", selected), replace(query, within=None)))
    if query.similar is not None:
        chips.append(chip("similar", 0, similar_label(words, query.similar), without_similar(query)))
    chips += [
        chip("where", n, where_label(words, fields, where), replace(query, where=without(query.where, n)))
        for n, where in enumerate(query.where)
    ]
    chips += [
        chip("group", n, group_label(words, fields, grouping), replace(query, groups=without(query.groups, n)))
        for n, grouping in enumerate(query.groups)
    ]
    named = [Option(field.name, field_label(words, field)) for field in fields.values() if field.clustering is None]
    everything = replace(query, where=(), search="")
    return FilterBar(
        query.search,
        text.to_pairs(replace(query, search="")) + layout,
        chips,
        clear=Link(words("filters.clear"), href(everything)) if everything != query else None,
        kept=text.to_pairs(query) + layout,
        fields=named,
        operators=[Option(key, operator_label(words, key)) for key in dict.fromkeys(op.key for op in TABLE)],
        steps=[Option(step, words(f"step.{step}")) for step in DATE_STEPS],
    )


def similar_label(words: Words, similar: Similar) -> str:
    """Say what images should be like, and what not."""
    of_kind: dict[bool, list[str]] = {True: [], False: []}
    for each in similar.examples:
        of_kind[each.is_negative].append(words(f"similar.{each.kind}", key=each.key))
    label = words("filters.similar", what=", ".join(of_kind[False]))
    return words("filters.unlike", like=label, what=", ".join(of_kind[True])) if of_kind[True] else label


def without_similar(query: Query) -> Query:
    """Return a query without examples, and what it asks of their scores."""
    similarity = Field(SIMILARITY, "number", "image")
    return replace(
        query,
        similar=None,
        where=tuple(each for each in query.where if not about(each, similarity)),
        sorts=tuple(each for each in query.sorts if name_key(each.key) != SIMILARITY),
        groups=tuple(each for each in query.groups if SIMILARITY not in (name_key(each.field), name_key(each.of))),
    )


def without(parts: tuple[T, ...], index: int) -> tuple[T, ...]:
    return parts[:index] + parts[index + 1 :]


def operator_label(words: Words, key: str) -> str:
    """An operator as a choice in a form: its sentence without a field."""
    return words(f"op.{key}", field="", value="…").strip()


def where_label(words: Words, fields: Fields, where: Where) -> str:
    if isinstance(where, Condition) and where.field == ANYWHERE:
        return words(f"op.anywhere_{where.operator}", value="".join(where.operands))
    if isinstance(where, Condition):
        field = fields[where.field]
        key = f"{where.operator}_date" if field.type == "date" and where.operator in OF_DATES else where.operator
        value = ", ".join(operand_label(words, field, operand) for operand in where.operands)
        if where.operator == "between":
            value = words("filters.range", **dict(zip(("low", "high"), where.operands, strict=False)))
        return words(f"op.{key}", field=field_label(words, field), value=value)
    joined = words("filters.or" if where.kind != "all" else "filters.and").join(
        where_label(words, fields, part) for part in where.parts
    )
    return words("filters.not", what=joined) if where.kind == "not" else f"({joined})"


def operand_label(words: Words, field: Field, operand: str) -> str:
    if field.type == "checkbox" and operand.lower() in ("true", "1", "false", "0"):
        return words("value.yes" if operand.lower() in ("true", "1") else "value.no")
    return words.color(operand) if field.type == "color" else operand or "“”"


def group_label(words: Words, fields: Fields, grouping: Grouping) -> str:
    label = words("filters.group", field=field_label(words, fields[grouping.field]))
    if not grouping.step:
        return label
    return words("filters.group_step", group=label, step=step_label(words, grouping.step))


def step_label(words: Words, step: str) -> str:
    if step in DATE_STEPS or step == TREE:
        return words(f"step.{step}")
    if step.startswith("q"):
        return words("step.quantiles", n=step[1:])
    return words("step.edges", edges=", ".join(step[1:].split("_"))) if step.startswith("e") else step


def added(fields: Fields, asked: dict[str, str], query: Query) -> Query:
    """Return a query with what the form adds to it. Raises BadQuery where the form is none of ours."""
    if "_add_group" in asked:
        field = fields[asked["_add_group"]]
        step = asked.get("_add_step", "").strip()
        # One form serves every field: a step of dates means nothing to the others.
        if field.type not in ("date", "number") or (field.type == "number" and step in DATE_STEPS):
            step = ""
        return replace(query, groups=(*query.groups, Grouping(field.name, step)))
    field, key = fields[asked.get("_add_field", "")], asked.get("_add_operator", "")
    operands = next((operator.operands for operator in TABLE if operator.key == key), None)
    if operands is None:
        raise BadQuery(f"`_add_operator` cannot be `{key}`")
    value = asked.get("_add_value", "").strip()
    given = {"none": (), "one": (value,)}.get(operands, tuple(part.strip() for part in value.split(",")))
    condition = Condition(field.name, key, given)
    return query if condition in query.where else replace(query, where=(*query.where, condition))
