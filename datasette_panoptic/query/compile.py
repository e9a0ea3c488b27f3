"""Query → one SQL text with its parameters: what panels show and exports run, the truth that `order` is held to."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field

from datasette_panoptic.domain.fields import Field, Fields, FieldType
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.query import AGGREGATES, ANYWHERE, RANDOM, Condition, Grouping, Query, Sort, Where
from datasette_panoptic.domain.similar import write_examples
from datasette_panoptic.domain.texts import PATH

from . import search, sources
from .operators import Test, Value, phrase_of, test_of
from .sources import JOINS, Table, shuffled, source
from .steps import aggregated, step_of

#: Types whose values sort as words do: img2 before img10, é beside e.
WORDS = ("text", "url", "tag", "multi_tags")

#: A parameter, or a quoted name, which may look as if it had one in it.
PARAMETER = re.compile(r'"(?:[^"]|"")*"|:(?P<name>p\d+)\b')
OURS = re.compile(r"\bcollate panoptic\b|\bpanoptic_(?:fold|name_key|begin|end|step)\(")
VECTORS = re.compile(r"\bpanoptic_similarity\(")


@dataclass(frozen=True)
class Sql:
    text: str
    params: dict[str, Value]

    def literal(self, keep: Container[str] = ()) -> str:
        """The same SQL with its parameters written in but those to `keep`, to paste where they cannot be bound."""

        def written(match: re.Match[str]) -> str:
            name = match["name"]
            return match[0] if name is None or name in keep else literal(self.params[name])

        return PARAMETER.sub(written, self.text)

    @property
    def needs_our_functions(self) -> bool:
        """Tell whether it sorts or searches texts as people do, or compares dates: only our connections know how."""
        return bool(OURS.search(self.text))

    @property
    def compares_vectors(self) -> bool:
        """Tell whether it measures similarity, which only connections of ours know."""
        return bool(VECTORS.search(self.text))


def literal(value: Value) -> str:
    """Write a value as SQL."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def compile(query: Query, fields: Fields) -> Sql:
    """Return SQL that selects a query's cells in order: `instance_id` or `image_id`, then a column for each group.

    Raises BadQuery where the query does not suit the project's fields.
    """
    return _Compiler(fields.asked_by(query)).query(query)


