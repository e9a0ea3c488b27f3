"""A query's text is the URL's query string. One table maps each key both ways.

`parse(to_pairs(query)) == query` for every query, and what parses is what the page shows: an unknown key, a repeated
single key or a malformed value is a BadQuery that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from datasette_panoptic.domain.query import MODES, SORT_KEYS, Query, Sort
from datasette_panoptic.errors import BadQuery

Pairs = list[tuple[str, str]]

#: Keys of the page that say how to show a query and not what to show: thumbnail size, first position, language,
#: and the instance whose image page is open.
LAYOUT_KEYS = frozenset({"_thumb", "_at", "_lang", "_instance"})

#: Beyond it an id fits no SQLite integer.
LARGEST_INTEGER = 2**63 - 1


@dataclass(frozen=True)
class Key:
    """One key of the query string: how its values become arguments of Query, and back."""

    read: Callable[[str, str, Query], Query]
    write: Callable[[Query], Pairs]


def parse(pairs: Iterable[tuple[str, str]]) -> Query:
    """Read a query from the (key, value) pairs of a query string; layout keys are passed over."""
    query = Query()
    seen: set[str] = set()
    for name, value in pairs:
        if name in LAYOUT_KEYS:
            continue
        if name not in KEYS:
            raise BadQuery(f"unknown key `{name}`; known: {', '.join(sorted(KEYS))}")
        if name in seen and name not in REPEATABLE:
            raise BadQuery(f"`{name}` may be given once")
        seen.add(name)
        query = KEYS[name].read(name, value, query)
    return query


def parse_string(text: str) -> Query:
    """Read a query from a query string, with or without its `?`."""
    return parse(parse_qsl(text.removeprefix("?"), keep_blank_values=True))


def position(text: str) -> int:
    """Return the first position that a query string asks to show; 0 where it names none."""
    found = [value for name, value in parse_qsl(text.removeprefix("?")) if name == "_at"]
    return _integer("_at", found[-1]) if found else 0


def to_pairs(query: Query) -> Pairs:
    """Write a query as the pairs of a query string; what is at its default is left out."""
    return [pair for key in KEYS.values() for pair in key.write(query)]


def to_string(query: Query) -> str:
    """Write a query as a query string, without `?`."""
    return urlencode(to_pairs(query))


def _sort(name: str, value: str) -> Sort:
    key = _choice(name, value, SORT_KEYS)
    return Sort(key, descending=name == "_sort_desc")  # type: ignore[arg-type]  # _choice has checked it


def _choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BadQuery(f"`{name}` cannot be `{value}`; choose among {', '.join(choices)}")
    return value


def _integer(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()) or int(value) > LARGEST_INTEGER:
        raise BadQuery(f"`{name}` takes a whole number, not `{value}`")
    return int(value)


def _with(query: Query, **changes: object) -> Query:
    return replace(query, **changes)  # type: ignore[arg-type]


def _read_sort(name: str, value: str, query: Query) -> Query:
    sort = _sort(name, value)
    if any(sort.key == other.key for other in query.sorts):
        raise BadQuery(f"`{name}={value}` sorts by `{value}` a second time")
    return _with(query, sorts=(*query.sorts, sort))


REPEATABLE = {"_folder", "_sort", "_sort_desc"}

KEYS: dict[str, Key] = {
    "_mode": Key(
        read=lambda name, value, query: _with(query, mode=_choice(name, value, MODES)),
        write=lambda query: [("_mode", query.mode)] if query.mode != Query.mode else [],
    ),
    "_folder": Key(
        read=lambda name, value, query: _with(query, folders=query.folders | {_integer(name, value)}),
        write=lambda query: [("_folder", str(folder)) for folder in sorted(query.folders)],
    ),
    "_seed": Key(
        read=lambda name, value, query: _with(query, seed=_integer(name, value)),
        write=lambda query: [("_seed", str(query.seed))] if query.seed != Query.seed else [],
    ),
    "_sort": Key(
        read=_read_sort,
        write=lambda query: [("_sort_desc" if sort.descending else "_sort", sort.key) for sort in query.sorts],
    ),
    "_sort_desc": Key(read=_read_sort, write=lambda query: []),  # written by `_sort`: the two share one order
}
