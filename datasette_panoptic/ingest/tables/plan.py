"""What the columns of a table are in a project: the key that finds instances, and properties, made or to be made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from datasette_panoptic.domain.descriptions import DescribedProperty
from datasette_panoptic.domain.fields import TAG_TYPES, Field, FieldType, Scope, is_reserved
from datasette_panoptic.domain.names import checked, name_key
from datasette_panoptic.errors import BadName, IngestError, OptionError

from .delimited import DECIMAL_COMMA, contains
from .guess import Guess, guess
from .headers import Header, HeaderOptions, TableOptions, about, header_options, headers_of, is_ignored
from .read import Table

#: Fields that say which instances a row speaks of.
KEYS = ("id", "path", "name", "sha1")
#: What columns of paths are called: in exports of Panoptic 1.0, and in tables of other people.
PATHS = (
    "local_path", "global_path", "file", "filename", "file_name", "filepath", "file_path",
    "image", "image_path", "image_file",
)  # fmt: skip

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
    guess: Guess | None = None  # where its type is by its cells
    decimal: str = "."
    described: DescribedProperty | None = None

    @property
    def has_tags(self) -> bool:
        return self.type in TAG_TYPES


@dataclass(frozen=True)
class Plan:
    """What becomes of the columns. `nameless` are the places of those without a header: their cells go nowhere."""

    key: Key
    columns: tuple[PlannedColumn, ...]
    passed_over: tuple[str, ...]
    nameless: tuple[int, ...] = ()


def make_plan(
    table: Table, known: Mapping[str, Field], described: Mapping[str, DescribedProperty], options: TableOptions
) -> Plan:
    """Decide what each column is. `known` has the project's properties by what their names are compared by.

    Raises IngestError, which names the column and says what helps.
    """
    asked = header_options(options)
    headers = list(headers_of(table, {*known, *described}, asked))
    key = _key(headers, known, asked)
    passed_over = [header for header in headers if _is_passed_over(header, headers, key, asked)]
    rest = [header for header in headers if header.name and header.place != key.place and header not in passed_over]
    nameless = [
        header.place for header in headers
        if not header.name and header.place != key.place and header not in passed_over
    ]  # fmt: skip
    _check(rest, known, headers, asked)
    types = {header.place: _said_type(header, known, described, asked) for header in rest}
    guesses = _guesses(table, types, options)
    columns = []
    for header in rest:
        existing, says = known.get(header.key), described.get(header.key)
        guessed = guesses.get(header.place, Guess(None))
        type_ = types[header.place] or guessed.type or "text"
        scope = about(asked.scopes, header) or (existing or says or _Instance).scope
        column = PlannedColumn(
            header.place,
            existing.name if existing else header.name,
            type_,
            scope,
            existing.property_id if existing else None,
            None if types[header.place] else guessed,
            guessed.decimal,
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
            f"the table has {len(columns)} columns of values, more than the limit of {MOST_COLUMNS}; leave some out"
        )
    left_out = tuple(header.name or header.number for header in passed_over)
    return Plan(key, tuple(columns), left_out, tuple(nameless))


class _Instance:
    scope: Scope = "instance"


def _guesses(table: Table, types: Mapping[int, FieldType | None], options: TableOptions) -> dict[int, Guess]:
    """Guess the types that nobody said and, where numbers may have a decimal comma, which mark they have."""
    untold = [place for place, type_ in types.items() if type_ is None]
    numbers = [place for place, type_ in types.items() if type_ == "number"]
    if options.decimal:
        guesses = {place: Guess("number", options.decimal) for place in numbers}
        return guesses | (guess(table.rows(), untold, decimal=options.decimal, empty=options.empty) if untold else {})
    if table.separator == ";" and table.encoding:
        # Where all types are told, most files have no number with a comma, and need no reading for them.
        if untold or (numbers and contains(table.path, table.encoding, DECIMAL_COMMA)):
            return guess(table.rows(), untold, decimal="either", empty=options.empty, numbers=numbers)
    elif untold and table.format == "xlsx":
        return guess(table.rows(), untold, decimal="either", empty=options.empty, numbers=numbers)
    return guess(table.rows(), untold, empty=options.empty) if untold else {}


def _key(headers: list[Header], known: Mapping[str, Field], asked: HeaderOptions) -> Key:
    wanted = asked.key or headers[0].name
    column = next((header for header in headers if name_key(wanted) in (header.number, header.key)), None)
    names = ", ".join(f"`{header.name}`" for header in headers if header.name)
    if column is None:
        raise IngestError(f"no column `{wanted}` to match images with; the columns are {names}")
    name = column.key
    if name in PATHS and name not in known:
        return Key(column.place, "path")
    if name in KEYS:
        return Key(column.place, name)
    if asked.key and (existing := known.get(name)):
        return Key(column.place, existing.name, existing)
    if asked.key:
        raise OptionError(
            f"column `{column.name or column.number}` is neither {', '.join(KEYS)} nor a property of this project, so "
            "it finds no images",
            f"if it has paths or names of files, --rename '{column.name or column.number}=path' --key path",
        )
    raise OptionError(
        f"the first column, `{wanted}`, does not say which images its rows are about",
        f"name the column that does with --key; where it has paths or names of files, of {names}, "
        "--rename COLUMN=path --key path",
    )


def _is_passed_over(header: Header, headers: list[Header], key: Key, asked: HeaderOptions) -> bool:
    """Tell whether a column is left out: as asked, or as one of those that an export has besides the properties."""
    if header.place == key.place:
        return False
    is_export = [first.key for first in headers[:2]] == ["id", "path"]
    is_of_system = header.is_copied or (is_export and is_reserved(header.name))
    return is_of_system or is_ignored(header, asked)


def _check(rest: list[Header], known: Mapping[str, Field], headers: list[Header], asked: HeaderOptions) -> None:
    seen: set[str] = set()
    for header in rest:
        name = header.key
        if is_reserved(name):
            raise OptionError(
                f"column `{header.name}` has a reserved name",
                f"--rename '{header.name}=NEW' or --ignore '{header.name}'",
            )
        if name in seen:
            raise OptionError(
                f"there are two columns `{header.name}`",
                f"rename one, --rename '{header.number}=NEW', or --ignore '{header.number}'",
            )
        try:
            checked(header.name, "property")
        except BadName as error:
            raise OptionError(str(error), f"--rename '{header.number}=NEW' or --ignore '{header.number}'") from error
        seen.add(name)
    there = {word for header in headers for word in (header.number, header.key)}
    for option, names in (("--type", asked.types), ("--scope", asked.scopes)):
        if unknown := [name for name in names if name not in there]:
            raise IngestError(f"{option} names the column `{unknown[0]}`, which the file does not have")


def _said_type(
    header: Header, known: Mapping[str, Field], described: Mapping[str, DescribedProperty], asked: HeaderOptions
) -> FieldType | None:
    """Return a column's type by what is said of it, the nearest first; None: it is to be guessed."""
    if said := about(asked.types, header):
        return said
    property_ = known.get(header.key) or described.get(header.key)
    return header.type or (property_.type if property_ else None)