@dataclass
class _Compiler:
    """Collects what a statement needs while its parts are written."""

    fields: Fields
    params: dict[str, Value] = field(default_factory=dict)
    tables: set[Table] = field(default_factory=set)
    joins: list[str] = field(default_factory=list)
    ctes: list[str] = field(default_factory=list)

    def query(self, query: Query) -> Sql:
        wheres = [self.where(part) for part in query.where]
        searched = search.parse(query.search)
        if searched:
            wheres.append(self.where(searched))
        if query.within is not None:
            wheres.append(sources.WITHIN.format(id=self.bind(query.within)))
        if query.folders:
            self.tables.add("files")
            ids = ", ".join(self.bind(folder) for folder in sorted(query.folders))
            wheres.append("files.folder_id in (select id from chosen)")
            self.ctes.append(sources.CHOSEN.format(ids=ids))
        groups = [self.group(level, grouping) for level, grouping in enumerate(query.groups, 1)]
        aggregates = [self.aggregate(grouping) for grouping in query.groups]
        keys = [key for sort in query.sorts for key in self.sort(sort, query.seed)]
        if "tree" in self.tables:
            self.ctes.insert(0, sources.TREE)
        body = ["from instances", *(JOINS[table] for table in JOINS if table in self.tables), *self.joins]
        if wheres:
            body.append("where " + "\n  and ".join(wheres))
        keys = [*keys, "instances.id"]
        return self.grouped(query, groups, aggregates, body, keys) if groups else self.flat(query, body, keys)

    def flat(self, query: Query, body: list[str], keys: list[str]) -> Sql:
        order = f"order by {', '.join(keys)}"
        if query.mode == "instances":
            return self.statement(["select instances.id as instance_id", *body, order])
        self.ctes.append(
            _cte("ordered (image_id, place)", [f"select instances.image_id, row_number() over ({order})", *body])
        )
        return self.statement(["select image_id", "from ordered", "group by image_id", "order by min(place)"])

    def grouped(self, query: Query, groups: list[str], aggregates: list[str], body: list[str], keys: list[str]) -> Sql:
        """`aggregates` has the expression that each level is ordered by, empty for those that are not."""
        names = [f"group_{level}" for level in range(1, len(groups) + 1)]
        values = ", ".join(f"{group} as {name}" for group, name in zip(groups, names, strict=True))
        columns = ", ".join(names)
        ranked = [(level, of) for level, of in enumerate(aggregates, 1) if of]
        values += "".join(
            f", {of} over (partition by {', '.join(groups[:level])}) as aggregate_{level}" for level, of in ranked
        )
        carried = "".join(f", min(aggregate_{level}) as aggregate_{level}" for level, _ in ranked)
        place = f"row_number() over (order by {', '.join(keys)}) as place"
        self.ctes.append(
            _cte("ordered", [f"select instances.id as instance_id, instances.image_id, {values}, {place}", *body])
        )
        cell = "instance_id" if query.mode == "instances" else "image_id"
        self.ctes.append(
            _cte(
                "cells",
                [
                    f"select {cell}, {columns}, min(place) as place{carried}",
                    "from ordered",
                    f"group by {cell}, {columns}",
                ],
            )
        )
        order = []
        for level, (name, grouping) in enumerate(zip(names, query.groups, strict=True), 1):
            direction = " desc" if grouping.descending else ""
            type_ = self.fields[grouping.field].type
            order.append(f"{name} is null")
            if grouping.order == "size":
                order.append(f"count(*) over (partition by {', '.join(names[:level])}){direction}")
            elif grouping.order in AGGREGATES:
                order += [f"aggregate_{level} is null", f"aggregate_{level}{direction}"]
            order += ascending(name, type_, descending=grouping.order == "value" and grouping.descending)
        return self.statement([f"select {cell}, {columns}", "from cells", f"order by {', '.join([*order, 'place'])}"])

    def statement(self, lines: list[str]) -> Sql:
        head = ["with recursive " + ",\n".join(self.ctes)] if self.ctes else []
        return Sql("\n".join([*head, *lines]), self.params)

    def bind(self, value: Value) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def value(self, field: Field) -> str:
        """Return the SQL of a field's value and note the tables that it needs."""
        if field.similar:
            space = "null" if field.similar.space is None else self.bind(field.similar.space)
            examples = self.bind(write_examples(field.similar.examples))
            return f"panoptic_similarity(instances.image_id, {examples}, {space})"
        origin = source(field)
        self.tables.update(origin.tables)
        return origin.sql

    def where(self, where: Where) -> str:
        """Return SQL that is 1 or 0 for every instance, never null."""
        if isinstance(where, Condition):
            if where.field == ANYWHERE:
                sql = self.anywhere(self.bind(phrase_of(where)))
                return f"not {sql}" if where.operator == "notcontains" else sql
            return self.condition(test_of(where, self.fields[where.field]))
        parts = [self.where(part) for part in where.parts]
        match where.kind:
            case "all":
                return "(" + " and ".join(parts or ["1"]) + ")"
            case "any":
                return "(" + " or ".join(parts or ["0"]) + ")"
            case "not":
                return "not (" + " or ".join(parts or ["0"]) + ")"

    def anywhere(self, phrase: str) -> str:
        """Return SQL that finds a folded text in any text, tag's name or file's name."""
        alternatives = []
        for each in self.fields.searched:
            if each.has_names:
                table = self.names(each)
                alternatives.append(
                    f"instances.id in (select instance_id from {table} where instr(panoptic_fold(name), {phrase}) > 0)"
                )
                continue
            if not each.has_tags:
                alternatives.append(f"coalesce(instr(panoptic_fold({self.value(each)}), {phrase}) > 0, 0)")
                continue
            tags = f"select id from tags where property_id = {each.property_id} and "
            alternatives.append(
                f"exists (select 1 from {each.scope}_tags where {each.scope}_id = {_subject(each.scope)} "
                f"and tag_id in ({tags}instr(panoptic_fold(name), {phrase}) > 0))"
            )
        return "(" + " or ".join(alternatives) + ")"

    def condition(self, test: Test) -> str:
        if test.field.has_tags:
            holds = self.tagged(test)
        elif test.field.has_names:
            table = self.names(test.field)
            operands = [self.bind(operand) for operand in test.operands]
            sql = test.operator.sql.format(*operands, value="name", list=", ".join(operands))
            holds = f"instances.id in (select instance_id from {table} where {sql})"
        else:
            value = self.value(test.field)
            operands = [self.bind(operand) for operand in test.operands]
            sql = test.operator.sql
            if test.operator.operands == "list" and "{list}" not in sql:
                sql = " or ".join(sql.format(operand, value=value) for operand in operands) or "0"
            else:
                sql = sql.format(*operands, value=value, list=", ".join(operands))
            holds = f"coalesce({sql}, 0)" if test.operator.operands != "none" else f"({sql})"
        return f"not {holds}" if test.negated else holds

    def names(self, field: Field) -> str:
        """Note that the statement needs the table of a field's names, and return what it is called."""
        table = sources.table_of_names(field)
        if sources.NAMES[table] not in self.ctes:
            self.ctes.append(sources.NAMES[table])
        return table

    def tagged(self, test: Test) -> str:
        """Return SQL for a condition on tags; a tag counts with all tags below it."""
        scope, property_id = test.field.scope, test.field.property_id
        links = f"select 1 from {scope}_tags where {scope}_id = {_subject(scope)} and tag_id in "
        if test.operator.key == "notblank":
            return f"exists ({links}(select id from tags where property_id = {property_id}))"
        names = [self.bind(name_key(str(operand))) for operand in test.operands]

        def below(names: str) -> str:
            # A name that other software wrote has no key until somebody writes: most are ASCII, which SQLite folds.
            key = "coalesce(name_key, lower(name))" if self.fields.has_keys else "panoptic_name_key(name)"
            return f"exists ({links}({sources.TAGS_BELOW.format(property=property_id, key=key, names=names)}))"

        if test.operator.key == "all":
            return "(" + " and ".join(map(below, names) if names else ["1"]) + ")"
        return below(", ".join(names))

    def group(self, level: int, grouping: Grouping) -> str:
        """Return the SQL of a level's value; a field with tags is joined, so that a cell has a row per tag."""
        field = self.fields[grouping.field]
        step = step_of(field, grouping.step)
        if step.quantiles:
            return self.quantile(level, field, step.quantiles)
        if field.has_names:
            table = self.names(field)
            self.joins.append(f"left join {table} as names_{level} on names_{level}.instance_id = instances.id")
            return f"names_{level}.name"
        if not field.has_tags:
            return step.sql.format(value=self.value(field))
        scope, name = field.scope, f"tags_{level}"
        tags, value = f"tags on tags.id = tag_id where property_id = {field.property_id}", "tags.name"
        if grouping.step:
            paths = f"paths_{level}"
            self.ctes.append(sources.TAG_PATHS.format(name=paths, property=field.property_id, separator=ord(PATH)))
            tags, value = f"{paths} on {paths}.id = tag_id", f"{paths}.path"
        self.joins.append(
            f"left join (select {scope}_id as subject_id, {value} as name from {scope}_tags join {tags}) as {name} "
            f"on {name}.subject_id = {_subject(scope)}"
        )
        return f"{name}.name"

    def quantile(self, level: int, field: Field, bins: int) -> str:
        """Return the SQL of a value's bin, of bins that are cut from the values of the whole corpus."""
        name, value = f"bins_{level}", self.value(field)
        joins = "" if field.similar else " ".join(JOINS[table] for table in source(field).tables)
        self.ctes.append(sources.QUANTILES.format(name=name, value=value, bins=bins, joins=joins))
        self.joins.append(f"left join {name} on {name}.value = {value}")
        return f"{name}.low"

    def aggregate(self, grouping: Grouping) -> str:
        """Return what the groups of a level are ordered by, if that is another field; empty where it is not."""
        field = aggregated(grouping, self.fields)
        if field is None:
            return ""
        name = {"mean": "avg", "sum": "sum"}.get(grouping.order, grouping.order)
        value = self.value(field)
        if field.type == "date":
            value = f"panoptic_{'begin' if name == 'min' else 'end'}({value})"
        return f"{name}({value} * 1.0)" if field.type == "number" and name in ("avg", "sum") else f"{name}({value})"

    def sort(self, sort: Sort, seed: int) -> list[str]:
        direction = " desc" if sort.descending else ""
        if sort.key == RANDOM:
            return [shuffled("instances.id", self.bind(seed)) + direction]
        field = self.fields[sort.key]
        if field.has_tags:
            scope = field.scope
            value = (
                f"(select tags.name from {scope}_tags join tags on tags.id = tag_id "
                f"where {scope}_id = {_subject(scope)} and property_id = {field.property_id} "
                "order by tags.name collate panoptic limit 1)"
            )
        elif field.has_names:
            value = (
                f"(select name from {self.names(field)} where instance_id = instances.id "
                "order by name collate panoptic limit 1)"
            )
        else:
            value = self.value(field)
        return [f"{value} is null", *ascending(value, field.type, descending=sort.descending)]


def ascending(value: str, type_: FieldType, *, descending: bool = False) -> list[str]:
    """Return the keys that values of a type sort by: words as people do, dates in time, the longer period first."""
    up, down = (" desc", "") if descending else ("", " desc")
    if type_ == "date":
        return [f"panoptic_begin({value}){up}", f"panoptic_end({value}){down}", f"{value}{up}"]
    return [f"{value}{' collate panoptic' if type_ in WORDS else ''}{up}"]


def _subject(scope: str) -> str:
    return "instances.image_id" if scope == "image" else "instances.id"


def _cte(name: str, lines: list[str]) -> str:
    return f"{name} as (\n  " + "\n  ".join(lines) + "\n)"
