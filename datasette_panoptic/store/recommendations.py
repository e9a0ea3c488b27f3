"""Answers to recommendations: an image proposed for a group is accepted, in a changeset, or refused and remembered.

A group is what its images have in common: one value, or a value on each level of nested groups. Answers are of images,
whatever the properties describe.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from datasette.utils.sqlite import sqlite3
from numpy.typing import NDArray

from datasette_panoptic.domain.changes import AddTags, Applied, Change, Selection, SetValue, Value
from datasette_panoptic.domain.fields import TAG_TYPES
from datasette_panoptic.domain.timestamps import now

from .changelog import Subject
from .changesets import apply
from .connection import transaction
from .corpus import bump_derived
from .machine import unchecked
from .people_views import quoted
from .tag_tree import below

Ids = NDArray[np.int64]

TOOL = "recommend"

IMAGES = "select image_id from instances where id in ({subjects})"


@dataclass(frozen=True)
class Level:
    """One value that a group's images have: of a tag its name, and `tag` its id."""

    subject: Subject
    value: Value
    tag: int | None = None

    @property
    def change(self) -> Change:
        if self.tag is None:
            return SetValue(self.subject.id, self.value)
        return AddTags(self.subject.id, (str(self.value),))

    @property
    def key(self) -> str:
        return str(self.value if self.tag is None else self.tag)


Group = Sequence[Level]


@dataclass(frozen=True)
class Answered:
    """What is known of images and a group: which are in it, which were refused, and which are settled otherwise.

    `learnt` are those of its images that people put there, `accepted` those that were proposed and accepted one by
    one. `settled` have another value of a property that holds one.
    """

    members: Ids
    learnt: Ids
    accepted: Ids
    refused: Ids
    settled: Ids


def answered(conn: sqlite3.Connection, group: Group) -> Answered:
    """Read what people have answered for a group; image ids, ascending."""
    members = _common(_having(conn, level) for level in group)
    machine = np.unique(np.concatenate([_of_machine(conn, level) for level in group]))
    accepted = _common(_accepted(conn, level) for level in group)
    settled = np.unique(np.concatenate([_settled(conn, level) for level in group]))
    return Answered(
        members,
        np.setdiff1d(members, machine),
        np.setdiff1d(np.intersect1d(accepted, members), machine),
        np.setdiff1d(refused(conn, group), members),
        np.setdiff1d(settled, members),
    )


def refused(conn: sqlite3.Connection, group: Group) -> Ids:
    """Return the images that somebody refused for a group, ascending."""
    rows = "select image_id from _panoptic_refusals where property_id = ? and value = ?"
    return _ids(conn, rows, _key(group))


def refuse(conn: sqlite3.Connection, group: Group, images: Iterable[int], *, actor: str | None) -> int:
    """Remember that images were refused for a group, and return how many of them were not so before."""
    with transaction(conn):
        at = now()
        done = conn.executemany(
            "insert or ignore into _panoptic_refusals (property_id, value, image_id, actor, at) "
            "select ?, ?, id, ?, ? from images where id = ?",
            [(*_key(group), actor, at, image) for image in images],
        )
        bump_derived(conn)
    return max(int(done.rowcount), 0)


def forget(conn: sqlite3.Connection, group: Group, images: Iterable[int] | None = None) -> int:
    """Take back the refusal of images, or of all that were refused for a group, and return how many there were."""
    with transaction(conn):
        given = refused(conn, group).tolist() if images is None else images
        done = conn.executemany(
            "delete from _panoptic_refusals where property_id = ? and value = ? and image_id = ?",
            [(*_key(group), image) for image in given],
        )
        bump_derived(conn)
    return max(int(done.rowcount), 0)


def accept(
    conn: sqlite3.Connection,
    group: Group,
    selection: Selection,
    *,
    actor: str | None,
    query: str,
    details: Mapping[str, object],
    probabilities: Mapping[int, float] | None = None,
) -> Applied:
    """Give the images of some instances the values of a group, as one changeset; they are refused no longer.

    With `probabilities`, by image, a threshold accepted them: they wait to be checked. `details` is how they came up.
    """
    with transaction(conn):
        changes = [level.change for level in group]
        done = apply(conn, changes, selection, actor=actor, tool=TOOL, query=query)
        if done.changeset is None:
            return done
        if probabilities is None:
            conn.execute(
                "insert into _panoptic_provenance (changeset_id, details) values (?, ?)",
                [done.changeset, json.dumps(details)],
            )
        else:
            unchecked(conn, done.changeset, details, _by_subject(conn, group[-1].subject, probabilities))
        property_id, value = _key(group)
        conn.execute(
            "delete from _panoptic_refusals where property_id = :refused_property and value = :refused_value and "
            f"image_id in ({IMAGES.format(subjects=selection.sql)})",
            {**selection.params, "refused_property": property_id, "refused_value": value},
        )
    return done


