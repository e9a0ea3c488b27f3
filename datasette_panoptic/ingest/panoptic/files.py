"""The files of an old project: imported where they still are, made of its own pictures where they are gone."""

from __future__ import annotations

import os
import re
import tempfile
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Contents, Decoded, Event, Found, Listing, Place, Progress
from datasette_panoptic.domain.old import OldFolder, OldProject
from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.images.changed import changed
from datasette_panoptic.ingest.images.parallel import Decoder
from datasette_panoptic.ingest.images.pipeline import Meter, save, unmapped
from datasette_panoptic.ingest.tables.match import WINDOWS
from datasette_panoptic.store import arrivals
from datasette_panoptic.store.connection import transaction
from datasette_panoptic.store.folders import Folders
from datasette_panoptic.store.save import Writer

#: What names of formats and extensions mean here; anything else is told by the picture.
FORMATS = {
    "jpg": "jpeg", "jpeg": "jpeg", "jpe": "jpeg", "png": "png", "gif": "gif", "webp": "webp", "tif": "tiff",
    "tiff": "tiff", "bmp": "bmp", "avif": "avif", "jp2": "jp2", "j2k": "jp2", "jpf": "jp2", "jpx": "jp2",
    "jpeg2000": "jp2", "heic": "heic", "heif": "heic",
}  # fmt: skip

SHA1 = re.compile(r"[0-9a-f]{40}")

#: A file's own name, which leads nowhere else.
NAME = re.compile(r"(?!\.{1,2}$)[^/\0]+", re.DOTALL)

#: Said in the metadata of an image whose file was gone, or beyond reading.
THUMBNAIL_ONLY = "the file could not be had when the project came from Panoptic; this is the thumbnail that it kept"

#: Pictures to a transaction, and their bytes.
BATCH = 256
BATCH_BYTES = 32_000_000


class GoneFile(NamedTuple):
    """A file to be made of a picture: where it was, and what is known of it."""

    place: Place
    name: bytes
    width: int | None
    height: int | None
    format: str | None


def plain(path: str) -> str:
    """Write a path of any system as this one would: Windows' separators are no part of names elsewhere."""
    if os.sep == "/" and WINDOWS.match(path):
        path = path.replace("\\", "/")
    return path if "://" in path else os.path.normpath(path)


def places(folders: Sequence[OldFolder], moved: Mapping[str, str]) -> dict[int, Place]:
    """Return where each folder is now. Raises IngestError where `moved` speaks of a folder that is not there."""
    rules = sorted(((plain(old), plain(os.path.realpath(new))) for old, new in moved.items()), key=lambda r: -len(r[0]))
    used: set[str] = set()
    now: dict[int, str] = {}
    for folder in folders:
        path = now[folder.id] = plain(folder.path)
        for old, new in rules:
            if path == old or path.startswith(old + "/"):
                used.add(old)
                now[folder.id] = new + path[len(old) :]
                break
    if unused := [old for old, _ in rules if old not in used]:
        known = sorted({plain(folder.path) for folder in folders if folder.parent is None})
        raise IngestError(
            f"--moved {unused[0]}=…: no folder of the project is there; the folders are {', '.join(known) or 'none'}"
        )
    places: dict[int, Place] = {}
    parents = {folder.id: folder.parent for folder in folders}

    def place(id_: int) -> Place:
        if id_ not in places:
            parent = parents[id_]
            above = now.get(parent) if parent is not None and parent != id_ else None
            directory, name = os.path.split(now[id_])
            if above is not None and directory == above and parent is not None:
                at = place(parent)
                places[id_] = Place(os.path.join(at.path, os.fsencode(name)), at)
            else:
                path = os.fsencode(now[id_])
                places[id_] = Place(os.path.realpath(path) if os.path.isdir(path) else path)
        return places[id_]

    for folder in folders:
        place(folder.id)
    return places


def on_disk(conn: sqlite3.Connection, where: Mapping[int, Place]) -> Iterator[tuple[int, Place, dict[str, str]]]:
    """Yield each folder with the files that are there: by the name they had, the name they have.

    Letters with accents are written in two ways, and some systems change one into the other when they copy files.
    """
    for folder, place in where.items():
        if not os.path.isabs(place.path):
            continue  # of another system, or the address of a remote source
        try:
            with os.scandir(place.path) as entries:
                there = {os.fsdecode(entry.name) for entry in entries}
        except OSError:
            continue  # the folder is not there, and its files are what is said of it
        wanted = arrivals.names(conn, folder)
        if not there.issuperset(wanted):
            alike = {_composed(name): name for name in there}
            present = {name: name if name in there else alike.get(_composed(name)) for name in wanted}
            yield folder, place, {name: now for name, now in present.items() if now}
        else:
            yield folder, place, {name: name for name in wanted}


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


