"""A project of Panoptic, 0.7 or 1.0, as both are seen here: what it says, whatever tables said it.

What is large comes through functions that read it row by row, so that memory stays flat however large the project is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from .fields import Fields, FieldType

#: What a value of a property is said of: one instance, all that show an image, all of a file.
Anchor = Literal["instance", "image", "file"]

#: A JSON object, of which nothing is known before it is read.
Json = Mapping[str, Any]


@dataclass(frozen=True)
class OldFolder:
    """A directory of the machine that imported it, or the address of a remote source."""

    id: int
    parent: int | None
    path: str


@dataclass(frozen=True)
class OldTag:
    id: int
    name: str
    color: int | None  # place in the palette
    parents: tuple[int, ...]


@dataclass(frozen=True)
class OldProperty:
    id: int
    name: str
    type: FieldType
    anchor: Anchor
    group: str | None = None
    tags: tuple[OldTag, ...] = ()
    was: str = ""  # its type's name there, where there is no such type here


class OldInstance(NamedTuple):
    """A file, or one of its publications: those of a file share folder and name."""

    id: int
    folder: int
    name: str
    file: int | None  # the file's id, where files have one
    sha1: str
    width: int | None
    height: int | None
    format: str | None


@dataclass(frozen=True)
class OldTab:
    """A tab, or one half of it.

    `state` has `filterState`, `sortState`, `groupState` and `collectionState`, besides `display`, `imageSize` and
    `visibleProperties`.
    """

    name: str
    state: Json


@dataclass(frozen=True)
class OldView:
    """What a tab becomes: a saved view; `lost` names what of it cannot be asked here."""

    name: str
    query: str
    layout: Mapping[str, str]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class OldVectors:
    """A type of vectors: `name` is the plugin and its model."""

    id: int
    name: str
    params: Mapping[str, object]
    count: int


class OldPicture(NamedTuple):
    """What is kept of an image: a thumbnail, or (`whole`) all of its pixels."""

    data: bytes
    whole: bool


@dataclass(frozen=True)
class OldProject:
    path: str
    version: str
    real_sha1: bool  # False: the SHA-1 is of a re-encoded thumbnail, so that different files may share it
    folders: tuple[OldFolder, ...]
    properties: tuple[OldProperty, ...]  # in their order
    system: Mapping[int, str]  # the computed properties, by id: what each is called there
    tabs: tuple[OldTab, ...]
    vectors: tuple[OldVectors, ...]
    left: tuple[str, ...]  # what else is there and has no place here
    instances: Callable[[], Iterator[OldInstance]]
    #: What a property says, by instance, SHA-1 or file: a value, or a list of tags' ids.
    values: Callable[[OldProperty], Iterator[tuple[int | str, object]]]
    picture: Callable[[str], OldPicture | None]  # the largest there is, by SHA-1
    vector: Callable[[OldVectors, str], bytes | None]  # float32 of the machine that made it, by SHA-1
    require_unchanged: Callable[[], None]  # raises IngestError where somebody has written to it meanwhile


@dataclass(frozen=True)
class Carried:
    """What names in an old project's tabs mean here."""

    fields: Fields
    names: Mapping[int, str]  # of properties, by their old ids
    folders: Mapping[int, int]  # which folder each old one is


Translate = Callable[[OldProject, Carried], list[OldView]]


def local_moment(text: str) -> str:
    """Leave out the zone of a moment: Panoptic writes each as if in UTC, to the millisecond, whatever it was."""
    return re.sub(r"(?:\.0+)?Z$", "", text.strip())
