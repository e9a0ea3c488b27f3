"""What the file and its sidecars say of an image: a line for each field, with links to what says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datasette_panoptic.domain.described import Described
from datasette_panoptic.domain.fields import KEYWORDS, Field
from datasette_panoptic.domain.query import Condition, Query
from datasette_panoptic.query import text
from datasette_panoptic.web.grid.filters import field_label
from datasette_panoptic.web.http.frame import Link
from datasette_panoptic.web.http.visit import Visit, with_query

from .contexts import PaneRow

#: Fields whose values several images often have.
SHARED = ("creator", "rights", "camera", "lens", "place")
#: Of what the file says, what stands in those fields.
IN_FIELDS = {
    "title", "description", "creator", "copyright", "camera_make", "camera_model", "lens", "place", "keywords",
    "hierarchies",
}  # fmt: skip
#: What else is known of files, with a label of its own.
LABELLED = ("latitude", "longitude", "frames", "damaged")


def file_rows(visit: Visit, fields: Sequence[Field], said: Described, metadata: Mapping[str, object]) -> list[PaneRow]:
    """Return the lines, those without a value too."""
    words = visit.words

    def view(field: Field, value: str) -> str:
        return with_query(visit.base, text.to_pairs(Query(where=(Condition(field.name, "exact", (value,)),))))

    rows = []
    for field in fields:
        label = field_label(words, field)
        if field.of_file == KEYWORDS:
            links = [Link(word, view(field, word)) for word in sorted(said.keywords, key=str.casefold)]
            rows.append(PaneRow(field.name, label, ", ".join(link.label for link in links), links=links))
            continue
        value = getattr(said, field.of_file) or ""
        rows.append(PaneRow(field.name, label, value, view(field, value) if field.of_file in SHARED else None))
    for key, more in metadata.items():
        if key not in IN_FIELDS:
            label = words(f"row.{key}") if key in LABELLED else key.replace("_", " ")
            rows.append(PaneRow(f"metadata.{key}", label, _plain(more)))
    return rows


def _plain(value: object) -> str:
    """A piece of metadata as text."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in value)
    return "" if value is None else str(value)
