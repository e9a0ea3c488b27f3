"""What the page's form says of a table: its fields, column by column, become the options of an import.

Columns are named by their number, counted from 1: `use=2`, `name.2=Author`, `type.2=tag`, `scope.2=image`. The key is
`key=1` and `as=path`. Where the form has not been filled in, or was for another table, options are suggested.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from datasette_panoptic.domain.descriptions import SUFFIX
from datasette_panoptic.domain.fields import Field, FieldType, is_reserved
from datasette_panoptic.domain.names import name_key
from datasette_panoptic.domain.values import split_tags
from datasette_panoptic.errors import IngestError

from .headers import Fusion, TableOptions, read_header
from .plan import KEYS, PATHS
from .read import Table, as_escaped, read

COLUMN = re.compile(r"(name|type|scope)\.([1-9][0-9]{0,4})")
FIELDS = (
    "encoding", "separator", "sheet", "headers", "key", "as", "fusion", "empty", "decimal", "escaped", "use", "skip",
)  # fmt: skip
DECIMALS: tuple[Literal["", ".", ","], ...] = ("", ".", ",")


@dataclass(frozen=True)
class TableForm:
    """A form as it was sent. `headers` tells which table it was for; `empty` has markers between commas."""

    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    headers: str = ""
    key: int = 0
    key_as: str = ""
    fusion: Fusion = "first"
    empty: str = ""
    decimal: Literal["", ".", ","] = ""
    is_escaped: bool = False
    used: frozenset[int] = frozenset()
    skip_errors: bool = False
    names: Mapping[int, str] = field(default_factory=dict)
    types: Mapping[int, str] = field(default_factory=dict)
    scopes: Mapping[int, str] = field(default_factory=dict)


def from_pairs(pairs: Iterable[tuple[str, str]]) -> TableForm:
    """Read the fields of a form. Raises IngestError for one that is unknown or makes no sense."""
    one: dict[str, str] = {}
    columns: dict[str, dict[int, str]] = {"name": {}, "type": {}, "scope": {}}
    used = set()
    for name, value in pairs:
        if match := COLUMN.fullmatch(name):
            columns[match[1]][int(match[2])] = value.strip()
        elif name == "use":
            used.add(_number(value, name))
        elif name in FIELDS:
            one[name] = value
        else:
            raise IngestError(f"unknown field `{name}`; known: {', '.join(FIELDS)}, name.N, type.N, scope.N")
    fusion = one.get("fusion", "first")
    if fusion not in get_args(Fusion):
        raise IngestError(f"`fusion` cannot be `{fusion}`; choose among {', '.join(get_args(Fusion))}")
    decimal = one.get("decimal", "")
    if decimal not in DECIMALS:
        raise IngestError(f"`decimal` cannot be `{decimal}`; it is `.` or `,`")
    return TableForm(
        one.get("encoding", ""), one.get("separator", ""), one.get("sheet", ""), one.get("headers", ""),
        _number(one.get("key", "0"), "key"), one.get("as", ""), fusion,  # type: ignore[arg-type]  # just checked
        one.get("empty", ""), decimal, bool(one.get("escaped")), frozenset(used), bool(one.get("skip")),
        columns["name"], columns["type"], columns["scope"],
    )  # fmt: skip


def _number(value: str, name: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 6):
        raise IngestError(f"`{name}` takes the number of a column, not `{value}`")
    return int(value)


def opened(form: TableForm, path: Path, name: str) -> Table:
    """Open the table as the form says; what it says of another kind of file is passed over. Raises IngestError."""
    table = read(path, name=name, encoding=form.encoding or None, separator=form.separator or None)
    if form.sheet in table.sheets:
        return read(path, name=name, sheet=form.sheet)
    return as_escaped(table, path.with_name(path.name + SUFFIX), stated=form.is_escaped)


def fingerprint(table: Table) -> str:
    """Tell tables with other headers apart: columns are told by their places."""
    return f"{zlib.crc32(repr(table.headers).encode(errors='replace')):08x}"


@dataclass(frozen=True)
class FormColumn:
    """A column as the form has it. `own` is the type that its header asks for; `type` and `scope` "": as it comes.

    One without a header is used, so that what stands in it is told, and has no name until somebody gives it one.
    """

    number: int
    header: str
    name: str
    is_used: bool
    own: FieldType | None
    type: str
    scope: str


def columns(form: TableForm, table: Table) -> list[FormColumn]:
    """Return the columns as the form says or, where it is of another table, as is sensible at first."""
    columns = []
    is_filled_in = form.headers == fingerprint(table)
    for number, header in enumerate(table.headers, 1):
        name, own = read_header(header)
        if not is_filled_in:
            sensible = not is_reserved(name)
            columns.append(FormColumn(number, header, name, sensible, own, "", ""))
            continue
        said = form.names.get(number, name)
        type_, scope = form.types.get(number, ""), form.scopes.get(number, "")
        columns.append(FormColumn(number, header, said or name, number in form.used, own, type_, scope))
    return columns


def key(form: TableForm, table: Table) -> tuple[int, str]:
    """Return the column that finds instances and what it is, as the form says or else the first that can be one."""
    if form.headers == fingerprint(table) and 0 < form.key <= len(table.headers):
        return form.key, form.key_as or KEYS[0]
    names = [name_key(read_header(header)[0]) for header in table.headers]
    if names[0] in PATHS:
        return 1, "path"
    return next(((number, name) for number, name in enumerate(names, 1) if name in KEYS), (1, "path"))


def options_of(form: TableForm, table: Table, known: Mapping[str, Field]) -> TableOptions:
    """Return the options of the import that a form asks for."""
    number, key_as = key(form, table)
    renames, types, scopes, ignored = {f"#{number}": key_as}, {}, {}, set()
    for column in columns(form, table):
        place = f"#{column.number}"
        if column.number == number:
            continue
        if not column.is_used:
            ignored.add(place)
            continue
        if column.name:
            renames[place] = column.name
        existing = known.get(name_key(column.name))
        if type_ := existing.type if existing else column.type or column.own:
            types[place] = type_
        if scope := existing.scope if existing else column.scope:
            scopes[place] = scope
    return TableOptions(
        f"#{number}", form.fusion, scopes, types, renames, frozenset(ignored),
        frozenset(split_tags(form.empty)), form.decimal, form.is_escaped, form.skip_errors,
    )  # fmt: skip
