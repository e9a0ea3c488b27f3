"""Parquet files as tables: columns have types, and what describes the properties is in the file's metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
        for batch in file.iter_batches(BATCH):
            columns = [_column(column) for column in batch.columns]
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


def _column(column: Any) -> list[Cell]:
    import pyarrow

    type_ = column.type
    if pyarrow.types.is_timestamp(type_):  # to the second: Python has no nanoseconds
        column = column.cast(pyarrow.timestamp("s", type_.tz), safe=False)
    write: Callable[[Any], Cell] = str if pyarrow.types.is_integer(type_) else cell_of
    return ["" if value is None else write(value) for value in column.to_pylist()]
