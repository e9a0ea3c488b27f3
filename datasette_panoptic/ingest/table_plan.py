"""What the columns of a table are in a project: the key that finds instances, and properties, made or to be made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from datasette_panoptic.domain.descriptions import DescribedProperty
from datasette_panoptic.domain.fields import FIELD_TYPES, RESERVED, SCOPES, TAG_TYPES, Field, FieldType, Scope
from datasette_panoptic.errors import IngestError

from .table import Table
from .table_values import guess

Fusion = Literal["first", "last", "new", "all"]

#: Fields that say which instances a row speaks of.
KEYS = ("id", "path", "name", "sha1")

HEADER = re.compile(r"(?P<name>.*)\[(?P<type>[^\[\]]*)\]\s*", re.DOTALL)

#: Types of Panoptic's headers that have another name here.
ALSO: dict[str, FieldType] = {"path": "text"}


@dataclass(frozen=True)
class TableOptions:
    """How to read a table. Names are columns', in any case of letters."""

    key: str | None = None  # one of KEYS or a property; None: the first column, if it is one of KEYS
    fusion: Fusion = "first"
    scopes: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    renames: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    skip_errors: bool = False


@dataclass(frozen=True)
class Key:
    """The column that says which instances a row speaks of; `property` where it is no field of the system."""

    place: int
    name: str
    property: Field | None = None


@dataclass(frozen=True)
class Column:
    """A column of values. `existing` is the property that takes them; None: it is to be made."""

    place: int
    name: str
    type: FieldType
    scope: Scope
    existing: int | None = None
    guessed: bool = False
    described: DescribedProperty | None = None

    @property
    def has_tags(self) -> bool:
        return self.type in TAG_TYPES


@dataclass(frozen=True)
class Plan:
    key: Key
    columns: tuple[Column, ...]
    passed_over: tuple[str, ...]


@dataclass(frozen=True)
class Header:
    """One header as it is understood: `type` is what stands in brackets."""

    place: int
    name: str
    type: FieldType | None


def make_plan(
    table: Table, known: Mapping[str, Field], described: Mapping[str, DescribedProperty], options: TableOptions
) -> Plan:
    """Decide what each column is. `known` has the project's properties by name in small letters.

    Raises IngestError, which names the column and says what helps.
    """
    asked = _asked(options)
    headers = list(_headers(table, {*known, *described}, asked))
    key = _key(headers, known, asked)
    passed_over = [header for header in headers if _is_passed_over(header, headers, key, asked)]
    rest = [header for header in headers if header.place != key.place and header not in passed_over]
    _check(rest, known, headers, asked)
    told = [header.place for header in rest if _said_type(header, known, described, asked) is None]
    guessed = guess((cells for _, cells in table.rows()), told) if told else {}
    columns = []
    for header in rest:
        name = header.name.lower()
        existing, says = known.get(name), described.get(name)
        type_ = _said_type(header, known, described, asked) or guessed.get(header.place, "text")
        scope = asked.scopes.get(name) or (existing or says or _Instance).scope
        column = Column(
            header.place,
            existing.name if existing else header.name,
            type_,
            scope,
            existing.property_id if existing else None,
            header.place in told,
            says if says and says.type == type_ else None,
        )
        if existing and (existing.type, existing.scope) != (type_, scope):
            raise IngestError(
                f"property `{existing.name}` is of type {existing.type} and scope {existing.scope}, column "
                f"`{header.name}` of {type_} and {scope}: rename one with --rename '{header.name}=NEW'"
            )
        columns.append(column)
    return Plan(key, tuple(columns), tuple(header.name for header in passed_over))


class _Instance:
    scope: Scope = "instance"


@dataclass(frozen=True)
class _Asked:
    """Options with names in small letters, their types and scopes checked."""

    key: str | None
    types: Mapping[str, FieldType]
    scopes: Mapping[str, Scope]
    renames: Mapping[str, str]
    ignored: frozenset[str]


def _asked(options: TableOptions) -> _Asked:
    types: dict[str, FieldType] = {}
    for name, type_ in options.types.items():
        if type_ not in FIELD_TYPES:
            raise IngestError(f"no type `{type_}`, asked for `{name}`; types are {', '.join(FIELD_TYPES)}")
        types[name.lower()] = type_
    scopes: dict[str, Scope] = {}
    for name, scope in options.scopes.items():
        if scope not in SCOPES:
            raise IngestError(f"no scope `{scope}`, asked for `{name}`; scopes are {', '.join(SCOPES)}")
        scopes[name.lower()] = scope
    renames = {name.lower(): new for name, new in options.renames.items()}
    return _Asked(options.key, types, scopes, renames, frozenset(name.lower() for name in options.ignored))


