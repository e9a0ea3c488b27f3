"""Read sidecars: `boat.xmp` and `boat.jpg.xmp` beside `boat.jpg`, after the files they belong to are stored.

They are read anew when they change, though the picture does not, and forgotten when they are gone. One that is damaged
costs nothing but what it says.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import ImportReport, Listing, Place, shown
from datasette_panoptic.domain.described import Saying, joined
from datasette_panoptic.store import corpus, sidecars
from datasette_panoptic.store.connection import transaction
from datasette_panoptic.store.details import shown_path
from datasette_panoptic.store.folders import Folders, directory_of

from . import xmp
from .metadata import read_sidecar
from .scan import cause, is_sidecar

SUFFIX = b".xmp"

#: Sidecars that the report names of those that cannot be read.
MOST_NAMED = 100


@dataclass
class _SidecarFolder:
    """A folder's directory, with the names of its sidecars, and by small letters."""

    path: bytes
    names: set[bytes]
    by_lower: dict[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.by_lower = {name.lower(): name for name in sorted(self.names)}

    def of(self, file: bytes) -> list[bytes]:
        """Return the sidecars of an image file, what counts more first: the one that has its whole name."""
        wanted = (file + SUFFIX, os.path.splitext(file)[0] + SUFFIX)
        names = [name if name in self.names else self.by_lower.get(name.lower()) for name in wanted]
        return list(dict.fromkeys(name for name in names if name))


def noting(listings: Iterable[Listing], noted: list[Place]) -> Iterator[Listing]:
    """Pass listings on, and note the directories that have sidecars and images."""
    for listing in listings:
        if listing.files and listing.has_sidecars:
            noted.append(listing.place)
        yield listing


def refresh(
    conn: sqlite3.Connection,
    noted: Iterable[Place],
    folder_ids: list[int],
    report: ImportReport,
    *,
    recurse: bool,
    cancelled: Callable[[], bool],
) -> None:
    """Bring what is kept of sidecars in line with the directories: those noted, and those that had some before."""
    tree = Folders(conn)
    folders = {tree.find(place) for place in noted} | {*sidecars.folders_with(conn, folder_ids, recurse=recurse)}
    for folder_id in sorted(each for each in folders if each):
        path = directory_of(conn, folder_id)
        names = _names(path) if path else None
        if cancelled():
            return
        if path and names is not None:
            _refresh_folder(conn, folder_id, _SidecarFolder(path, names), report)


def _refresh_folder(conn: sqlite3.Connection, folder_id: int, folder: _SidecarFolder, report: ImportReport) -> None:
    known = sidecars.stamps(conn, folder_id)
    for batch in corpus.present_files(conn, folder_id):
        with transaction(conn):
            changes = [_refresh_file(conn, file_id, folder, folder.of(raw), known, report) for file_id, _, raw in batch]
            if any(changes):
                corpus.bump(conn)


def _refresh_file(
    conn: sqlite3.Connection,
    file_id: int,
    folder: _SidecarFolder,
    names: list[bytes],
    known: dict[int, str],
    report: ImportReport,
) -> bool:
    """Read a file's sidecars if they are not what they were; tell whether that changed what is said of its image."""
    try:
        stamp = "\n".join(_stamp(folder.path, name) for name in names)
        if stamp == known.get(file_id, ""):
            return False
        if not names:
            return sidecars.drop(conn, file_id)
        sayings = []
        for name in names:
            said, fault = _read(os.path.join(folder.path, name))
            sayings.append(said)
            if fault:
                _tell(conn, file_id, name, fault, report)
    except OSError as error:
        _tell(conn, file_id, names[-1], cause(error), report)
        return False
    report.sidecars += len(names)
    return sidecars.put(conn, file_id, stamp, joined(sayings))


def _read(path: bytes) -> tuple[Saying, str]:
    """Return what a sidecar says, and what is wrong with it, if anything is. Raises OSError."""
    # A named pipe would hold the import for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return {}, "it is not a file"
    with os.fdopen(descriptor, "rb") as file:
        packet = file.read(xmp.MAX_XMP + 1)
    fault = xmp.fault(packet)
    return read_sidecar(packet), fault


def _stamp(folder: bytes, name: bytes) -> str:
    status = os.stat(os.path.join(folder, name))
    return f"{shown(name)} {status.st_size} {status.st_mtime_ns}"


def _names(path: bytes) -> set[bytes] | None:
    """Return the names of a directory's sidecars; None where it cannot be read, so that nothing is known of them."""
    try:
        return set(filter(is_sidecar, os.listdir(path)))
    except OSError:
        return None


def _tell(conn: sqlite3.Connection, file_id: int, name: bytes, fault: str, report: ImportReport) -> None:
    report.damaged_sidecars += 1
    if len(report.sidecar_faults) < MOST_NAMED:
        folder = shown_path(conn, file_id).rpartition("/")[0]
        report.sidecar_faults.append(f"{folder}/{shown(name)}: {fault}")
