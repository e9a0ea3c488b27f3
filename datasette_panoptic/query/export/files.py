"""An export as files: a table and its descriptions, beside each other or, with images if wanted, in a folder or zip.

What is named is never written over, and stands under its name only once it is whole.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import descriptions
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.store import originals

from . import rows as export
from .names import ExportedNames
from .parquet import write_parquet
from .rows import Format, Row, TableContent, write_csv, write_json, write_tsv
from .xlsx import write_xlsx

Write = Callable[[TableContent, IO[bytes]], None]

WRITERS: dict[Format, Write] = {
    "csv": write_csv,
    "tsv": write_tsv,
    "json": write_json,
    "xlsx": write_xlsx,
    "parquet": write_parquet,
}
#: Formats that describe their properties themselves; the others have that beside them.
WHOLE = ("xlsx", "parquet")

#: Bytes copied at a time.
BLOCK = 1 << 20

#: Names of the table, and of the folder of images, where they stand in a folder or a zip.
TABLE = "corpus"
IMAGES = "images"
MISSING = "missing.txt"
RENAMED = "renamed.csv"


@dataclass
class ExportReport:
    """What was written. `missing`: paths of images whose files are not where they were imported from.

    `renamed`: images whose files have another path in the export, which is that of the table.
    """

    out: str
    format: Format
    rows: int = 0
    columns: int = 0
    images: int = 0
    renamed: int = 0
    missing: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class ExportFolder:
    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def new(self, path: str) -> Iterator[IO[bytes]]:
        target = self.path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            yield file


class Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive

    @contextmanager
    def new(self, path: str) -> Iterator[IO[bytes]]:
        entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
        # Images are compressed as they are.
        entry.compress_type = zipfile.ZIP_STORED if path.startswith(IMAGES) else zipfile.ZIP_DEFLATED
        with self.archive.open(entry, "w", force_zip64=True) as file:
            yield file


def export_to(
    conn: sqlite3.Connection,
    out: Path,
    query: Query,
    *,
    orders: Orders | None = None,
    format_: Format,
    names: Sequence[str] | None = None,
    with_images: bool = False,
    zipped: bool = False,
    for_spreadsheet: bool = False,
) -> ExportReport:
    """Write what a query finds to a file; to a folder where images are wanted; or, `zipped`, to a zip.

    `format_` is the table's, in whatever it is put.

    Raises PanopticError where there is something of that name, BadQuery for what the project does not have.
    """
    wanted = export.columns(conn, names)
    content = TableContent(conn, export.found(conn, query, orders), wanted, for_spreadsheet=for_spreadsheet)
    report = ExportReport(str(out), format_, rows=len(content.ids), columns=len(wanted))
    if zipped:
        with _whole(out) as part, part.open("xb") as file:
            write_zip(content, file, report, with_images=with_images)
    elif with_images:
        with _whole(out) as part:
            _write(content, ExportFolder(part), report, with_images=True)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(out.stem + descriptions.SUFFIX)
        with _whole(out) as table, nullcontext() if format_ in WHOLE else _whole(beside) as sidecar:
            with table.open("xb") as file:
                WRITERS[format_](content, file)
            if sidecar:
                sidecar.write_text(_descriptions(content), "utf-8")
    return report


def write_zip(content: TableContent, file: IO[bytes], report: ExportReport, *, with_images: bool) -> None:
    """Write the table, what describes it and, if wanted, the image files to a file that need not be seekable."""
    with zipfile.ZipFile(file, "w") as archive:
        _write(content, Zip(archive), report, with_images=with_images)


def _descriptions(content: TableContent) -> str:
    return descriptions.to_json(content.described(), is_escaped=content.for_spreadsheet)


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """Give a path to write to, and move what stands there to its name when all of it is written."""
    if out.exists():
        raise PanopticError(f"`{out}` already exists; name another place, or remove it first")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        yield part
        part.rename(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True)
        raise


def _write(content: TableContent, place: ExportFolder | Zip, report: ExportReport, *, with_images: bool) -> None:
    names = ExportedNames(content.conn)
    if with_images:  # the table says where its images are
        content = replace(content, path_of=names.path_of)
    with place.new(f"{TABLE}.{report.format}") as file:
        WRITERS[report.format](content, file)
    if report.format not in WHOLE:
        with place.new(TABLE + descriptions.SUFFIX) as file:
            file.write(_descriptions(content).encode())
    if with_images:
        rows = export.rows(content.conn, content.ids, ())
        _write_images(content.conn, place, rows, names, report)
    if report.renamed:
        rows = export.rows(content.conn, content.ids, ())
        with place.new(RENAMED) as file, export.text_of(file) as out:
            writer = csv.writer(out, delimiter=";")
            writer.writerow(["path", "exported as"])
            writer.writerows(
                dict.fromkeys((row.path, path) for row in rows if (path := names.path_of(row)) != row.path)
            )
    if report.missing:
        with place.new(MISSING) as file:
            file.writelines(f"{path}\n".encode() for path in report.missing)


def _write_images(
    conn: sqlite3.Connection,
    place: ExportFolder | Zip,
    rows: Iterator[Row],
    names: ExportedNames,
    report: ExportReport,
) -> None:
    """Copy the file of each row to its path below IMAGES, once."""
    written: set[str] = set()
    for row in rows:
        path = names.path_of(row)
        if path in written:
            continue
        written.add(path)
        report.renamed += path != row.path
        source = _original(conn, row.image_id)
        if source is None:
            report.missing.append(row.path or f"instance {row.id}")
            continue
        with source, place.new(f"{IMAGES}/{path}") as file:
            shutil.copyfileobj(source, file, BLOCK)
        report.images += 1


def _original(conn: sqlite3.Connection, image_id: int) -> IO[bytes] | None:
    """Open an image's original: the one that the project keeps, or its file."""
    data = originals.stored(conn, image_id)
    if data is not None:
        return io.BytesIO(data)
    opened = originals.first_open(originals.places(conn, image_id))
    return opened[0] if opened else None