def _headers(table: Table, known: set[str], asked: _Asked) -> Iterator[Header]:
    """Read `Name` and `Name[type]`. A plain header that is the name of a property is no other thing."""
    widest = len(table.headers)
    while widest and not table.headers[widest - 1].strip():
        widest -= 1  # spreadsheets leave empty columns at the end
    for place, raw in enumerate(table.headers[:widest]):
        renamed = asked.renames.get(raw.strip().lower())
        text = (renamed or raw).strip()
        match = HEADER.fullmatch(text)
        if text.lower() in known or text.lower() in asked.ignored or not match:
            if "[" in text and "]" not in text:
                raise IngestError(f"header `{text}` lacks its `]`; --rename '{text}=NEW' gives it another name")
            yield Header(place, text, None)
            continue
        name = match["name"].strip()
        name = name if renamed else asked.renames.get(name.lower(), name)
        word = match["type"].strip().lower()
        type_ = ALSO.get(word, word)
        if type_ not in FIELD_TYPES:
            if name.lower() in asked.ignored:
                yield Header(place, name, None)
                continue
            raise IngestError(
                f"header `{text}` asks for the type `{word}`; types are {', '.join(FIELD_TYPES)}. "
                f"If that is part of its name: --rename '{text}=NEW', or --ignore '{text}'"
            )
        yield Header(place, name, type_)


def _key(headers: list[Header], known: Mapping[str, Field], asked: _Asked) -> Key:
    wanted = asked.key or headers[0].name
    found = next((header for header in headers if header.name.lower() == wanted.lower()), None)
    names = ", ".join(f"`{header.name}`" for header in headers)
    if found is None:
        raise IngestError(f"no column `{wanted}` to find instances by; the columns are {names}")
    if wanted.lower() in KEYS:
        return Key(found.place, wanted.lower())
    if asked.key and (existing := known.get(wanted.lower())):
        return Key(found.place, existing.name, existing)
    if asked.key:
        raise IngestError(f"`{wanted}` is no property of this project; a key is {', '.join(KEYS)} or a property")
    raise IngestError(
        f"the first column, `{wanted}`, does not say which images its rows speak of; name the column that does with "
        f"--key (of {names}); it may need --rename COLUMN=path"
    )


def _is_passed_over(header: Header, headers: list[Header], key: Key, asked: _Asked) -> bool:
    """Tell whether a column is left out: as asked, or as the other half of the pair that exports begin with."""
    if header.place == key.place:
        return False
    pair = [first.name.lower() for first in headers[:2]] == ["id", "path"]
    return header.name.lower() in asked.ignored or (pair and header.place < 2)


def _check(rest: list[Header], known: Mapping[str, Field], headers: list[Header], asked: _Asked) -> None:
    seen: set[str] = set()
    for header in rest:
        name = header.name.lower()
        if name in RESERVED or not name or "\0" in name:
            shown = header.name or f"number {header.place + 1}"
            raise IngestError(
                f"column `{shown}` has a name that the project uses itself: --rename '{header.name}=NEW' or "
                f"--ignore '{header.name}'"
                if name
                else f"column {shown} has no name; give it one in the file"
            )
        if name in seen:
            raise IngestError(f"there are two columns `{header.name}`; rename one in the file, or --ignore both")
        seen.add(name)
    there = {header.name.lower() for header in headers}
    for option, names in (("--type", asked.types), ("--scope", asked.scopes)):
        if unknown := [name for name in names if name not in there]:
            raise IngestError(f"{option} speaks of column `{unknown[0]}`, which the file does not have")


def _said_type(
    header: Header, known: Mapping[str, Field], described: Mapping[str, DescribedProperty], asked: _Asked
) -> FieldType | None:
    """Return a column's type by what is said of it, the nearest first; None: it is to be guessed."""
    name = header.name.lower()
    if name in asked.types:
        return asked.types[name]
    found = known.get(name) or described.get(name)
    return header.type or (found.type if found else None)
