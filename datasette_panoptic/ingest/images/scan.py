"""Walk folders for image files, one directory at a time, without reading any file.

Links to files are followed, links to folders are not (that is what makes loops impossible). Everything that looks like
an image by its name and is none of a regular file is refused with a reason; other files are none of our business.
What the rules of a source pass over is listed by its name and not looked into.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasette_panoptic.domain.corpus import Listing, Place, shown
from datasette_panoptic.domain.passing import Passing
from datasette_panoptic.errors import IngestError

EXTENSIONS = frozenset(
    b".jpg .jpeg .jpe .jfif .mpo .png .apng .gif .webp .tif .tiff .bmp .dib .avif .jp2 .j2k .jpx .jpf .j2c .jpc "
    b".heic .heif .hif".split()
)

SPECIAL = (
    (stat.S_ISFIFO, "a named pipe, not a file"),
    (stat.S_ISSOCK, "a socket, not a file"),
    (stat.S_ISCHR, "a device, not a file"),
    (stat.S_ISBLK, "a device, not a file"),
)


def roots(folders: Sequence[Path], *, recurse: bool = True) -> list[Place]:
    """Return the directories to scan, links resolved, each once: none that another one already covers.

    Raises IngestError for what is not a directory or cannot be listed, before anything is imported.
    """
    paths: list[bytes] = []
    for folder in folders:
        path = os.path.realpath(os.fsencode(folder))
        try:
            os.scandir(path).close()
        except NotADirectoryError as error:
            raise IngestError(f"`{shown(path)}` is a file; name its folder") from error
        except OSError as error:
            raise IngestError(f"cannot read the folder `{shown(path)}`: {cause(error)}") from error
        if path not in paths:
            paths.append(path)
    if recurse:
        paths = [path for path in paths if not any(is_below(path, other) for other in paths)]
    return [Place(path) for path in paths]


def is_below(path: bytes, other: bytes) -> bool:
    """Tell whether a directory lies inside another, at any depth."""
    return path != other and path.startswith(other.rstrip(os.sep.encode()) + os.sep.encode())


@dataclass(frozen=True)
class Ground:
    """What is passed over below a folder that was named for import, and its path inside its source."""

    passing: Passing
    path: bytes = b""


def scan(
    places: Sequence[Place], grounds: Mapping[bytes, Ground] | None = None, *, recurse: bool = True
) -> Iterator[Listing]:
    """Yield each directory's listing: its files before those of the folders in it, all in the order of their names.

    `grounds` has what is passed over, by the path of each place; without, nothing is.
    """
    waiting = [(place, grounds[place.path] if grounds else None) for place in reversed(places)]
    while waiting:
        place, ground = waiting.pop()
        listing, error = read_directory(place, ground)
        if error:
            # A folder's failure is a row in its parent; one that was named for import has no other than itself.
            at, name = (place.parent, place.name) if place.parent else (place, b".")
            yield Listing(at, refused={name: f"this folder cannot be read: {cause(error)}"}, complete=False)
        yield listing
        if recurse:
            for name in reversed(listing.folders):
                below = ground and Ground(ground.passing, ground.path + b"/" + name if ground.path else name)
                waiting.append((Place(os.path.join(place.path, name), place), below))


def count(
    places: Sequence[Place], grounds: Mapping[bytes, Ground] | None = None, *, recurse: bool = True
) -> Iterator[int]:
    """Count the files that `scan` will list, yielding the number so far after each directory."""
    total = 0
    for listing in scan(places, grounds, recurse=recurse):
        total += len(listing.files) + len(listing.refused)
        yield total


def read_directory(place: Place, ground: Ground | None) -> tuple[Listing, OSError | None]:
    """List one directory. With an error, the listing holds what was read before it and is marked incomplete."""
    files: list[bytes] = []
    folders: list[bytes] = []
    refused: dict[bytes, str] = {}
    has_sidecars = False
    passed: dict[str, list[bytes]] = {"hidden": [], "excluded": []}
    failure: OSError | None = None
    try:
        with os.scandir(place.path) as entries:
            for entry in entries:
                sort(entry, ground, files, folders, refused, passed)
                has_sidecars = has_sidecars or is_sidecar(entry.name)
    except OSError as error:
        failure = error
    listing = Listing(
        place,
        sorted(files),
        sorted(folders),
        dict(sorted(refused.items())),
        hidden=sorted(passed["hidden"]),
        excluded=sorted(passed["excluded"]),
        complete=failure is None,
        has_sidecars=has_sidecars,
    )
    return listing, failure


def is_sidecar(name: bytes) -> bool:
    return name[-4:].lower() == b".xmp"


def sort(
    entry: os.DirEntry[bytes],
    ground: Ground | None,
    files: list[bytes],
    folders: list[bytes],
    refused: dict[bytes, str],
    passed: dict[str, list[bytes]],
) -> None:
    """Put a directory's entry where it belongs, or nowhere."""
    candidate = os.path.splitext(entry.name)[1].lower() in EXTENSIONS
    try:
        is_folder = entry.is_dir(follow_symlinks=False)
        if not candidate and not is_folder and not entry.is_symlink():
            return
        reason = ground and ground.passing.reason(entry.name, ground.path, is_folder=is_folder)
        if reason:
            passed[reason].append(entry.name)
        elif is_folder:
            folders.append(entry.name)
        elif entry.is_file():
            if candidate:
                files.append(entry.name)
        elif entry.is_symlink() and entry.is_dir():
            refused[entry.name] = "a link to a folder; links are not followed, so import the folder it leads to"
        elif candidate:
            refused[entry.name] = special(entry)
    except OSError as error:
        if candidate:
            refused[entry.name] = cause(error)


def special(entry: os.DirEntry[bytes]) -> str:
    """Say what an entry is that is neither a file nor a folder."""
    try:
        mode = entry.stat().st_mode
    except FileNotFoundError:
        return "a link to a file that is not there"
    return next((reason for is_it, reason in SPECIAL if is_it(mode)), "not a file")


CAUSES: dict[type[OSError], str] = {
    FileNotFoundError: "it is not there any more",
    PermissionError: "permission denied",
    NotADirectoryError: "it is not a folder",
    IsADirectoryError: "it is a folder",
}


def cause(error: OSError) -> str:
    """Say in plain words, without the path, why the operating system refused."""
    if error.errno == errno.ELOOP:
        return "a link that leads back to itself"
    if error.errno == errno.ENAMETOOLONG:
        return "the path is longer than this system allows; move the folder nearer to the top"
    return CAUSES.get(type(error)) or (error.strerror or "it cannot be read").lower()
