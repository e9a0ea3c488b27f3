"""A query's text is the URL's query string. One grammar maps it both ways.

    _mode=images  _folder=3  _in=5  _search=cat -dog  _sort=name  _sort_desc=Likes  _seed=7
    _similar=image:5,-image:9,text:a boat  _space=2
    Author=Anna  Likes__gt=50  Topic__any=cat,dog  Said at__within=2021  Topic__isblank=1
    _group=Topic  _group=Said at:year  _group=Topic::!size  _group=Topic:tree  _group=Topic::!mean:Likes
    _where=any(Topic=cat;not(Likes__gt=50;Seen=true))

Conditions beside each other all hold. A list is separated by commas. Names, and values inside lists and `_where`, may
have characters of the grammar written `~XX`: see `domain.escapes`.
`parse(to_pairs(query)) == query` for every query; what cannot be read is a BadQuery that names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from datasette_panoptic.domain.escapes import escaped, escaped_name, key_name, read_name, unescaped
from datasette_panoptic.domain.names import same_name
from datasette_panoptic.domain.query import (
    AGGREGATES,
    GROUP_ORDERS,
    KINDS,
    MODES,
    MOST_LEVELS,
    Combined,
    Condition,
    Grouping,
    Kind,
    Mode,
    Query,
    Sort,
    Where,
)
from datasette_panoptic.domain.similar import Similar, read_examples, write_examples
from datasette_panoptic.errors import BadQuery

from .operators import KEYS, TABLE
from .steps import is_step

Pairs = list[tuple[str, str]]

#: Keys of the page that say how to show a query and not what to show: thumbnail size, first position, language, the
#: instance whose image page is open, grid or table, properties shown, fields counted beside the grid, saved view, the
#: space in which an image page looks for similar images.
LAYOUT_KEYS = frozenset({"_thumb", "_at", "_lang", "_instance", "_view", "_show", "_facets", "_tab", "_near"})

#: Half a character: what a command line has in the place of bytes that are no UTF-8.
NO_TEXT = re.compile("[\ud800-\udfff]")

#: Keys that say one thing.
ONCE = ("_mode", "_seed", "_in", "_search", "_similar", "_space")

#: Beyond it an id fits no SQLite integer.
LARGEST_INTEGER = 2**63 - 1
LONGEST_INTEGER = len(str(LARGEST_INTEGER))

#: Keys of a query string.
MOST_KEYS = 5000
#: Conditions of a view, those within others counted: each is a pass over all instances.
MOST_CONDITIONS = 1000
#: Values that they compare with, altogether: SQLite binds no more than 32,766.
MOST_OPERANDS = 20_000

#: How deep conditions may nest: far beyond what a person reads, far below what Python's stack holds.
DEEPEST = 50

OPERANDS = {operator.key: operator.operands for operator in TABLE}


def parse(pairs: Iterable[tuple[str, str]]) -> Query:
    """Read a query from the (key, value) pairs of a query string; layout keys are passed over."""
    pairs = list(pairs)
    if len(pairs) > MOST_KEYS:
        raise BadQuery(f"a query has {MOST_KEYS:,} keys at most, not {len(pairs):,}")
    query, space = Query(), None
    seen: set[str] = set()
    for name, value in pairs:
        if name in LAYOUT_KEYS:
            continue
        if NO_TEXT.search(name + value):
            raise BadQuery(f"{ascii(f'{name}={value}')[1:81]} contains bytes that are not valid UTF-8")
        if name in seen and name in ONCE:
            raise BadQuery(f"`{name}` may be given once")
        seen.add(name)
        match name:
            case "_mode":
                query = replace(query, mode=_mode(value))
            case "_folder":
                query = replace(query, folders=query.folders | {_integer(name, value)})
            case "_in":
                query = replace(query, within=_integer(name, value))
            case "_search":
                query = replace(query, search=value)
            case "_seed":
                query = replace(query, seed=_integer(name, value))
            case "_similar":
                query = replace(query, similar=Similar(read_examples(value)))
            case "_space":
                space = _integer(name, value)
            case "_sort" | "_sort_desc":
                query = replace(query, sorts=(*query.sorts, _sort(name, value, query)))
            case "_group":
                query = replace(query, groups=(*query.groups, _grouping(value)))
            case "_where":
                query = replace(query, where=(*query.where, _Reader(value).whole()))
            case _:
                query = replace(query, where=(*query.where, _condition(name, value)))
    if query.similar and space is not None:
        query = replace(query, similar=replace(query.similar, space=space))
    _check_size(query)
    return query


def _check_size(query: Query) -> None:
    """Refuse what would take all of the server. Raises BadQuery."""
    if len(query.groups) > MOST_LEVELS:
        raise BadQuery(
            f"`_group` is given {len(query.groups)} times; a view has {MOST_LEVELS} levels of groups at most"
        )
    conditions = operands = 0
    waiting = list(query.where)
    while waiting:
        where = waiting.pop()
        conditions += 1
        if isinstance(where, Condition):
            operands += len(where.operands)
        else:
            waiting += where.parts
    if conditions > MOST_CONDITIONS:
        raise BadQuery(f"a view has {MOST_CONDITIONS:,} conditions at most, not {conditions:,}")
    if operands > MOST_OPERANDS:
        raise BadQuery(f"the conditions of a view compare with {MOST_OPERANDS:,} values at most, not {operands:,}")


def parse_string(text: str) -> Query:
    """Read a query from a query string, with or without its `?`."""
    return parse(parse_qsl(text.removeprefix("?"), keep_blank_values=True))


def position(text: str) -> int:
    """Return the first position that a query string asks to show; 0 where it names none."""
    positions = [value for name, value in parse_qsl(text.removeprefix("?")) if name == "_at"]
    return _integer("_at", positions[-1]) if positions else 0


def to_pairs(query: Query) -> Pairs:
    """Write a query as the pairs of a query string; what is at its default is left out."""
    pairs: Pairs = []
    if query.mode != Query.mode:
        pairs.append(("_mode", query.mode))
    pairs += [("_folder", str(folder)) for folder in sorted(query.folders)]
    if query.within is not None:
        pairs.append(("_in", str(query.within)))
    if query.search:
        pairs.append(("_search", query.search))
    if query.similar:
        pairs.append(("_similar", write_examples(query.similar.examples)))
        if query.similar.space is not None:
            pairs.append(("_space", str(query.similar.space)))
    pairs += [_pair(where) for where in query.where]
    pairs += [("_group", _write_grouping(grouping)) for grouping in query.groups]
    pairs += [("_sort_desc" if sort.descending else "_sort", key_name(sort.key)) for sort in query.sorts]
    if query.seed != Query.seed:
        pairs.append(("_seed", str(query.seed)))
    return pairs


def to_string(query: Query) -> str:
    """Write a query as a query string, without `?`."""
    return urlencode(to_pairs(query))


def split_list(value: str) -> list[str]:
    """Read a list of names, as layout keys have them; `join_list` writes it."""
    return [unescaped(part) for part in value.split(",")] if value else []


def join_list(names: Iterable[str]) -> str:
    return ",".join(map(escaped, names))


def _mode(value: str) -> Mode:
    for mode in MODES:
        if mode == value:
            return mode
    raise BadQuery(f"`_mode` cannot be `{value}`; choose among {', '.join(MODES)}")


def _integer(name: str, value: str) -> int:
    digits = value.isascii() and value.isdigit() and len(value) <= LONGEST_INTEGER
    if not digits or int(value) > LARGEST_INTEGER:
        raise BadQuery(f"`{name}` takes a whole number, not `{value[:80]}`")
    return int(value)


def _sort(name: str, value: str, query: Query) -> Sort:
    if not value:
        raise BadQuery(f"`{name}` does not name a field")
    key = read_name(value)
    if any(same_name(key, sort.key) for sort in query.sorts):
        raise BadQuery(f"`{name}={value}` sorts by `{key}` a second time")
    return Sort(key, descending=name == "_sort_desc")


def _grouping(value: str) -> Grouping:
    """Read `field`, `field:step`, then `:order`, then `:field` if that is an aggregate; `!` before an order: down.

    A colon that no step or order follows belongs to the field's name: `dc:title:year` is `dc:title` by year.
    """
    parts = value.split(":")
    if not parts[0]:
        raise BadQuery(f"`_group={value}` is not a grouping; write `field`, `field:step` or `field:step:!size`")
    for end in range(1, len(parts)):
        grouping = _stepped(":".join(parts[:end]), parts[end:])
        if grouping:
            return grouping
    if len(parts) > 1 and is_step(unescaped(parts[1])):
        raise _bad_order(value, parts[2:])
    return Grouping(read_name(value))


def _stepped(field: str, rest: Sequence[str]) -> Grouping | None:
    """Read what follows a field's name as its step and the order of its groups; None where it is something else."""
    step, direction, *of = [*rest, ""] if len(rest) == 1 else rest
    order = next((known for known in GROUP_ORDERS if known == (direction.removeprefix("!") or "value")), None)
    is_explicit = direction not in ("", "!")
    if order is None or bool(":".join(of)) != (order in AGGREGATES) or not (is_explicit or is_step(unescaped(step))):
        return None
    return Grouping(
        read_name(field), unescaped(step), order, read_name(":".join(of)), descending=direction.startswith("!")
    )


