"""What the columns of a table are in a project: the key that finds instances, and properties, made or to be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datasette_panoptic.domain.descriptions import DescribedProperty
from datasette_panoptic.domain.fields import RESERVED, TAG_TYPES, Field, FieldType, Scope
from datasette_panoptic.errors import IngestError, OptionError

from .headers import Header, HeaderOptions, TableOptions, about, asked_by, headers_of, is_ignored
from .read import Table
from .values import guess

#: Fields that say which instances a row speaks of.
KEYS = ("id", "path", "name", "sha1")
#: What Panoptic 1.0 calls the paths in its exports.
PATHS = ("local_path", "global_path")

#: Columns of one import: SQLite's tables have at most 2,000.
MOST_COLUMNS = 1_900


@dataclass(frozen=True)
class Key:
    """The column that says which instances a row speaks of; `property` where it is no field of the system."""

    place: int
    name: str
    property: Field | None = None


@dataclass(frozen=True)
class PlannedColumn:
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
    columns: tuple[PlannedColumn, ...]
    passed_over: tuple[str, ...]


def make_plan(
    table: Table, known: Mapping[str, Field], described: Mapping[str, DescribedProperty], options: TableOptions
) -> Plan:
    """Decide what each column is. `known` has the project's properties by name in small letters.

    Raises IngestError, which names the column and says what helps.
    """
    asked = asked_by(options)
    headers = list(headers_of(table, {*known, *described}, asked))
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
        scope = about(asked.scopes, header) or (existing or says or _Instance).scope
        column = PlannedColumn(
            header.place,
            existing.name if existing else header.name,
            type_,
            scope,
            existing.property_id if existing else None,
            header.place in told,
            says if says and says.type == type_ else None,
        )
        if existing and (existing.type, existing.scope) != (type_, scope):
            raise OptionError(
                f"property `{existing.name}` is of type {existing.type} and scope {existing.scope}, column "
                f"`{header.name}` of {type_} and {scope}",
                f"rename one with --rename '{header.name}=NEW'",
            )
        columns.append(column)
    if len(columns) > MOST_COLUMNS:
        raise IngestError(
            f"the table has {len(columns)} columns of values, and one import takes {MOST_COLUMNS}: leave some out"
        )
    return Plan(key, tuple(columns), tuple(header.name for header in passed_over))


class _Instance:
    scope: Scope = "instance"


def _key(headers: list[Header], known: Mapping[str, Field], asked: HeaderOptions) -> Key:
    wanted = asked.key or headers[0].name
    found = next((header for header in headers if wanted.lower() in (header.number, header.name.lower())), None)
    names = ", ".join(f"`{header.name}`" for header in headers)
    if found is None:
        raise IngestError(f"no column `{wanted}` to find instances by; the columns are {names}")
    name = found.name.lower()
    if name in PATHS and name not in known:
        return Key(found.place, "path")
    if name in KEYS:
        return Key(found.place, name)
    if asked.key and (existing := known.get(name)):
        return Key(found.place, existing.name, existing)
    if asked.key:
        raise IngestError(f"`{found.name}` is no property of this project; a key is {', '.join(KEYS)} or a property")
    raise OptionError(
        f"the first column, `{wanted}`, does not say which images its rows speak of",
        f"name the column that does with --key (of {names}); it may need --rename COLUMN=path",
    )


def _is_passed_over(header: Header, headers: list[Header], key: Key, asked: HeaderOptions) -> bool:
    """Tell whether a column is left out: as asked, or as one of those that an export has besides the properties."""
    if header.place == key.place:
        return False
    is_export = [first.name.lower() for first in headers[:2]] == ["id", "path"]
    is_of_system = header.is_copied or (is_export and header.name.lower() in RESERVED)
    return is_of_system or is_ignored(header, asked)


def _check(rest: list[Header], known: Mapping[str, Field], headers: list[Header], asked: HeaderOptions) -> None:
    seen: set[str] = set()
    for header in rest:
        name = header.name.lower()
        if not name or "\0" in name:
            raise OptionError(
                f"column number {header.place + 1} has no name", f"--rename '{header.number}=NAME' gives it one"
            )
        if name in RESERVED:
            raise OptionError(
                f"column `{header.name}` has a name that the project uses itself",
                f"--rename '{header.name}=NEW' or --ignore '{header.name}'",
            )
        if name in seen:
            raise OptionError(
                f"there are two columns `{header.name}`",
                f"rename one, --rename '{header.number}=NEW', or --ignore '{header.number}'",
            )
        seen.add(name)
    there = {word for header in headers for word in (header.number, header.name.lower())}
    for option, names in (("--type", asked.types), ("--scope", asked.scopes)):
        if unknown := [name for name in names if name not in there]:
            raise IngestError(f"{option} speaks of column `{unknown[0]}`, which the file does not have")


def _said_type(
    header: Header, known: Mapping[str, Field], described: Mapping[str, DescribedProperty], asked: HeaderOptions
) -> FieldType | None:
    """Return a column's type by what is said of it, the nearest first; None: it is to be guessed."""
    if said := about(asked.types, header):
        return said
    found = known.get(header.name.lower()) or described.get(header.name.lower())
    return header.type or (found.type if found else None)