def check(conn: sqlite3.Connection, selection: Selection) -> int:
    """Note that somebody checked what machines said of some instances and of their images; return how much it was."""
    scoped = "property_id in (select id from properties where scope = '{}') and subject_id in ({})"
    instance = scoped.format("instance", selection.sql)
    image = scoped.format("image", IMAGES.format(subjects=selection.sql))
    with transaction(conn):
        sql = f"delete from _panoptic_unchecked where ({instance}) or ({image})"
        done = conn.execute(sql, dict(selection.params))
        bump_derived(conn)
    return int(done.rowcount)


def _key(group: Group) -> tuple[int, str]:
    """Return what refusals for a group are kept under: its last property, and its value or those of all levels."""
    if len(group) == 1:
        return group[0].subject.id, group[0].key
    return group[-1].subject.id, json.dumps([[level.subject.id, level.key] for level in group])


def _having(conn: sqlite3.Connection, level: Level) -> Ids:
    """The images with a level's value; a tag counts with those below it."""
    subject = level.subject
    if level.tag is None:
        column = quoted(subject.name)
        return _images(conn, subject, f"select {subject.key} from {subject.values} where {column} = ?", [level.value])
    tags = json.dumps(sorted(below(conn, level.tag)))
    links = f"select {subject.key} from {subject.links} where tag_id in (select value from json_each(?))"
    return _images(conn, subject, links, [tags])


def _settled(conn: sqlite3.Connection, level: Level) -> Ids:
    """The images for which somebody has chosen a value, this one or another, of a property that holds one."""
    subject = level.subject
    if subject.type == "multi_tags":
        return np.empty(0, np.int64)
    if subject.type in TAG_TYPES:
        tags = f"select id from tags where property_id = {subject.id}"
        return _images(conn, subject, f"select {subject.key} from {subject.links} where tag_id in ({tags})", [])
    column = quoted(subject.name)
    return _images(conn, subject, f"select {subject.key} from {subject.values} where {column} is not null", [])


def _of_machine(conn: sqlite3.Connection, level: Level) -> Ids:
    said = "select subject_id from _panoptic_unchecked where property_id = ? and value = ?"
    return _images(conn, level.subject, said, [level.subject.id, level.value if level.tag is None else level.tag])


def _accepted(conn: sqlite3.Connection, level: Level) -> Ids:
    changed = (
        "select subject_id from _panoptic_changes join _panoptic_changesets on _panoptic_changesets.id = changeset_id "
        f"where tool = '{TOOL}' and undone_by is null and property_id = ? and tag_id is ? and new = ?"
    )
    new = level.value if level.tag is None else 1
    return _images(conn, level.subject, changed, [level.subject.id, level.tag, new])


def _images(conn: sqlite3.Connection, subject: Subject, subjects: str, params: Sequence[object]) -> Ids:
    """Return the images of the subjects that SQL selects, ascending."""
    return _ids(conn, subjects if subject.scope == "image" else IMAGES.format(subjects=subjects), params)


def _ids(conn: sqlite3.Connection, sql: str, params: Sequence[object]) -> Ids:
    """Run SQL that selects ids, and return them once each, ascending."""
    column = sql.split(maxsplit=2)[1]
    (joined,) = conn.execute(f"select group_concat({column}) from ({sql})", list(params)).fetchone()
    return np.unique(np.fromstring(joined or "", dtype=np.int64, sep=","))


def _common(parts: Iterable[Ids]) -> Ids:
    first, *others = parts
    for other in others:
        first = np.intersect1d(first, other)
    return first


def _by_subject(conn: sqlite3.Connection, subject: Subject, by_image: Mapping[int, float]) -> Mapping[int, float]:
    if subject.scope == "image":
        return by_image
    rows = conn.execute(
        "select id, image_id from instances where image_id in (select value from json_each(?))",
        [json.dumps(list(by_image))],
    )
    return {instance: by_image[image] for instance, image in rows}
