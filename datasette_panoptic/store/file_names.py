"""Values read from the names of files and folders by a pattern: one changeset, the properties it makes included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import deadline, name_patterns
from datasette_panoptic.domain.changes import Selection, SetTagsEach, SetValues, Value
from datasette_panoptic.domain.fields import TAG_TYPES, FieldType, is_reserved
from datasette_panoptic.domain.name_patterns import TIME_CODE, Kind, NamePattern, date_of, seconds_of
from datasette_panoptic.domain.names import checked, same_name
from datasette_panoptic.domain.values import NotAValue, number, parse
from datasette_panoptic.errors import BadName

from . import properties
from .changelog import SUBJECTS, begin, end, subject_of, subjects_with
from .changesets import make
from .connection import transaction
from .folders import INSTANCES_BELOW, LED_TO

TOOL = "from-names"

#: Names that a preview lists: those read first, and examples of what does not fit.
SHOWN = 20
EXAMPLES = 10
#: Names between two looks at the clock.
STRIDE = 1_000

#: Numbers that are codes: a zero in front would be lost.
CODE = re.compile(r"[+-]?0[0-9]")


@dataclass(frozen=True)
class NameColumn:
    """A property that a pattern fills. `filled` values are new; where `kept`, people have said something already.

    `unfit` texts are no values of its type, `disagreeing` images have files whose names say different things.
    `is_known`: the project has a field of that name already, which nobody fills.
    """

    name: str
    type: FieldType
    scope: str
    is_new: bool = False
    is_known: bool = False
    filled: int = 0
    kept: int = 0
    unfit: tuple[str, ...] = ()
    unfit_count: int = 0
    disagreeing: int = 0


@dataclass(frozen=True)
class NamesRead:
    """What the names of a selection say. `rows` are the first names that match, each with the texts of the columns.

    `changeset` is what undo takes back; None: nothing changed.
    """

    matched: int
    unmatched: int
    columns: tuple[NameColumn, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    unmatched_names: tuple[str, ...]
    changed: int = 0
    changeset: int | None = None


@dataclass
class _ReadColumn:
    """A property while names are read: the text of each instance or image, or None where names disagree."""

    name: str
    kind: Kind
    known: tuple[int, str, str] | None  # id, type and scope of the property, where there is one
    is_known: bool
    texts: dict[int, str | None] = field(default_factory=dict)

    @property
    def scope(self) -> str:
        return self.known[2] if self.known else "instance"

    def type(self) -> FieldType:
        """Return the property's type; of a new one, the first that all texts suit: number, date, text."""
        if self.known:
            return self.known[1]  # type: ignore[return-value]
        if self.kind != "any":
            return self.kind
        texts = set(self.texts.values()) - {None}
        if texts and all(map(_is_number, texts)):
            return "number"
        return "date" if texts and all(map(_is_date, texts)) else "text"


@dataclass
class _Names:
    """What names say before it is compared with what the project says: counts, the first names and the columns."""

    columns: list[_ReadColumn]
    matched: int = 0
    unmatched: int = 0
    rows: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    unmatched_names: list[str] = field(default_factory=list)


def preview(conn: sqlite3.Connection, selection: Selection, pattern: str, *, overwrite: bool = False) -> NamesRead:
    """Tell what `fill` would do, without writing. Raises BadPattern."""
    return _told(conn, _read(conn, selection, name_patterns.parse(pattern)), overwrite=overwrite)[0]


def fill(
    conn: sqlite3.Connection,
    selection: Selection,
    pattern: str,
    *,
    overwrite: bool = False,
    actor: str | None,
    query: str | None = None,
) -> NamesRead:
    """Fill properties, made if there are none, with what the names of a selection's files say.

    What has a value keeps it, unless `overwrite`. Raises BadPattern.
    """
    asked = name_patterns.parse(pattern)
    with transaction(conn):
        told, values = _told(conn, _read(conn, selection, asked), overwrite=overwrite)
        changeset = begin(conn, actor=actor, tool=TOOL, query=query)
        conn.execute(SUBJECTS)
        for column, said in zip(told.columns, values, strict=True):
            if not said:
                continue
            known = properties.find(conn, column.name)
            described = f"From names of files: {pattern}"
            property_id = (
                known[0]
                if known
                else properties.make(conn, changeset, column.name, column.type, column.scope, described)
            )
            if column.type in TAG_TYPES:
                make(conn, changeset, SetTagsEach(property_id, {each: (str(tag),) for each, tag in said.items()}))
            else:
                make(conn, changeset, SetValues(property_id, said))
        done = end(conn, changeset)
    return replace(told, changed=done.changed, changeset=done.changeset)


