"""What can be asked of a cell: the system's own fields and the project's properties, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from datasette_panoptic.errors import BadQuery

FieldType = Literal["text", "number", "date", "tag", "multi_tags", "url", "color", "checkbox"]
Scope = Literal["image", "instance"]

FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)
SCOPES: tuple[Scope, ...] = get_args(Scope)
TAG_TYPES: tuple[FieldType, ...] = ("tag", "multi_tags")


@dataclass(frozen=True)
class Field:
    """A name that queries may use, the type of its values and what they describe."""

    name: str
    type: FieldType
    scope: Scope
    property_id: int | None = None  # None: a field of the system
    is_logged: bool = False  # what the history knows of a cell, and nobody said

    @property
    def has_tags(self) -> bool:
        return self.type in TAG_TYPES

    @property
    def has_people(self) -> bool:
        """Tell whether its values are people, of whom a cell may have several."""
        return self.is_logged and self.type == "text"


SYSTEM_FIELDS: tuple[Field, ...] = (
    Field("id", "number", "instance"),
    Field("name", "text", "instance"),
    Field("folder", "text", "instance"),
    Field("path", "text", "instance"),
    Field("sha1", "text", "image"),
    Field("width", "number", "image"),
    Field("height", "number", "image"),
    Field("format", "text", "image"),
    Field("bytes", "number", "image"),
    Field("taken_at", "date", "image"),
    Field("average_hash", "text", "image"),
    Field("perceptual_hash", "text", "image"),
    Field("copies", "number", "image"),
    Field("changed_at", "date", "instance", is_logged=True),
    Field("annotated_by", "text", "instance", is_logged=True),
)

#: Names that no property may have: fields of the system, and columns that tables and views have for themselves.
RESERVED = frozenset({field.name for field in SYSTEM_FIELDS} | {"image_id", "instance_id", "file_name", "random"})


class Fields(Mapping[str, Field]):
    """The fields of one project; names are compared without regard to case, as SQLite compares column names."""

    def __init__(self, properties: Iterable[Field] = ()) -> None:
        self._by_name = {field.name.lower(): field for field in (*SYSTEM_FIELDS, *properties)}

    def __getitem__(self, name: str) -> Field:
        try:
            return self._by_name[name.lower()]
        except KeyError:
            known = ", ".join(field.name for field in self._by_name.values())
            raise BadQuery(f"no property `{name}` in this project; known: {known}") from None

    @property
    def searched(self) -> list[Field]:
        """The fields in which the search box looks: texts, tags and the names of files."""
        return [
            field
            for field in self._by_name.values()
            if field.has_tags or field.name == "name" or (field.type in ("text", "url") and field.property_id)
        ]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)
