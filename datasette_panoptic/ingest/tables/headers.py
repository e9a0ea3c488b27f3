"""What the headers of a table say of its columns, and what options say of them, by name or by number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from datasette_panoptic.domain.fields import FIELD_TYPES, SCOPES, FieldType, Scope, is_reserved
from datasette_panoptic.domain.names import name_key, tidied
from datasette_panoptic.errors import IngestError, OptionError

from .read import Table

T = TypeVar("T")

Fusion = Literal["first", "last", "new", "all"]

HEADER = re.compile(r"(?P<name>.*)\[(?P<type>[^\[\]]*)\]\s*", re.DOTALL)

#: Types of Panoptic's headers that have another name here.
ALSO: dict[str, FieldType] = {"path": "text"}


@dataclass(frozen=True)
class TableOptions:
    """How to read a table. Names are columns', as names are compared, or `#2` for the second."""

    key: str | None = None  # one of KEYS or a property; None: the first column, if it is one of KEYS
    fusion: Fusion = "first"
    scopes: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    renames: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()  # texts that stand for nothing, outside of the key
    decimal: Literal["", ".", ","] = ""  # the mark before decimals; "": a point or, where a column has it, a comma
    is_escaped: bool = False  # as in an export for spreadsheets; what stands beside the table may say so too
    skip_errors: bool = False


@dataclass(frozen=True)
class Header:
    """One header as it is understood: `type` is what stands in brackets. A header without a name is none.

    `is_copied`: it has brackets and the name of a field of the system, as where Panoptic or an export wrote that out.
    """

    place: int
    name: str
    type: FieldType | None
    is_copied: bool = False

    @property
    def number(self) -> str:
        """What options may call the column."""
        return f"#{self.place + 1}"

    @property
    def key(self) -> str:
        """What its name is compared by."""
        return name_key(self.name)


@dataclass(frozen=True)
class HeaderOptions:
    """Options of single columns, by what their names are compared by, with types and scopes checked."""

    key: str | None
    types: Mapping[str, FieldType]
    scopes: Mapping[str, Scope]
    renames: Mapping[str, str]
    ignored: frozenset[str]


def header_options(options: TableOptions) -> HeaderOptions:
    """Check what is said of columns. Raises IngestError for a type or scope that there is not."""
    types: dict[str, FieldType] = {}
    for name, type_ in options.types.items():
        if type_ not in FIELD_TYPES:
            raise IngestError(f"unknown type `{type_}` of column `{name}`; types are {', '.join(FIELD_TYPES)}")
        types[name_key(name)] = type_
    scopes: dict[str, Scope] = {}
    for name, scope in options.scopes.items():
        if scope not in SCOPES:
            raise IngestError(f"unknown scope `{scope}` of column `{name}`; scopes are {', '.join(SCOPES)}")
        scopes[name_key(name)] = scope
    renames = {name_key(name): new for name, new in options.renames.items()}
    return HeaderOptions(options.key, types, scopes, renames, frozenset(map(name_key, options.ignored)))


def headers_of(table: Table, known: set[str], asked: HeaderOptions) -> Iterator[Header]:
    """Read `Name` and `Name[type]`. A plain header that is the name of a property is no other thing.

    `known` has what names of properties are compared by.
    """
    for place, raw in enumerate(table.headers):
        renamed = about(asked.renames, Header(place, tidied(raw), None))
        text = tidied(renamed or raw)
        header = Header(place, text, None)
        match = HEADER.fullmatch(text)
        if header.key in known or is_ignored(header, asked):
            yield header
            continue
        if not match:
            if "[" in text and "]" not in text:
                raise OptionError(f"header `{text}` lacks its `]`", f"--rename '{text}=NEW' gives it another name")
            yield header
            continue
        name = match["name"].strip()
        name = name if renamed else asked.renames.get(name_key(name), name)
        word = match["type"].strip().lower()
        type_ = ALSO.get(word, word)
        if is_reserved(name):
            yield Header(place, name, None, is_copied=True)
            continue
        if type_ not in FIELD_TYPES:
            if name_key(name) in asked.ignored:
                yield Header(place, name, None)
                continue
            raise OptionError(
                f"header `{text}` has the unknown type `{word}`; types are {', '.join(FIELD_TYPES)}",
                f"if that is part of the name, --rename '{text}=NEW', or --ignore '{text}'",
            )
        yield Header(place, name, type_)


def read_header(raw: str) -> tuple[str, FieldType | None]:
    """Return the name in a header, and the type where it asks for one that there is."""
    match = HEADER.fullmatch(raw)
    if not match:
        return tidied(raw.partition("[")[0]), None
    word = match["type"].strip().lower()
    type_ = ALSO.get(word, word)
    return tidied(match["name"]), type_ if type_ in FIELD_TYPES else None


def is_ignored(header: Header, asked: HeaderOptions) -> bool:
    return bool(asked.ignored & {header.number, header.key})


def about(said: Mapping[str, T], header: Header) -> T | None:
    """Return what is said of a column by its number or by its name."""
    return said.get(header.number, said.get(header.key))
