"""What can be asked of a cell: the system's own fields and the project's properties, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from datasette_panoptic.errors import BadQuery

from .query import Query
from .similar import Similar

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
    clustering: int | None = None  # the run whose clusters, or the fits in them, it is
    similar: Similar | None = None  # what its scores are measured from
    run: str = ""  # what people call the run

    @property
    def has_tags(self) -> bool:
        return self.type in TAG_TYPES

    @property
    def has_people(self) -> bool:
        """Tell whether its values are names that the history knows, of which a cell may have several."""
        return self.is_logged and self.type == "text"

    @property
    def is_derived(self) -> bool:
        """Tell whether it is computed of vectors, or kept by what was."""
        return self.clustering is not None or self.similar is not None or self.name == UNCHECKED


#: Properties of a cell whose value a machine wrote and nobody has checked.
UNCHECKED = "unchecked"
#: How like the examples of the query an image is; only in queries that have examples.
SIMILARITY = "similarity"

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
    Field(UNCHECKED, "text", "instance", is_logged=True),
)

#: Names that no property may have: fields of the system, and columns that tables and views have for themselves.
RESERVED = frozenset(
    {field.name for field in SYSTEM_FIELDS} | {"image_id", "instance_id", "file_name", "random", SIMILARITY}
)


#: Names of the fields of runs.
OF_CLUSTERING = re.compile(r"(?:cluster|fit)_([0-9]{1,18})", re.IGNORECASE)


def clustering_of(name: str) -> int | None:
    """Return the run whose clusters the field of a name is; None where it is another."""
    match = OF_CLUSTERING.fullmatch(name)
    return int(match[1]) if match and name.lower().startswith("cluster") else None


def of_clustering(clustering: int, run: str = "") -> tuple[Field, Field]:
    """Return the fields of a run: the label of each image's cluster, −1 for noise, and how well it fits."""
    label = Field(f"cluster_{clustering}", "number", "image", clustering=clustering, run=run)
    return label, replace(label, name=f"fit_{clustering}")


class Fields(Mapping[str, Field]):
    """The fields of one project; names are compared without regard to case, as SQLite compares column names."""

    def __init__(self, properties: Iterable[Field] = (), clusterings: Mapping[int, str] | None = None) -> None:
        derived = [field for run in (clusterings or {}).items() for field in of_clustering(*run)]
        self._by_name = {field.name.lower(): field for field in (*SYSTEM_FIELDS, *derived, *properties)}

    def asked_by(self, query: Query) -> Fields:
        """These fields with the similarity that a query's examples give, if it has any."""
        if query.similar is None:
            return self
        asked = Fields()
        similarity = Field(SIMILARITY, "number", "image", similar=query.similar)
        asked._by_name = {SIMILARITY: similarity, **self._by_name}
        return asked

    def __getitem__(self, name: str) -> Field:
        try:
            return self._by_name[name.lower()]
        except KeyError:
            if name.lower() == SIMILARITY:
                raise BadQuery("`similarity` is measured from examples; name some: `_similar=image:5`") from None
            field, separator, operator = name.rpartition("__")
            if separator and field.lower() in self._by_name:
                raise BadQuery(f"`{field}` has no operator `{operator}`; docs/queries.md lists them all") from None
            known = ", ".join(field.name for field in self._by_name.values() if field.clustering is None)
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
