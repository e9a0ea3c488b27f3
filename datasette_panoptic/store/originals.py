"""Find an image's original bytes, by its id and never by a path: in the project, or in a folder that was imported.

A project may come from anybody, and says itself where its folders are. Hence a file is sent only if it begins as images
do and has the SHA-1 that the project says: whoever wrote that down has seen the file already.
"""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain import signatures

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
select files.folder_id, files.name, files.raw_name, files.bytes, images.sha1
from files join images on images.id = files.image_id
where files.image_id = ?
order by files.missing_since is not null, files.id"""


@dataclass(frozen=True)
class OriginalPlace:
    """Where a file was found: the imported directory, and names below it as the file system spells them."""

    root: bytes
    names: tuple[bytes, ...]
    bytes: int
    sha1: str

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
    places_of_files = []
    for folder_id, name, raw_name, size, sha1 in conn.execute(FILES, [image_id]).fetchall():
        names = [raw_name or os.fsencode(name)]
        source: bytes | None = None
        for above, raw_above, above_source, is_root in _upwards(conn, folder_id):
            if is_root:
                source = raw_above or (None if above_source is None else os.fsencode(above_source))
            else:
                names.append(raw_above or os.fsencode(above))
        if source is not None and os.path.isabs(source):  # a film has frames, not files
            places_of_files.append(OriginalPlace(source, tuple(reversed(names)), size, sha1))
    return places_of_files


def _upwards(conn: sqlite3.Connection, folder_id: int) -> Iterator[tuple[str, bytes | None, str | None, bool]]:
    at: int | None = folder_id
    for _ in range(DEEPEST):
        if at is None:
            return
        at, name, raw_name, source = conn.execute(
            "select parent_id, name, raw_name, source from folders where id = ?", [at]
        ).fetchone()
        yield name, raw_name, source, at is None


#: Files whose SHA-1 is remembered.
MOST_SEEN = 10_000


class SeenFiles:
    """Remembers the SHA-1 of files for as long as nothing has changed of them that the file system tells."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, ...], str] = OrderedDict()
        self._lock = threading.Lock()

    def sha1(self, file: FileIO) -> str:
        """Return the SHA-1 of an open file, which is left at its beginning."""
        status = os.fstat(file.fileno())
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        with self._lock:
            known = self._known.get(key)
        if known is None:
            file.seek(0)
            known = hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False)).hexdigest()
            file.seek(0)
            with self._lock:
                self._known[key] = known
                while len(self._known) > MOST_SEEN:
                    self._known.popitem(last=False)
        return known


def open_place(place: OriginalPlace) -> FileIO | None:
    """Open a file if it is still a regular file of that size inside its root and begins as an image; None if not.

    The path is resolved first and then walked from the root without following a link, so that no link, old or made
    in between, leads out of the imported directory.
    """
    try:
        root = os.path.realpath(place.root)
        path = os.path.realpath(os.path.join(root, *place.names))
        inside = os.path.join(root, b"")
        if not path.startswith(inside):
            return None
        file = FileIO(_walk(root, path.removeprefix(inside).split(os.fsencode(os.sep))), "rb")
    except (OSError, ValueError):  # a NUL in a name is the latter
        return None
    try:
        status = os.fstat(file.fileno())
        if stat.S_ISREG(status.st_mode) and status.st_size == place.bytes:
            head = file.read(signatures.LENGTH)
            file.seek(0)
            if signatures.begins_as_image(head):
                return file
    except OSError:
        pass
    file.close()
    return None


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


def first_open(places: list[OriginalPlace], seen: SeenFiles | None = None) -> tuple[FileIO, int] | None:
    """Open the first place that holds the very file that was imported; return the file and its size."""
    seen = seen or SeenFiles()
    for place in places:
        file = open_place(place)
        if file is None:
            continue
        if seen.sha1(file) == place.sha1:
            return file, place.bytes
        file.close()
    return None


def is_there(places: list[OriginalPlace]) -> bool:
    """Tell whether a file is where one of these was found, without reading all of it."""
    for place in places:
        if file := open_place(place):
            file.close()
            return True
    return False