class Arrival:
    """Brings the files in: `import_present` those that are there, then `make_gone` those that are not."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        where: Mapping[int, Place],
        *,
        decoder: Callable[[], Decoder],
        progress: Callable[[Progress], None],
    ) -> None:
        self.conn = conn
        self.where = where
        self.decoder = decoder
        self.progress = progress
        self.tree = Folders(conn)

    def place_folders(self) -> dict[int, int]:
        """Make all folders, empty ones too, and return which is which."""
        with transaction(self.conn):
            made = {folder: self.tree.make(place) for folder, place in self.where.items()}
        arrivals.place_folders(self.conn, made.items())
        return made

    def import_present(self, total: int) -> int:
        """Import each file of the project that is in its place, as `import` does; count those that are refused."""
        stream = self.decoder().decode(changed(self.conn, self.tree, self._listings(), recurse=False))
        writer = Writer(self.conn, self.tree)
        with unmapped(self.conn):
            save(writer, stream, Meter(total, time.monotonic(), self.progress), lambda: False)
        arrivals.match(self.conn)
        return writer.report.rejected

    def _listings(self) -> Iterator[Listing]:
        for folder, place, names in on_disk(self.conn, self.where):
            for name, present in names.items():
                if name != present:
                    arrivals.rename(self.conn, folder, name, present)
            # Incomplete, so that nothing else of the folder counts as gone.
            yield Listing(place, files=sorted(map(os.fsencode, names.values())), complete=False)

    def make_gone(self, project: OldProject, total: int) -> int:
        """Make each file that is not in its place of the picture that the project kept; count the complete ones."""
        complete = 0
        with tempfile.TemporaryDirectory(prefix="panoptic-") as directory:
            sketches = Sketches(self.conn, project, self.where, Place(os.fsencode(directory)))
            thumbnails = Writer(self.conn, self.tree, follow_moves=False)
            whole = Writer(self.conn, self.tree, follow_moves=False, original=sketches.original)
            made = sketches.files(self.decoder().decode(sketches.found()))
            meter = Meter(total, time.monotonic(), self.progress)
            while batch := list(in_batch(made)):
                with transaction(self.conn):
                    thumbnails.write([event for event, pixels in batch if not pixels])
                    whole.write([event for event, pixels in batch if pixels])
                    files = [(self.tree.make(event.found.place), os.fsdecode(event.found.name)) for event, _ in batch]
                    arrivals.lose(self.conn, files)
                sketches.originals.clear()
                complete += sum(pixels for _, pixels in batch)
                for event, _ in batch:
                    meter.passed(event)
            meter.finish()
        arrivals.match(self.conn)
        return complete


def in_batch(made: Iterator[tuple[Decoded, bool]]) -> Iterator[tuple[Decoded, bool]]:
    """Yield as many as one transaction takes."""
    size = 0
    for event, pixels in islice(made, BATCH):
        yield event, pixels
        size += event.contents.size
        if size >= BATCH_BYTES:
            return


class Sketches:
    """Pictures of files that are gone: decoded like any file, each once, and handed on as the files they stand for."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        project: OldProject,
        where: Mapping[int, Place],
        at: Place,
        *,
        arriving: Collection[str] = (),
    ) -> None:
        """Pictures are written to `at`. `arriving`: SHA-1s of images that would be here by now, in a dry run."""
        self.conn = conn
        self.arriving = arriving
        self.project = project
        self.where = where
        self.at = at
        #: What each file that was written to `at` stands for: SHA-1, whether it has all pixels, and the files.
        self.waiting: dict[bytes, tuple[str, bool, list[GoneFile]]] = {}
        self.originals: dict[tuple[bytes, bytes], bytes] = {}
        #: Files whose image is here already, from another file.
        self.known: list[Decoded] = []

    def found(self) -> Iterator[Found]:
        """Yield a file of each SHA-1 to be decoded."""
        number = 0
        for sha1, rows in groupby(arrivals.nowhere(self.conn), key=itemgetter(0)):
            files = [
                GoneFile(self.where[folder], os.fsencode(name), width, height, FORMATS.get((format_ or "").lower()))
                for _, folder, name, width, height, format_ in rows
                if folder in self.where and NAME.fullmatch(name)
            ]
            if not files or not SHA1.fullmatch(sha1):
                continue
            if self.project.real_sha1 and (sha1 in self.arriving or arrivals.image_there(self.conn, sha1)):
                self.known += [_decoded(file, Contents(sha1, 0, 0, None)) for file in files]
            elif picture := self.project.picture(sha1):
                number += 1
                name = b"%d" % number
                self._path(name).write_bytes(picture.data)
                self.waiting[name] = (sha1, picture.whole, files)
                yield Found(self.at, name, len(picture.data))

    def files(self, events: Iterable[Event]) -> Iterator[tuple[Decoded, bool]]:
        """Yield the files that decoded pictures stand for, and whether all their pixels are there."""
        for event in events:
            if isinstance(event, Decoded):
                yield from self._drawn(event.found.name, event.contents)
            yield from ((known, False) for known in self.known)
            self.known = []
        yield from ((known, False) for known in self.known)

    def _drawn(self, name: bytes, contents: Contents) -> Iterator[tuple[Decoded, bool]]:
        sha1, whole, files = self.waiting.pop(name)
        data = self._path(name).read_bytes()
        self._path(name).unlink()
        picture = contents.picture
        assert picture, "no SHA-1 was given as known"
        for file in files:
            if whole:
                self.originals[file.place.path, file.name] = data
                yield _decoded(file, replace(contents, modified_ns=0)), True
                continue
            drawn = replace(
                picture,
                width=file.width or picture.width,
                height=file.height or picture.height,
                format=file.format or picture.format,
                metadata=picture.metadata | {"thumbnail": THUMBNAIL_ONLY},
            )
            yield _decoded(file, Contents(sha1, 0, 0, drawn)), False

    def _path(self, name: bytes) -> Path:
        return Path(os.fsdecode(os.path.join(self.at.path, name)))

    def original(self, event: Decoded) -> bytes | None:
        """Return the bytes of a file of which all pixels are there."""
        return self.originals.get((event.found.place.path, event.found.name))


def _decoded(file: GoneFile, contents: Contents) -> Decoded:
    return Decoded(Found(file.place, file.name, contents.size), contents)