def below(folder_ids: list[int]) -> Selection:
    """Return the instances of files in folders, at any depth."""
    return Selection(INSTANCES_BELOW, {"ids": json.dumps(folder_ids)})


def _read(conn: sqlite3.Connection, selection: Selection, pattern: NamePattern) -> _Names:
    names = _Names(
        [
            _ReadColumn(name, kind, properties.find(conn, name), is_known=is_reserved(name))
            for name, kind in pattern.columns.items()
        ]
    )
    for at, (instance_id, image_id, path) in enumerate(_paths(conn, selection)):
        if at % STRIDE == 0:
            deadline.check()
        said = pattern.read(path)
        if said is None:
            names.unmatched += 1
            if len(names.unmatched_names) < EXAMPLES:
                names.unmatched_names.append(path)
            continue
        names.matched += 1
        if len(names.rows) < SHOWN:
            names.rows.append((path, said))
        for column in names.columns:
            if column.is_known or not (text := said[column.name]):
                continue
            subject = instance_id if column.scope == "instance" else image_id
            column.texts[subject] = text if column.texts.setdefault(subject, text) == text else None
    return names


def _paths(conn: sqlite3.Connection, selection: Selection) -> Iterator[tuple[int, int, str]]:
    """Yield each instance that has a file, its image, and the names from the root's to the file's."""
    folders = {folder_id: f"{root}/{path}/" if path else f"{root}/" for folder_id, root, path in conn.execute(LED_TO)}
    rows = conn.execute(
        "select instances.id, instances.image_id, files.folder_id, files.name "
        "from instances join files on files.id = instances.file_id "
        f"where instances.id in ({selection.sql}) order by instances.id",
        dict(selection.params),
    )
    for instance_id, image_id, folder_id, name in rows:
        yield instance_id, image_id, folders[folder_id] + name


def _told(conn: sqlite3.Connection, names: _Names, *, overwrite: bool) -> tuple[NamesRead, list[dict[int, Value]]]:
    """Return what was read, and the values of each column that are to be written."""
    told: list[NameColumn] = []
    values: list[dict[int, Value]] = []
    for column in names.columns:
        type_ = column.type()
        is_clock = same_name(column.name, TIME_CODE)
        has = set() if overwrite or not column.known else _subjects_with(conn, column.known)
        said: dict[int, Value] = {}
        unfit: dict[str, None] = {}
        unfit_count = kept = 0
        for subject, text in column.texts.items():
            if text is None:
                continue
            if subject in has:
                kept += 1
                continue
            try:
                said[subject] = _value(text, type_, is_clock=is_clock)
            except (NotAValue, BadName):
                unfit_count += 1
                if len(unfit) < EXAMPLES:
                    unfit[text] = None
        disagreeing = sum(text is None for text in column.texts.values())
        told.append(
            NameColumn(
                column.name,
                type_,
                column.scope,
                is_new=column.known is None and not column.is_known,
                is_known=column.is_known,
                filled=len(said),
                kept=kept,
                unfit=tuple(unfit),
                unfit_count=unfit_count,
                disagreeing=disagreeing,
            )
        )
        values.append(said)
    shown = tuple((path, tuple(said[column.name] for column in names.columns)) for path, said in names.rows)
    return NamesRead(names.matched, names.unmatched, tuple(told), shown, tuple(names.unmatched_names)), values


def _subjects_with(conn: sqlite3.Connection, known: tuple[int, str, str]) -> set[int]:
    """Return the images or instances that have a value of a property, or a tag."""
    property_id, type_, _ = known
    if type_ not in TAG_TYPES:
        return subjects_with(conn, property_id)
    subject = subject_of(conn, property_id)
    rows = conn.execute(
        f"select {subject.key} from {subject.links} where tag_id in (select id from tags where property_id = ?)",
        [property_id],
    )
    return {each for (each,) in rows}


def _value(text: str, type_: FieldType, *, is_clock: bool) -> Value:
    """Read a text as a value of a type. Raises NotAValue, and BadName where a tag cannot be called that."""
    if type_ in TAG_TYPES:
        return checked(text, "tag")
    if is_clock and type_ == "number":
        return seconds_of(text)
    if type_ == "date":
        return date_of(text) or parse(text, type_)
    return parse(text, type_)


def _is_number(text: str | None) -> bool:
    try:
        return text is not None and not CODE.match(text) and number(text) is not None
    except NotAValue:
        return False


def _is_date(text: str | None) -> bool:
    return text is not None and "-" in text and date_of(text) is not None
