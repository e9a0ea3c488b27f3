"""Find an image's original bytes, by its id and never by a path: in the project, or in a folder that was imported."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO

from datasette.utils.sqlite import sqlite3

#: The type each format is sent as. A format that is not here is sent as bytes to save.
MEDIA_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "avif": "image/avif",
    "jp2": "image/jp2",
    "heic": "image/heic",
}
#: Formats that browsers show.
SHOWN_BY_BROWSERS = frozenset({"jpeg", "png", "gif", "webp", "bmp", "avif"})

#: Folders may be nested this deep; a longer chain of parents is a damaged file.
DEEPEST = 4096

FILES = """
select files.folder_id, files.name, files.raw_name, files.bytes
from files where files.image_id = ?
order by files.missing_since is not null, files.id"""


@dataclass(frozen=True)
class OriginalPlace:
    """Where a file was found: the imported directory, and names below it as the file system spells them."""

    root: bytes
    names: tuple[bytes, ...]
    bytes: int

    @property
    def path(self) -> str:
        """The absolute path, for people with the right to see it."""
        return os.fsdecode(os.path.join(self.root, *self.names)).encode(errors="replace").decode()


def stored(conn: sqlite3.Connection, image_id: int) -> bytes | None:
    """Return the original that the project itself holds."""
    row = conn.execute("select data from _panoptic_originals where image_id = ?", [image_id]).fetchone()
    return row[0] if row else None


def is_stored(conn: sqlite3.Connection, image_id: int) -> bool:
    return conn.execute("select 1 from _panoptic_originals where image_id = ?", [image_id]).fetchone() is not None


def places(conn: sqlite3.Connection, image_id: int) -> list[OriginalPlace]:
    """Return where an image's files were found, those that the last scan still saw first."""
    found = []
    for folder_id, name, raw_name, size in conn.execute(FILES, [image_id]).fetchall():
        names = [raw_name or os.fsencode(name)]
        source: bytes | None = None
        for above, raw_above, above_source, is_root in _upwards(conn, folder_id):
            if is_root:
                source = raw_above or (None if above_source is None else os.fsencode(above_source))
            else:
                names.append(raw_above or os.fsencode(above))
        if source is not None and os.path.isabs(source):  # a film has frames, not files
            found.append(OriginalPlace(source, tuple(reversed(names)), size))
    return found


def _upwards(conn: sqlite3.Connection, folder_id: int) -> Iterator[tuple[str, bytes | None, str | None, bool]]:
    at: int | None = folder_id
    for _ in range(DEEPEST):
        if at is None:
            return
        at, name, raw_name, source = conn.execute(
            "select parent_id, name, raw_name, source from folders where id = ?", [at]
        ).fetchone()
        yield name, raw_name, source, at is None


def open_place(place: OriginalPlace) -> FileIO | None:
    """Open a file for reading if it is still the regular file of that size inside its root; None where it is not.

    The path is resolved first and then walked from the root without following a link, so that no link, old or made
    in between, leads out of the imported directory.
    """
    root = os.path.realpath(place.root)
    path = os.path.realpath(os.path.join(root, *place.names))
    inside = os.path.join(root, b"")
    if not path.startswith(inside):
        return None
    try:
        descriptor = _walk(root, path.removeprefix(inside).split(os.fsencode(os.sep)))
    except OSError:
        return None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size != place.bytes:
        os.close(descriptor)
        return None
    return FileIO(descriptor, "rb")


def _walk(root: bytes, names: list[bytes]) -> int:
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    if os.open not in os.supports_dir_fd:  # Windows, where links need a privilege
        return os.open(os.path.join(root, *names), flags)
    *folders, last = names
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    for name in folders:
        try:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
        finally:
            os.close(at)
        at = below
    try:
        return os.open(last, flags | os.O_NOFOLLOW, dir_fd=at)
    finally:
        os.close(at)


def first_open(found: list[OriginalPlace]) -> tuple[FileIO, int] | None:
    """Open the first place that still holds its file; return the file and its size."""
    for place in found:
        file = open_place(place)
        if file is not None:
            return file, place.bytes
    return None
