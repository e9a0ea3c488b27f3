"""Tags made of the keywords that files carry: one changeset, the property and the tree of its tags included."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.changes import Selection, SetTagsEach
from datasette_panoptic.domain.described import LEVELS, joined, levels, texts_of
from datasette_panoptic.domain.descriptions import DescribedTag
from datasette_panoptic.domain.names import checked, name_key
from datasette_panoptic.errors import BadName, PanopticError

from . import properties
from .changelog import SUBJECTS, begin, end
from .changesets import make
from .connection import transaction
from .image_metadata import sayings
from .vocabulary import plant

TOOL = "tags-from-keywords"


@dataclass(frozen=True)
class KeywordTags:
    """What making tags of keywords does: images that have any, links and tags; keywords that cannot be tags' names.

    `changeset` is what undo takes back; None: nothing changed.
    """

    images: int
    tags: int
    passed_over: tuple[str, ...]
    changed: int = 0
    changeset: int | None = None


@dataclass(frozen=True)
class Read:
    """The paths of keywords of each image, and what cannot be a tag's name."""

    paths: dict[int, list[tuple[str, ...]]]
    passed_over: tuple[str, ...]

    @property
    def names(self) -> set[str]:
        return {name_key(name) for paths in self.paths.values() for path in paths for name in path}


def preview(conn: sqlite3.Connection, selection: Selection, separators: Sequence[str] = ()) -> KeywordTags:
    """Count what `make_tags` would make, without writing."""
    keywords = _read(conn, selection, separators)
    return KeywordTags(len(keywords.paths), len(keywords.names), keywords.passed_over)


def make_tags(
    conn: sqlite3.Connection,
    selection: Selection,
    name: str,
    separators: Sequence[str] = (),
    *,
    actor: str | None,
    query: str | None = None,
) -> KeywordTags:
    """Give the images of a selection the keywords of their files as tags of a property, beside those they have.

    A property of that name is made if there is none. `Places|Paris` becomes the tag Paris below Places, and so does
    what has one of the `separators`. Raises PanopticError where the property holds no tags of images.
    """
    with transaction(conn):
        keywords = _read(conn, selection, separators)
        changeset = begin(conn, actor=actor, tool=TOOL, query=query)
        conn.execute(SUBJECTS)
        property_id = _property(conn, changeset, name) if keywords.paths else 0
        if property_id:
            plant(conn, changeset, property_id, _described(keywords.paths.values()))
            make(conn, changeset, SetTagsEach(property_id, _tags(conn, property_id, keywords.paths)))
        done = end(conn, changeset)
    return KeywordTags(len(keywords.paths), len(keywords.names), keywords.passed_over, done.changed, done.changeset)


def _property(conn: sqlite3.Connection, changeset: int, name: str) -> int:
    there = properties.find(conn, name)
    if there is None:
        return properties.make(conn, changeset, name, "multi_tags", "image")
    property_id, type_, scope = there
    if (type_, scope) != ("multi_tags", "image"):
        raise PanopticError(f"`{name}` is of type {type_} and scope {scope}; keywords need multi_tags of images")
    return property_id


def _read(conn: sqlite3.Connection, selection: Selection, separators: Sequence[str]) -> Read:
    rows = conn.execute(
        f"select distinct image_id from instances where id in ({selection.sql}) "
        "and image_id in (select image_id from image_keywords) order by image_id",
        dict(selection.params),
    ).fetchall()
    paths: dict[int, list[tuple[str, ...]]] = {}
    passed_over: dict[str, None] = {}
    for (image_id,) in rows:
        for path in _paths(conn, image_id, separators):
            try:
                named = tuple(checked(level, "tag") for level in path)
            except BadName:
                passed_over[LEVELS.join(path)] = None
                continue
            paths.setdefault(image_id, []).append(named)
    return Read(paths, tuple(passed_over))


def _paths(conn: sqlite3.Connection, image_id: int, separators: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the keywords of an image as paths; a name that is a level of another keyword needs no path of its own."""

    def split(keyword: str) -> tuple[str, ...]:
        for separator in separators:
            keyword = keyword.replace(separator, LEVELS)
        return tuple(levels(keyword))

    said = joined(sayings(conn, image_id))
    paths = [split(keyword) for key in ("hierarchies", "keywords") for keyword in texts_of(said.get(key))]
    inner = {name_key(name) for path in paths if len(path) > 1 for name in path}
    return [path for path in dict.fromkeys(paths) if len(path) > 1 or (path and name_key(path[0]) not in inner)]


def _described(paths: Iterable[list[tuple[str, ...]]]) -> list[DescribedTag]:
    above: dict[str, dict[str, None]] = {}
    for path in (path for several in paths for path in several):
        for place, name in enumerate(path):
            parents = above.setdefault(name, {})
            if place and name_key(path[place - 1]) != name_key(name):
                parents[path[place - 1]] = None
    return [DescribedTag(name, parents=tuple(parents)) for name, parents in above.items()]


def _tags(
    conn: sqlite3.Connection, property_id: int, paths: dict[int, list[tuple[str, ...]]]
) -> dict[int, tuple[str, ...]]:
    """Return for each image the tags that it has, and those that its keywords give it."""
    there: dict[int, list[str]] = {}
    for image_id, name in conn.execute(
        "select image_id, name from image_tags join tags on tags.id = tag_id "
        "where property_id = ? and image_id in (select value from json_each(?))",
        [property_id, json.dumps(list(paths))],
    ):
        there.setdefault(image_id, []).append(name)
    return {image: (*there.get(image, []), *(path[-1] for path in own)) for image, own in paths.items()}
