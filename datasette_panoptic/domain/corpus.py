"""What an import passes from stage to stage: places and files found, pictures read, files refused, what it did in all.

File and folder names travel as the bytes the operating system has, because not every name is text.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Place:
    """A directory on disk (`path`, absolute), or below a pseudo root that stands for uploads or a film."""

    path: bytes
    parent: Place | None = None  # None: a directory that was named for import

    def chain(self) -> list[Place]:
        """Return the places from the one named for import down to this one."""
        places: list[Place] = []
        place: Place | None = self
        while place:
            places.append(place)
            place = place.parent
        return places[::-1]

    @property
    def name(self) -> bytes:
        return os.path.basename(self.path)


@dataclass(frozen=True, slots=True)
class Listing:
    """What one directory holds, names sorted."""

    place: Place
    files: list[bytes] = field(default_factory=list)  # regular files with an image's extension
    folders: list[bytes] = field(default_factory=list)  # folders below, readable or not
    refused: dict[bytes, str] = field(default_factory=dict)  # pipes, links to folders, … and why each was passed over
    hidden: list[bytes] = field(default_factory=list)  # files and folders passed over, being hidden or a system's
    excluded: list[bytes] = field(default_factory=list)  # those passed over because a pattern excludes them
    complete: bool = True  # False: reading it stopped half-way, so absence proves nothing
    has_sidecars: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A file that has to be read: new, or not as it was. `sha1s`: known images of the same number of bytes."""

    place: Place
    name: bytes
    size: int  # bytes
    sha1s: tuple[str, ...] = ()

    @property
    def path(self) -> bytes:
        return os.path.join(self.place.path, self.name)


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """An encoded picture, small enough to keep in the project."""

    mime: str
    data: bytes


class Look(NamedTuple):
    """What is computed of how a picture looks."""

    average_hash: str  # 64 bits in hex
    perceptual_hash: str
    mean_color: str  # #rrggbb


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the project keeps about an image's content."""

    width: int  # pixels, after EXIF rotation
    height: int
    format: str
    average_hash: str  # 64 bits in hex
    perceptual_hash: str
    mean_color: str  # #rrggbb
    taken_at: str | None
    metadata: dict[str, object]
    thumbnail: Thumbnail
    preview: Thumbnail | None  # None: the thumbnail already shows every pixel


@dataclass(frozen=True, slots=True)
class Contents:
    """What reading a file gave. `picture` is None where its SHA-1 was among those already known."""

    sha1: str
    size: int  # bytes
    modified_ns: int
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file cannot be imported, as a person reads it.

    `again`: the reason lies outside the file (permission, a missing codec), so the next import tries once more even
    where the file has not changed.
    """

    reason: str
    size: int | None = None  # bytes
    modified_ns: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file that was read, and what it holds."""

    found: Found
    contents: Contents


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file or folder that was not imported. `known`: it stands in the list of rejects already, unchanged."""

    place: Place
    name: bytes
    refusal: Refusal
    known: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Files of one folder that are as they were. `back`: rows of those that had been missing."""

    place: Place
    count: int
    back: tuple[int, ...] = ()
    removed: int = 0  # files that somebody removed from the corpus, which are passed over
    restored: tuple[int, ...] = ()  # rows of files that were removed and are to be put back
    healed: tuple[int, ...] = ()  # rejects that no longer hold: the file is again what it was when it was imported


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows that the scan did not find: files (id and name as shown, in one folder), folders; rejects that are over."""

    files: tuple[tuple[int, str], ...] = ()
    folder_id: int | None = None  # of `files`: a row that has meanwhile moved elsewhere is not gone
    folders: tuple[int, ...] = ()
    rejects: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Entries of one folder that an import leaves alone; `files` and `folders` are the rows that some of them have."""

    hidden: int
    excluded: int
    files: tuple[int, ...] = ()
    folders: tuple[int, ...] = ()


Event = Decoded | Rejected | Unchanged | Gone | PassedOver


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come: files done, of how many (None: not counted yet), files per second."""

    done: int
    total: int | None
    rate: float
    message: str


@dataclass(slots=True)
class ImportReport:
    """What an import did, in files; `images` and `instances` are the project's totals afterwards."""

    added: int = 0  # files that were not in the project
    unchanged: int = 0
    changed: int = 0  # files whose content is another image now
    carried: int = 0  # of these, files that show the same picture, and what was said of it followed
    replaced: int = 0  # of these, files that show another picture, so that nothing followed
    replaced_files: list[str] = field(default_factory=list)  # the first of them, with their folders
    moved: int = 0  # files whose old place is empty and whose content turned up elsewhere
    missing: int = 0  # files of the project that are no longer in the folders that were scanned
    removed: int = 0  # files that somebody removed from the corpus, and that stay so
    restored: int = 0  # files that had been removed and were put back, as asked
    hidden: int = 0  # files and folders passed over because they are hidden or a system's
    excluded: int = 0  # files and folders passed over because a pattern excludes them
    left: int = 0  # files that were in the corpus, are passed over from now on, and have left it
    patterns: list[str] = field(default_factory=list)  # what excludes
    rejected: int = 0  # files that could not be imported, those already known included
    images: int = 0
    instances: int = 0
    seconds: float = 0.0
    sidecars: int = 0  # those that are new or have changed
    damaged_sidecars: int = 0  # of these, or besides, those of which not all could be read
    sidecar_faults: list[str] = field(default_factory=list)  # the first of them, with the reason

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def shown(name: bytes) -> str:
    """Return a name as people see it: bytes that are not UTF-8 appear as \\xNN."""
    return name.decode("utf-8", "backslashreplace")


def is_text(name: bytes) -> bool:
    """Tell whether a name can be shown as it is and found again by what is shown."""
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
