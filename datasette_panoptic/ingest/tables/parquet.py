"""Parquet files as tables: columns have types, and what describes the properties is in the file's metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette_panoptic.domain import descriptions
from datasette_panoptic.domain.descriptions import DescribedProperty
from datasette_panoptic.errors import IngestError, MissingExtra

from .cells import Cell, cell_of

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

#: Rows that are in memory at once.
BATCH = 8192


def headers(path: Path) -> tuple[str, ...]:
    """Return the names of a file's columns. Raises IngestError."""
    with _opened(path) as file:
        return tuple(file.schema_arrow.names)


def rows(path: Path) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows that hold anything, numbered from 1. Raises IngestError."""
    number = 0
    with _opened(path) as file:
        are_days = [_are_days(file, field) for field in file.schema_arrow]
        for batch in file.iter_batches(BATCH):
            columns = [_column(column, days) for column, days in zip(batch.columns, are_days, strict=True)]
            for cells in zip(*columns, strict=True):
                number += 1
                if any(cells):
                    yield number, list(cells)


def described(path: Path) -> dict[str, DescribedProperty]:
    """Read what describes the properties, by their names' keys; none where the file is not from an export."""
    with _opened(path) as file:
        text = (file.schema_arrow.metadata or {}).get(descriptions.PARQUET_KEY)
    return descriptions.from_json(text.decode(errors="replace")) if text else {}


@contextmanager
def _opened(path: Path) -> Iterator[ParquetFile]:
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise MissingExtra("Parquet", "parquet") from error
    try:
        with ParquetFile(path) as file:
            yield file
    except (pyarrow.ArrowException, OSError) as error:
        raise IngestError(f"the Parquet file cannot be read: {error}") from error


def _are_days(file: ParquetFile, field: Any) -> bool:
    """Tell whether a column is of moments that are all at midnight: many programs write days like that."""
    import pyarrow
    from pyarrow import compute

    if not pyarrow.types.is_timestamp(field.type) or field.type.tz:
        return False
    for batch in file.iter_batches(BATCH, columns=[field.name]):
        moments = batch.column(0).drop_null()
        if not compute.all(compute.equal(moments, compute.floor_temporal(moments, unit="day")), min_count=0).as_py():
            return False
    return True


def _column(column: Any, are_days: bool) -> list[Cell]:
    import pyarrow

    type_ = column.type
    if pyarrow.types.is_timestamp(type_):  # Python has no nanoseconds
        column = column.cast(pyarrow.timestamp("us", type_.tz), safe=False)
    write: Callable[[Any], Cell] = str if pyarrow.types.is_integer(type_) else cell_of
    if are_days:
        write = _day
    try:
        given = column.to_pylist()
    except UnicodeDecodeError:  # texts of other writers are not always UTF-8: as bytes, each is told by itself
        given = column.cast(pyarrow.large_binary()).to_pylist()
    return ["" if value is None else write(value) for value in given]


def _day(value: datetime) -> str:
    return value.date().isoformat()
