"""What a table of values does not say of its properties: what they describe, what they mean, their tags and their tree.

It travels beside the table as JSON, or within it: in two sheets of a workbook, in the metadata of a Parquet file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from datasette_panoptic.errors import IngestError

from .fields import FIELD_TYPES, SCOPES, FieldType, Scope
from .names import name_key

#: `corpus.csv` has it in `corpus.properties.json`.
SUFFIX = ".properties.json"

#: The sheets of a workbook, with their headers, and the key in Parquet's metadata, whose value is JSON.
SHEETS: dict[str, tuple[str, ...]] = {
    "properties": ("name", "type", "scope", "description"),
    "tags": ("property", "name", "color", "description", "uri", "parents"),
}
PARQUET_KEY = b"panoptic"


@dataclass(frozen=True)
class DescribedTag:
    name: str
    color: str | None = None
    description: str | None = None
    uri: str | None = None
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class DescribedProperty:
    name: str
    type: FieldType
    scope: Scope
    description: str | None = None
    tags: tuple[DescribedTag, ...] = ()


def to_json(properties: Iterable[DescribedProperty], *, is_escaped: bool = False) -> str:
    """Write descriptions; what is at its default is left out. `is_escaped`: the texts of the table are escaped."""
    rows = [_without_defaults(asdict(described)) for described in properties]
    for row in rows:
        if tags := row.get("tags"):
            row["tags"] = [_without_defaults(tag) for tag in tags]  # type: ignore[attr-defined]
    escaped = {"spreadsheet": True} if is_escaped else {}
    return json.dumps({"properties": rows, **escaped}, ensure_ascii=False, indent=1) + "\n"


def says_escaped(text: str) -> bool:
    """Tell whether what stands beside a table says that its texts are escaped for spreadsheets."""
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(given, dict) and given.get("spreadsheet") is True


def _without_defaults(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if value not in (None, ())}


def from_json(text: str) -> dict[str, DescribedProperty]:
    """Read descriptions, by what their names are compared by. Raises IngestError."""
    by_key = {}
    try:
        for row in json.loads(text)["properties"]:
            tags = tuple(
                DescribedTag(**{**tag, "parents": tuple(tag.get("parents", ()))}) for tag in row.get("tags", ())
            )
            described = checked(DescribedProperty(**{**row, "tags": tags}))
            by_key[name_key(described.name)] = described
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise IngestError(f"this is not a description of properties: {error}") from error
    return by_key


def checked(described: DescribedProperty) -> DescribedProperty:
    """Return a description whose type and scope are some. Raises ValueError."""
    if described.type not in FIELD_TYPES or described.scope not in SCOPES:
        raise ValueError(f"`{described.name}` has an unknown type or scope")
    return described
