"""What can be asked of a cell: the system's own fields and the project's properties, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

from datasette_panoptic.errors import BadQuery

from .escapes import escaped_name
from .names import name_key
from .query import ANYWHERE, RANDOM, Query
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
    of_file: str = ""  # what the file or its sidecar says, by its name; no property of that name hides it

    @property
    def has_tags(self) -> bool:
        return self.type in TAG_TYPES

    @property
    def has_names(self) -> bool:
        """Tell whether its values are names, of which a cell may have several: of people, of properties, keywords."""
        return (self.is_logged and self.type == "text") or self.of_file == KEYWORDS

    @property
    def is_measured(self) -> bool:
        """Tell whether it belongs to a run, or to the examples of a query."""
        return self.clustering is not None or self.similar is not None

    @property
    def is_derived(self) -> bool:
        """Tell whether it is computed of vectors, or kept by what was."""
        return self.is_measured or self.name == UNCHECKED


#: Who has said or changed anything of a cell. Visitors who only look do not have this field.
ANNOTATED_BY = "annotated_by"
#: Properties of a cell whose value a machine wrote and nobody has checked.
UNCHECKED = "unchecked"
#: How like the examples of the query an image is; only in queries that have examples.
SIMILARITY = "similarity"

#: The field of the words that files are catalogued by.
KEYWORDS = "keywords"
#: What files and their sidecars say in words.
OF_FILES = ("title", "description", KEYWORDS, "creator", "rights", "camera", "lens", "place")
#: Before these names: the field is the file's, even where a property has the name.
FILE_PREFIX = "file_"

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
    *(Field(name, "text", "image", of_file=name) for name in OF_FILES),
    Field("missing", "checkbox", "instance"),  # whether the last scan no longer found its file; unset: it has none
    Field("changed_at", "date", "instance", is_logged=True),
    Field(ANNOTATED_BY, "text", "instance", is_logged=True),
    Field(UNCHECKED, "text", "instance", is_logged=True),
)

#: Names that no property may have: fields of the system, and columns that tables and views have for themselves. What
#: files say is not among them: people's own titles and keywords may have these names.
RESERVED = frozenset(
    {f"{FILE_PREFIX}{field.of_file}" if field.of_file else field.name for field in SYSTEM_FIELDS}
    | {"image_id", "instance_id", "file_name", RANDOM, SIMILARITY, ANYWHERE}
)

#: Names of the fields of runs.
OF_CLUSTERING = re.compile(r"(?:cluster|fit)_([0-9]{1,18})", re.IGNORECASE)


def is_reserved(name: str) -> bool:
    """Tell whether a name, however it is written, means something else than a property."""
    return name_key(name) in RESERVED or OF_CLUSTERING.fullmatch(name_key(name)) is not None


def clustering_of(name: str) -> int | None:
    """Return the run whose clusters the field of a name is; None where it is another."""
    match = OF_CLUSTERING.fullmatch(name)
    return int(match[1]) if match and name.lower().startswith("cluster") else None


def of_clustering(clustering: int, run: str = "") -> tuple[Field, Field]:
    """Return the fields of a run: the label of each image's cluster, −1 for noise, and how well it fits."""
    label = Field(f"cluster_{clustering}", "number", "image", clustering=clustering, run=run)
    return label, replace(label, name=f"fit_{clustering}")


#: What ends a name in a query string, unless it is escaped.
SIGNS = ("=", ":", "__")


def yielded(field: Field) -> Field:
    """Return a field of files by the name that it has where a property has taken its own: `file_title`."""
    return replace(field, name=f"{FILE_PREFIX}{field.of_file}")


class Fields(Mapping[str, Field]):
    """The fields of one project, by their names as they are written and then as names are compared.

    Files that other software wrote may have two names that are the same: each is then found as it is written.
    `has_keys`: the file is of a release that keeps what tags' names are compared by.
    """

    def __init__(
        self,
        properties: Iterable[Field] = (),
        clusterings: Mapping[int, str] | None = None,
        *,
        has_keys: bool = True,
        of_files: bool = True,
    ) -> None:
        """Where not `of_files`, an older release wrote the project, which has no fields of what files say."""
        self.has_keys = has_keys
        properties = list(properties)
        taken = {name_key(field.name) for field in properties}
        derived = [field for run in (clusterings or {}).items() for field in of_clustering(*run)]
        system = [field for field in SYSTEM_FIELDS if of_files or not field.of_file]
        system = [yielded(field) if field.of_file and field.name in taken else field for field in system]
        self._by_name = {field.name: field for field in (*system, *derived, *properties)}
        self._by_key: dict[str, Field] = {}
        for field in self._by_name.values():
            self._by_key.setdefault(name_key(field.name), field)
        self._by_key |= {yielded(field).name: field for field in system if field.of_file}

    @cached_property
    def public(self) -> Fields:
        """These fields without those that name people: for visitors who only look."""
        public = Fields(has_keys=self.has_keys)
        public._by_name = {name: field for name, field in self._by_name.items() if field.name != ANNOTATED_BY}
        public._by_key = {name: field for name, field in self._by_key.items() if field.name != ANNOTATED_BY}
        return public

    def asked_by(self, query: Query) -> Fields:
        """These fields with the similarity that a query's examples give, if it has any."""
        if query.similar is None:
            return self
        asked = Fields(has_keys=self.has_keys)
        similarity = {SIMILARITY: Field(SIMILARITY, "number", "image", similar=query.similar)}
        asked._by_name = similarity | self._by_name
        asked._by_key = similarity | self._by_key
        return asked

    def find(self, name: str) -> Field | None:
        """Return the field of a name; None where there is none."""
        return self._by_name.get(name) or self._by_key.get(name_key(name))

    def __getitem__(self, name: str) -> Field:
        field = self.find(name)
        if field is None:
            raise BadQuery(self._missing(name))
        return field

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def _missing(self, name: str) -> str:
        """Say that there is no field of a name, and what its writer may have meant."""
        if name_key(name) == ANNOTATED_BY:
            return f"`{ANNOTATED_BY}` names people, which only those may see who may change the project; sign in"
        if name_key(name) == SIMILARITY:
            return "`similarity` needs examples; give some, as in `_similar=image:5`"
        field, separator, operator = name.rpartition("__")
        if separator and field in self:
            return f"`{field}` has no operator `{operator}`; the filter menu of the grid lists its operators"
        field, separator, step = name.partition(":")
        if separator and field in self:
            return f"`{field}` has no step or order of groups `{step}`; the group menu of the grid lists them"
        # A name with a sign of the grammar in it was read as something shorter.
        longer = [
            one.name for one in self.values() if name_key(one.name).startswith(tuple(name_key(name) + s for s in SIGNS))
        ]
        if longer:
            return (
                f"no property `{name}` in this project; `{longer[0]}` is written `{escaped_name(longer[0])}` in a query"
            )
        known = ", ".join(field.name for field in self.values() if field.clustering is None)
        return f"no property `{name}` in this project; known: {known}"

    @property
    def of_system(self) -> list[Field]:
        """The fields that every project has."""
        return [field for field in self.values() if field.property_id is None and not field.is_measured]

    @property
    def searched(self) -> list[Field]:
        """The fields in which the search box looks: texts, tags, the names of files and what these say."""
        return [
            field
            for field in self.values()
            if field.has_tags
            or field.name == "name"
            or field.of_file
            or (field.type in ("text", "url") and field.property_id)
        ]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)
