"""What a machine says of images: values and tags that can be undone, and that wait to be checked by somebody.

Each is one changeset with the machine's name as its tool and how it came to it beside. A property that is not there is
made for what it is to hold, in the same changeset.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import values as texts
from datasette_panoptic.domain.changes import Applied, Change, Selection, SetTagsEach, SetValues, Value
from datasette_panoptic.domain.fields import TAG_TYPES, FieldType
from datasette_panoptic.errors import PanopticError

from . import properties
from .changelog import SUBJECTS, Subject, begin, end, subject_of
from .changesets import make
from .connection import transaction

T = TypeVar("T")

WEB = ("http://", "https://")

#: What a changeset said, as far as it said something: what it erased waits for nobody.
SAID = """
insert or replace into _panoptic_unchecked (property_id, subject_id, value, probability, changeset_id)
select property_id, subject_id, coalesce(tag_id, new), null, changeset_id
from _panoptic_changes where changeset_id = ? and new is not null and (tag_id is null or new = 1)
"""


@dataclass(frozen=True)
class Origin:
    """Who had a machine say something, and which. `selection` are the instances that it was shown."""

    tool: str
    actor: str | None
    query: str
    selection: Selection
    details: Mapping[str, object] = field(default_factory=dict)


def unchecked(
    conn: sqlite3.Connection,
    changeset: int,
    details: Mapping[str, object],
    probabilities: Mapping[int, float] | None = None,
) -> None:
    """Mark all that a changeset said as said by a machine, in its transaction and after its end.

    `details` are how it came to it; `probabilities` how sure it was, by image or instance.
    """
    conn.execute(SAID, [changeset])
    conn.executemany(
        "update _panoptic_unchecked set probability = ? where changeset_id = ? and subject_id = ?",
        ((probability, changeset, subject) for subject, probability in (probabilities or {}).items()),
    )
    conn.execute(
        "insert into _panoptic_provenance (changeset_id, details) values (?, ?)", [changeset, json.dumps(details)]
    )


def say(conn: sqlite3.Connection, origin: Origin, name: str, said: Mapping[int, Value]) -> Applied:
    """Give images values of a property, and count those that changed. Raises PanopticError where none suits it."""
    type_ = type_of(list(said.values()))

    def change(subject: Subject) -> Change:
        if subject.type in TAG_TYPES:
            return _tagging(conn, origin, subject, {image: (str(value),) for image, value in said.items()})
        wanted = {image: _as(value, subject) for image, value in said.items()}
        return SetValues(subject.id, _of_subjects(conn, origin, subject, wanted))

    return _write(conn, origin, name, type_, change)


def tag(conn: sqlite3.Connection, origin: Origin, name: str, tags: Mapping[int, tuple[str, ...]]) -> Applied:
    """Add tags to images, by name, and count those; where a property holds one it takes the place of any other."""

    def change(subject: Subject) -> Change:
        if subject.type not in TAG_TYPES:
            raise PanopticError(f"`{name}` is of type {subject.type} and takes no tags; choose another property")
        return _tagging(conn, origin, subject, {image: each for image, each in tags.items() if each})

    return _write(conn, origin, name, "multi_tags", change)


def type_of(values: Sequence[Value]) -> FieldType:
    """Return the type of a property that is to hold these: what all of them are."""
    if not values:
        return "text"
    if all(isinstance(value, bool) for value in values):
        return "checkbox"
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return "number"
    if all(texts.COLOR.fullmatch(str(value).lower()) for value in values):
        return "color"
    return "url" if all(str(value).startswith(WEB) for value in values) else "text"


def _write(
    conn: sqlite3.Connection, origin: Origin, name: str, type_: FieldType, change: Callable[[Subject], Change]
) -> Applied:
    with transaction(conn):
        changeset = begin(conn, actor=origin.actor, tool=origin.tool, query=origin.query)
        known = properties.find(conn, name)
        property_id = known[0] if known else properties.make(conn, changeset, name, type_, "image")
        conn.execute(SUBJECTS)
        make(conn, changeset, change(subject_of(conn, property_id)))
        done = end(conn, changeset)
        if done.changeset is None:
            return done
        unchecked(conn, done.changeset, origin.details)
        logged = "select count(*) from _panoptic_changes where changeset_id = ?"
        (values,) = conn.execute(logged, [done.changeset]).fetchone()
    return Applied(done.changeset, values)


def _tagging(
    conn: sqlite3.Connection, origin: Origin, subject: Subject, tags: Mapping[int, tuple[str, ...]]
) -> SetTagsEach:
    """Return the tags that each is to have: those it has, unless the property holds one, and the new ones."""
    wanted = _of_subjects(conn, origin, subject, tags)
    if subject.type == "tag":
        return SetTagsEach(subject.id, wanted)
    has: dict[int, list[str]] = {}
    for one, tag_name in conn.execute(
        f"select {subject.key}, name from {subject.links} join tags on tags.id = tag_id where property_id = ?",
        [subject.id],
    ):
        has.setdefault(one, []).append(tag_name)
    return SetTagsEach(subject.id, {one: (*has.get(one, ()), *new) for one, new in wanted.items()})


def _of_subjects(conn: sqlite3.Connection, origin: Origin, subject: Subject, said: Mapping[int, T]) -> dict[int, T]:
    """Return what is said of images as said of what the property describes: these, or the instances that were shown."""
    if subject.scope == "image":
        return dict(said)
    shown = f"select id, image_id from instances where id in (select instance_id from ({origin.selection.sql}))"
    rows = conn.execute(shown, dict(origin.selection.params))
    return {instance: said[image] for instance, image in rows if image in said}


def _as(value: Value, subject: Subject) -> Value:
    """Return a value as one of the property's type. Raises PanopticError where it cannot be."""
    try:
        return texts.parse(str(int(value) if isinstance(value, bool) else value), subject.type)  # type: ignore[arg-type]
    except texts.NotAValue as error:
        raise PanopticError(f"`{subject.name}` is of type {subject.type}: {error}; choose another property") from error
