"""An export as Parquet: typed columns, tags as lists, and what describes the properties in the metadata.

Dates are texts, as precise as they were given, unless all of a column are days or times to the second.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import descriptions
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.errors import MissingExtra
from datasette_panoptic.store.people_views import quoted

from .dates import shared_precision
from .rows import CHUNK, EXACT, Cell, TableContent

if TYPE_CHECKING:
    from pyarrow import DataType


def write_parquet(content: TableContent, file: IO[bytes]) -> None:
    """Write instances as Parquet, a group of rows at a time."""
    try:
        import pyarrow
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise MissingExtra("Parquet", "parquet") from error
    wanted = content.fields
    types = [_type(content.conn, field) for field in wanted]
    schema = pyarrow.schema(
        [
            ("id", pyarrow.int64()),
            ("path", pyarrow.string()),
            *((field.name, type_) for field, type_ in zip(wanted, types, strict=True)),
        ],
        metadata={descriptions.PARQUET_KEY: descriptions.to_json(content.described()).encode()},
    )
    rows = content.rows()
    with ParquetWriter(file, schema, compression="zstd") as writer:
        while chunk := list(islice(rows, CHUNK)):
            columns = [
                [_value(row.cells[place], field, type_) for row in chunk]
                for place, (field, type_) in enumerate(zip(wanted, types, strict=True))
            ]
            arrays = [[row.id for row in chunk], [row.path or None for row in chunk], *columns]
            writer.write_batch(
                pyarrow.record_batch(
                    [pyarrow.array(array, each.type) for array, each in zip(arrays, schema, strict=True)], schema=schema
                )
            )


def _type(conn: sqlite3.Connection, field: Field) -> DataType:
    import pyarrow

    match field.type:
        case "checkbox":
            return pyarrow.bool_()
        case "multi_tags":
            return pyarrow.list_(pyarrow.string())
        case "number":
            return _number(conn, field)
        case "date":
            types = {"day": pyarrow.date32(), "second": pyarrow.timestamp("ms")}
            return types.get(shared_precision(conn, field) or "", pyarrow.string())
        case _:
            return pyarrow.string()


def _number(conn: sqlite3.Connection, field: Field) -> DataType:
    """Return the type that holds every number of a field exactly; a text where none does."""
    import pyarrow

    if field.property_id is None:
        return pyarrow.int64()
    column = quoted(field.name)
    ranges = {
        type_: (least, most)
        for type_, least, most in conn.execute(
            f"select typeof({column}), min({column}), max({column}) from {field.scope}_values "
            f"where {column} is not null group by 1"
        )
    }
    least, most = ranges.get("integer", (0, 0))
    if ranges.keys() <= {"integer"}:
        return pyarrow.int64()
    if ranges.keys() <= {"integer", "real"} and least >= -EXACT and most <= EXACT:
        return pyarrow.float64()
    return pyarrow.string()


def _value(cell: Cell, field: Field, type_: DataType) -> Any:
    if cell is None:
        return None
    if isinstance(cell, tuple):
        return cell[0] if field.type == "tag" else list(cell)
    if field.type == "checkbox":
        return bool(cell)
    match str(type_):
        case "string":
            return str(cell)
        case "date32[day]":
            return date.fromisoformat(str(cell))
        case "timestamp[ms]":
            return datetime.fromisoformat(str(cell))
    return cell