def _bad_order(value: str, rest: Sequence[str]) -> BadQuery:
    order = rest[0].removeprefix("!") if rest else ""
    if order in AGGREGATES or (order in ("", *GROUP_ORDERS) and len(rest) > 1):
        return BadQuery(f"`_group={value}`: {', '.join(AGGREGATES)} need a field, as in `field:step:!mean:Likes`")
    return BadQuery(f"`_group={value}`: groups are ordered by {', '.join(GROUP_ORDERS)}, not `{order}`")


def _write_grouping(grouping: Grouping) -> str:
    order = "" if grouping.order == "value" and is_step(grouping.step) else grouping.order
    step, of = (escaped(part) if part else "" for part in (grouping.step, grouping.of))
    parts = [escaped(grouping.field), step, f"{'!' if grouping.descending else ''}{order}", of]
    while not parts[-1]:
        parts.pop()
    return ":".join(parts)


def _pair(where: Where) -> tuple[str, str]:
    """Write what holds at the top: a condition as a key of its own, anything else as `_where`."""
    if isinstance(where, Condition):
        return _key(key_name(where.field), where.operator), _operands(where, safe=False)
    return "_where", _write(where)


def _key(name: str, operator: str) -> str:
    """Join a field's name, as it is written, with an operator; one that ends like an operator has its own named."""
    return name if operator == "exact" and _split(name) == (name, "exact") else f"{name}__{operator}"


