"""What can be said about a selection, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | float


@dataclass(frozen=True)
class SetValue:
    """Give every subject a property's value; None erases it."""

    property_id: int
    value: Value | None


@dataclass(frozen=True)
class SetValues:
    """Give each subject (image or instance, by the property's scope) a value of its own; None erases it."""

    property_id: int
    values: Mapping[int, Value | None]


@dataclass(frozen=True)
class AddTags:
    """Add tags of one property, by name. Where the property holds one tag, it takes the place of any other."""

    property_id: int
    tags: tuple[str, ...]
    color: str | None = None  # of those that are not there yet, and are made


@dataclass(frozen=True)
class RemoveTags:
    """Take tags of one property away, by name."""

    property_id: int
    tags: tuple[str, ...]


@dataclass(frozen=True)
class SetTags:
    """Make these, by name, the only tags of a property; none at all erases it."""

    property_id: int
    tags: tuple[str, ...]


@dataclass(frozen=True)
class SetTagsEach:
    """Give each subject (image or instance, by the property's scope) tags of its own, by name, and no others."""

    property_id: int
    tags: Mapping[int, tuple[str, ...]]


Change = SetValue | SetValues | AddTags | RemoveTags | SetTags | SetTagsEach


@dataclass(frozen=True)
class Selection:
    """Instances, given by SQL that selects their ids. Image properties are said of their images."""

    sql: str
    params: Mapping[str, Value]


@dataclass(frozen=True)
class Applied:
    """A changeset's id (None: there was nothing to change) and the number of values or links that changed."""

    changeset: int | None
    changed: int
    conflicts: int = 0  # undo and redo: changed again since, and left alone
