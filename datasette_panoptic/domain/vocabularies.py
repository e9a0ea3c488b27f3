"""The forms that a vocabulary travels in, and what SKOS has no words for."""

from __future__ import annotations

from typing import Literal, get_args

from datasette_panoptic.errors import PanopticError

#: `csv` has headers, `panoptic` is `name;color;parents` without any, `ttl` and `jsonld` are SKOS.
Format = Literal["csv", "panoptic", "ttl", "jsonld"]

FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".ttl": "ttl", ".turtle": "ttl", ".jsonld": "jsonld",
    ".json": "jsonld",
}  # fmt: skip
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "panoptic": "text/csv; charset=utf-8",
    "ttl": "text/turtle; charset=utf-8",
    "jsonld": "application/ld+json; charset=utf-8",
}

#: What rdflib calls the formats it reads and writes.
RDF: dict[Format, str] = {"ttl": "turtle", "jsonld": "json-ld"}

COLUMNS = ("name", "color", "description", "uri", "parents")

#: Names of ours in RDF: the property of a tag's colour, and below `tag:` and `property:` what has no name of its own.
NAMESPACE = "urn:x-panoptic:"
COLOR = f"{NAMESPACE}color"


def format_of(name: str) -> Format:
    """Tell a file's format by the end of its name. Raises PanopticError."""
    format_ = next((format_ for suffix, format_ in SUFFIXES.items() if name.lower().endswith(suffix)), None)
    if format_ is None:
        raise PanopticError(f"`{name}` has no known file extension; choose a format: {', '.join(FORMATS)}")
    return format_