def _split(name: str) -> tuple[str, str]:
    """Split `field__operator`; a name that ends in no operator is a field's, compared exactly."""
    field, separator, operator = name.rpartition("__")
    return (field, operator) if separator and field and operator in KEYS else (name, "exact")


def _condition(name: str, value: str) -> Condition:
    field, operator = _split(name)
    if name.startswith("_"):
        raise BadQuery(f"unknown key `{name}`; for a property of that name write `{escaped_name(field)}={value[:30]}`")
    return Condition(read_name(field), operator, _read_operands(operator, value, safe=False))


def _operands(condition: Condition, *, safe: bool) -> str:
    match OPERANDS[condition.operator]:
        case "none":
            return "1"
        case "one":
            (operand,) = condition.operands
            return escaped(operand) if safe else operand
        case _:
            return ",".join(map(escaped, condition.operands))


def _read_operands(operator: str, value: str, *, safe: bool) -> tuple[str, ...]:
    match OPERANDS[operator]:
        case "none":
            if value != "1":
                raise BadQuery(f"`{operator}` takes no value; write `__{operator}=1`")
            return ()
        case "one":
            return (unescaped(value) if safe else value,)
        case _:
            # No text at all is no operand, and a lone `~` is one that is empty.
            return tuple(unescaped(part) for part in value.split(",")) if value else ()


def _write(where: Where) -> str:
    if isinstance(where, Condition):
        return f"{_key(escaped(where.field), where.operator)}={_operands(where, safe=True)}"
    return f"{where.kind}({';'.join(map(_write, where.parts))})"


class _Reader:
    """Reads the compact form from left to right."""

    TOKEN = re.compile(rf"(?P<kind>{'|'.join(KINDS)})\(|(?P<condition>[^();=]+)=(?P<value>[^();]*)")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def whole(self) -> Where:
        where = self.where(0)
        if self.at != len(self.text):
            raise self.fault()
        return where

    def where(self, depth: int) -> Where:
        match = self.TOKEN.match(self.text, self.at)
        if not match or depth > DEEPEST:
            raise self.fault()
        self.at = match.end()
        if not match["kind"]:
            field, operator = _split(match["condition"])
            return Condition(read_name(field), operator, _read_operands(operator, match["value"], safe=True))
        parts: list[Where] = []
        while not self.text.startswith(")", self.at):
            if parts:
                self.expect(";")
            parts.append(self.where(depth + 1))
        self.expect(")")
        kind: Kind = match["kind"]  # type: ignore[assignment]  # the pattern has no others
        return Combined(kind, tuple(parts))

    def expect(self, sign: str) -> None:
        if not self.text.startswith(sign, self.at):
            raise self.fault()
        self.at += len(sign)

    def fault(self) -> BadQuery:
        if self.at >= len(self.text):
            return BadQuery(f"`_where` ends too early; is a parenthesis open? `{self.text[:200]}`")
        return BadQuery(f"`_where` cannot be read from `{self.text[self.at : self.at + 30]}` on: `{self.text[:200]}`")
