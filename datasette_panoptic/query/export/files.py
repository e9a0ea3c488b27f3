"""An export as files: a table and its descriptions, beside each other or, with images if wanted, in a folder or zip.

What is named is never written over, and stands under its name only once it is whole.
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import descriptions
from datasette_panoptic.domain.fields import Field
from datasette_panoptic.domain.query import Query
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.query.columns import Ids
from datasette_panoptic.query.orders import Orders
from datasette_panoptic.store import originals

from . import rows as export
from .parquet import write_parquet
from .rows import Format, Row, write_csv, write_json, write_tsv
from .xlsx import write_xlsx

Write = Callable[[sqlite3.Connection, IO[bytes], Ids, Sequence[Field]], None]

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

#: Characters that file systems or zips refuse or read as folders.
UNSAFE = str.maketrans(dict.fromkeys('\\:*?"<>|\0', "_"))


@dataclass
class ExportReport:
    """What was written. `missing`: paths of images whose files are not where they were imported from."""

    out: str
    format: Format
    rows: int = 0
    columns: int = 0
    images: int = 0
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
) -> ExportReport:
    """Write what a query finds to a file; to a folder where images are wanted; or, `zipped`, to a zip.

    `format_` is the table's, in whatever it is put.

    Raises PanopticError where there is something of that name, BadQuery for what the project does not have.
    """
    wanted = export.columns(conn, names)
    ids = export.found(conn, query, orders)
    report = ExportReport(str(out), format_, rows=len(ids), columns=len(wanted))
    if zipped:
        with _whole(out) as part, part.open("xb") as file:
            write_zip(conn, file, ids, wanted, report, with_images=with_images)
    elif with_images:
        with _whole(out) as part:
            _write(conn, ExportFolder(part), ids, wanted, report, with_images=True)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(out.stem + descriptions.SUFFIX)
        with _whole(out) as table, nullcontext() if format_ in WHOLE else _whole(beside) as sidecar:
            with table.open("xb") as file:
                WRITERS[format_](conn, file, ids, wanted)
            if sidecar:
                sidecar.write_text(descriptions.to_json(export.described(conn, wanted)), "utf-8")
    return report


def write_zip(
    conn: sqlite3.Connection,
    file: IO[bytes],
    ids: Ids,
    wanted: Sequence[Field],
    report: ExportReport,
    *,
    with_images: bool,
) -> None:
    """Write the table, what describes it and, if wanted, the image files to a file that need not be seekable."""
    with zipfile.ZipFile(file, "w") as archive:
        _write(conn, Zip(archive), ids, wanted, report, with_images=with_images)


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """Give a path to write to, and move what stands there to its name when all of it is written."""
    if out.exists():
        raise PanopticError(f"there is something at `{out}` already; name another place, or remove it first")
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        yield part
        part.rename(out)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True)
        raise


def _write(
    conn: sqlite3.Connection,
    place: ExportFolder | Zip,
    ids: Ids,
    wanted: Sequence[Field],
    report: ExportReport,
    *,
    with_images: bool,
) -> None:
    with place.new(f"{TABLE}.{report.format}") as file:
        WRITERS[report.format](conn, file, ids, wanted)
    if report.format not in WHOLE:
        with place.new(TABLE + descriptions.SUFFIX) as file:
            file.write(descriptions.to_json(export.described(conn, wanted)).encode())
    if with_images:
        _write_images(conn, place, export.rows(conn, ids, ()), report)
    if report.missing:
        with place.new(MISSING) as file:
            file.writelines(f"{path}\n".encode() for path in report.missing)


def _write_images(
    conn: sqlite3.Connection, place: ExportFolder | Zip, rows: Iterator[Row], report: ExportReport
) -> None:
    """Copy the file of each row to its path below IMAGES, once; another image of that path gets a number."""
    written: dict[str, int] = {}
    for row in rows:
        path = _path(conn, row)
        while written.get(path.casefold(), row.image_id) != row.image_id:
            stem, suffix = os.path.splitext(path)
            path = f"{stem}~{suffix}"
        if path.casefold() in written:
            continue
        written[path.casefold()] = row.image_id
        source = _original(conn, row.image_id)
        if source is None:
            report.missing.append(row.path or f"instance {row.id}")
            continue
        with source, place.new(path) as file:
            shutil.copyfileobj(source, file, BLOCK)
        report.images += 1


def _path(conn: sqlite3.Connection, row: Row) -> str:
    """Return where a row's image goes: its path, safe on any file system, or its SHA-1 where it has no file."""
    if not row.path:
        sha1, format_ = conn.execute("select sha1, format from images where id = ?", [row.image_id]).fetchone()
        return f"{IMAGES}/{sha1}.{format_}"
    names = [name.translate(UNSAFE) for name in row.path.split("/")]
    return "/".join([IMAGES, *("_" if name in ("", ".", "..") else name for name in names)])


def _original(conn: sqlite3.Connection, image_id: int) -> IO[bytes] | None:
    """Open an image's original: the one that the project keeps, or its file."""
    data = originals.stored(conn, image_id)
    if data is not None:
        return io.BytesIO(data)
    opened = originals.first_open(originals.places(conn, image_id))
    return opened[0] if opened else None
