"""Panoptic's tabs as queries of ours, as far as our operators carry them; what they do not carry is named.

There, a condition without a value has no effect, a tag stands for all below it, as here, and a comparison of texts does
not regard case. What is translated is tried on the project's fields, so that a saved view can always be opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from datasette_panoptic.domain.dates import reading as dates
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.layout import LARGEST, SMALLEST
from datasette_panoptic.domain.names import fitted
from datasette_panoptic.domain.old import Carried, Json, OldProject, OldProperty, OldTab, OldView, local_moment
from datasette_panoptic.domain.palette import PALETTE
from datasette_panoptic.domain.query import Combined, Condition, Grouping, Query, Sort, Where
from datasette_panoptic.errors import BadQuery

from . import text
from .operators import test_of
from .steps import step_of

#: Fields of ours that computed properties are. Ids of instances are others here.
SYSTEM = {
    "sha1": "sha1", "ahash": "average_hash", "folder": "folder", "width": "width", "height": "height",
    "path": "path", "name": "name", "format": "format",
}  # fmt: skip

#: Operators that are called otherwise here. The others are in `_Tab.compared`.
OPERATORS = {
    "equal": "exact", "equalNot": "not", "lower": "lt", "leq": "lte", "greater": "gt", "geq": "gte",
    "startsWith": "startswith", "like": "contains", "containsAny": "any", "containsAll": "all", "containsNot": "none",
}  # fmt: skip

UNITS = {unit: unit.lower() for unit in ("Year", "Month", "Week", "Day", "Hour", "Minute", "Second")}

#: Signs that make a pattern of a text.
PATTERN = set(r"\^$.|?*+()[]{}")


class _Lost(Exception):
    """A part of a tab that cannot be asked here; the message names it."""


def views(project: OldProject, carried: Carried) -> list[OldView]:
    """Translate all tabs; of those without a name of their own, none is left out."""
    return [_Tab(project, carried, tab).view() for tab in project.tabs]


class _Tab:
    def __init__(self, project: OldProject, carried: Carried, tab: OldTab) -> None:
        self.project = project
        self.carried = carried
        self.tab = tab
        self.properties = {known.id: known for known in project.properties}
        self.lost: list[str] = []

    def view(self) -> OldView:
        filters, sorts, groups = (self.part(name) for name in ("filterState", "sortState", "groupState"))
        where = self.grouped(_json(filters.get("filter")))
        query = Query(
            mode="images" if groups.get("sha1Mode") else "instances",
            folders=frozenset(self.folders(filters.get("folders"))),
            search=self.search(_json(filters.get("query"))),
            where=where.parts if isinstance(where, Combined) and where.kind == "all" else (where,) if where else (),
            groups=tuple(self.groupings(groups)),
            sorts=tuple(self.sorts(sorts)),
        )
        collection = self.part("collectionState")
        if collection.get("filterBySelection") or collection.get("instances"):
            self.lost.append("it shows what was selected")
        return OldView(self.tab.name, text.to_string(query), self.layout(), tuple(self.lost))

    def part(self, name: str) -> Json:
        return _json(self.tab.state.get(name))

    def layout(self) -> dict[str, str]:
        layout: dict[str, str] = {}
        match self.tab.state.get("display"):
            case "grid":  # which is what it calls its table
                layout["_view"] = "table"
            case None | "tree":
                pass
            case other:
                self.lost.append(f"it is shown as {other}")
        size = self.tab.state.get("imageSize")
        if isinstance(size, int | float):
            layout["_thumb"] = str(round(min(LARGEST, max(SMALLEST, size))))
        shown = [id_ for id_, visible in _json(self.tab.state.get("visibleProperties")).items() if visible]
        names = [self.carried.names[int(id_)] for id_ in shown if id_.isdecimal() and int(id_) in self.carried.names]
        if names:
            layout["_show"] = text.join_list(names)
        return layout

    def folders(self, ids: object) -> Iterator[int]:
        for id_ in ids if isinstance(ids, list) else []:
            if id_ in self.carried.folders:
                yield self.carried.folders[id_]
            else:
                self.lost.append(f"folder {id_}, which does not exist")

    def search(self, query: Json) -> str:
        """Read the search box: a text stands somewhere as it is written, quotation marks or not."""
        words = str(query.get("text") or "").strip()
        if not words:
            return ""
        if query.get("type") != "text":
            self.lost.append(f"search `{words}` by {query.get('type')}")
            return ""
        return '"' + words.replace('"', " ") + '"'

    def grouped(self, group: Json) -> Where | None:
        """Translate a group of filters; None where it has no effect."""
        either = group.get("groupOperator") == "or"
        parts: list[Where] = []
        for part in map(_json, group.get("filters") or []):
            try:
                where = self.grouped(part) if part.get("isGroup") else self.condition(part)
            except (_Lost, BadQuery, dates.NotADate) as error:
                self.lost.append(f"filter: {error}")
                continue
            if where:
                parts.append(where)
            elif either:
                return None  # one that all fulfil
        if len(parts) == 1 and either:
            return parts[0]
        return Combined("any" if either else "all", tuple(parts)) if parts else None

    def field(self, id_: object, *, compared: bool = False) -> tuple[Field, OldProperty | None]:
        """Return what a property is here. Raises _Lost, also where it is `compared` and its values differ from here."""
        if not isinstance(id_, int) or id_ in self.carried.names:
            if id_ not in self.carried.names:
                raise _Lost(f"property {id_}, which does not exist")
            return self.carried.fields[self.carried.names[id_]], self.properties[id_]  # type: ignore[index]
        name = self.project.system.get(id_)
        if name is None:
            raise _Lost(f"property {id_}, which does not exist")
        if name not in SYSTEM or (name == "sha1" and compared and not self.project.real_sha1):
            raise _Lost(f"`{name}`, which has another meaning here")
        return self.carried.fields[SYSTEM[name]], None

    def condition(self, filter_: Json) -> Where | None:
        field, old = self.field(filter_.get("propertyId"), compared=True)
        operator, value = str(filter_.get("operator")), filter_.get("value")
        match operator:
            case "isSet" | "notSet":
                return self.tried(Condition(field.name, "notblank" if operator == "isSet" else "isblank"), field)
            case "isTrue" | "isFalse":
                return self.tried(Condition(field.name, "exact" if operator == "isTrue" else "not", ("true",)), field)
        if value is None or value == "" or value == []:
            return None
        return self.compared(field, old, operator, value)

    def compared(self, field: Field, old: OldProperty | None, operator: str, value: Any) -> Where:
        if field.has_tags:
            names = {tag.id: fitted(tag.name) for tag in (old.tags if old else ())}
            tags = value if isinstance(value, list) else [value]
            if missing := [tag for tag in tags if tag not in names]:
                raise _Lost(f"tag {missing[0]} of `{field.name}`, which does not exist")
            key = OPERATORS.get(operator, operator)
            return self.tried(Condition(field.name, key, tuple(names[tag] for tag in tags)), field)
        if field.type == "date":
            return self.tried(_dated(field.name, operator, str(value)), field)
        word = self.word(field, value)
        if operator in ("like", "notLike") and PATTERN & set(word):
            self.lost.append(f"`{word}` of `{field.name}` was a pattern, and is taken as it is written")
        if operator == "notLike":
            without = self.tried(Condition(field.name, "notcontains", (word,)), field)
            return Combined("all", (without, self.tried(Condition(field.name, "notblank"), field)))
        return self.tried(Condition(field.name, OPERATORS.get(operator, operator), (word,)), field)

    def word(self, field: Field, value: object) -> str:
        if field.type == "color" and isinstance(value, int) and 0 <= value < len(PALETTE):
            return PALETTE[value]
        return str(value).lower() if isinstance(value, bool) else str(value)

    def tried(self, condition: Condition, field: Field) -> Condition:
        """Return a condition that can be asked. Raises BadQuery."""
        test_of(condition, field)
        return condition

    def sorts(self, state: Json) -> Iterator[Sort]:
        seen: set[str] = set()
        for id_ in state.get("sortBy") or []:
            try:
                field, _ = self.field(id_)
            except _Lost as error:
                self.lost.append(f"order: {error}")
                continue
            if field.name not in seen:
                seen.add(field.name)
                yield Sort(field.name, descending=self.option(state, id_).get("direction") == -1)

    def groupings(self, state: Json) -> Iterator[Grouping]:
        for id_ in state.get("groupBy") or []:
            option = self.option(state, id_)
            try:
                field, _ = self.field(id_)
                step = self.step(field, option)
                step_of(field, step)
            except (_Lost, BadQuery) as error:
                self.lost.append(f"groups: {error}")
                continue
            yield Grouping(
                field.name,
                step,
                "size" if option.get("type") == 0 else "value",
                descending=option.get("direction") == -1,
            )

    def step(self, field: Field, option: Json) -> str:
        if field.type != "date":
            return ""
        unit, size = str(option.get("stepUnit") or "Day"), option.get("stepSize") or 1
        if (unit, size) == ("Year", 10):
            return "decade"
        if size != 1:
            self.lost.append(
                f"groups of {size} {unit.lower()}s of `{field.name}`, which are of one {unit.lower()} here"
            )
        if unit not in UNITS:
            raise _Lost(f"steps of `{field.name}` by {unit}")
        return UNITS[unit]

    def option(self, state: Json, id_: object) -> Json:
        return _json(_json(state.get("options")).get(str(id_)))


def _json(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _dated(name: str, operator: str, value: str) -> Condition:
    """Translate a comparison with a moment, for dates that are days here as well as for such that have a time."""
    moment = dates.parse(local_moment(value))
    day = moment.removesuffix("T00:00:00")
    match operator:
        case "equal" | "equalNot":
            return Condition(name, "any" if operator == "equal" else "none", tuple(dict.fromkeys((day, moment))))
        case "lower" | "geq":
            return Condition(name, OPERATORS[operator], (day,))
    return Condition(name, OPERATORS.get(operator, operator), (moment,))
