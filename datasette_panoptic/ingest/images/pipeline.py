"""Import folders: `save(decode(changed(scan(folders))))`, each stage a generator over the one before.

Stop it anywhere, by whatever means, and run it again: what is stored is skipped, nothing is stored twice.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import (
    Decoded,
    Event,
    Found,
    ImportReport,
    Listing,
    Place,
    Progress,
    Refusal,
    Rejected,
    Unchanged,
    shown,
)
from datasette_panoptic.domain.passing import Passing, checked
from datasette_panoptic.store import corpus
from datasette_panoptic.store.connection import checkpoint, transaction
from datasette_panoptic.store.folders import Folders, directory_of, names_below, pseudo_root, tidy
from datasette_panoptic.store.passed_over import leave
from datasette_panoptic.store.replacements import let_go
from datasette_panoptic.store.roots import decide, reopen, root_of, rules, take_over
from datasette_panoptic.store.save import Writer, same_bytes

from .changed import changed
from .parallel import Decoder
from .restate import restate
from .same_picture import turned
from .scan import Ground, count, roots, scan
from .sidecars import noting, refresh
from .workers import Pool

#: A transaction ends after so many events, seconds or bytes, whichever comes first. Larger ones are not faster, and
#: this much is lost when the machine fails.
COMMIT_EVENTS = 512
COMMIT_SECONDS = 1.0
COMMIT_BYTES = 32_000_000

#: Seconds between two calls of `progress`.
REPORT_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class ImportOptions:
    recurse: bool = True
    store_originals: bool = False  # put the files' bytes into the project
    workers: int | None = None  # decoding processes; None: one per core
    restore_removed: bool = False  # put back what somebody removed from the corpus
    exclude: tuple[str, ...] | None = None  # patterns of what is passed over; None: those remembered of the source
    include_hidden: bool | None = None  # take hidden files and folders too; None: as remembered of the source
    source: str | None = None  # name of a pseudo root (uploads): originals are stored, no file of it ever goes missing


def import_folders(
    conn: sqlite3.Connection,
    folders: Sequence[Path],
    *,
    options: ImportOptions = ImportOptions(),
    actor: str | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    start: Callable[[int], Executor] = Pool,
) -> ImportReport:
    """Bring the project in line with what the folders hold, and return what that took.

    `conn` is in autocommit mode, as `store.connection.connect` gives it. `cancelled` is asked often; what was read
    until then is kept. What can be undone of it is `actor`'s changeset. `start` makes the executor to decode on, given
    a number of processes. Raises IngestError, before anything is written, for a folder that cannot be listed.
    """
    begun = time.monotonic()
    places = roots(folders, recurse=options.recurse)
    excluded = None if options.exclude is None else checked(options.exclude)
    tree = Folders(conn)
    before = conn.total_changes
    with transaction(conn):
        if options.source:
            root = pseudo_root(conn, options.source, None)
            tree.pseudo = {place.path: root for place in places}
        folder_ids = [tree.make(place) for place in places]
        take_over(conn)
        for folder_id in folder_ids:
            reopen(conn, folder_id)
            decide(conn, root_of(conn, folder_id), excluded, options.include_hidden)
        if conn.total_changes > before:
            corpus.bump(conn)
    grounds = None if options.source else grounds_of(conn, places, folder_ids)
    total = None
    told = 0.0
    for total in count(places, grounds, recurse=options.recurse):
        if time.monotonic() - told >= REPORT_EVERY:
            told = time.monotonic()
            progress(Progress(0, None, 0.0, f"{total:,} files found"))
        if cancelled():
            break
    restate(conn)
    uploads = bool(options.source)
    keeps = options.store_originals or uploads
    writer = Writer(
        conn,
        tree,
        original=same_bytes if keeps else None,
        keep_names=uploads,
        follow_moves=not uploads,
        turned=turned,
        actor=actor,
    )
    with_sidecars: list[Place] = []
    listings = scan(places, grounds, recurse=options.recurse)
    decoder = Decoder(options.workers or os.cpu_count() or 1, start, cancelled)
    stream = decoder.decode(
        uploaded(listings)
        if uploads
        else changed(
            conn,
            tree,
            noting(listings, with_sidecars),
            recurse=options.recurse,
            need_originals=options.store_originals,
            restore_removed=options.restore_removed,
        )
    )
    with unmapped(conn):
        save(writer, stream, Meter(total, begun, progress), cancelled)
    report = writer.report
    report.left = leave(conn, writer.passed_files, writer.passed_folders, actor=actor)
    with transaction(conn):
        let_go(conn)
        tidy(conn)
    if grounds:
        report.patterns = sorted({pattern for ground in grounds.values() for pattern in ground.passing.excluded})
        report.missing = corpus.missing_below(conn, folder_ids, recurse=options.recurse)
    report.images, report.instances = corpus.counts(conn)
    if not uploads:
        refresh(conn, with_sidecars, folder_ids, report, recurse=options.recurse, cancelled=cancelled)
    checkpoint(conn)
    report.seconds = time.monotonic() - begun
    return report


def grounds_of(conn: sqlite3.Connection, places: Sequence[Place], folder_ids: Sequence[int]) -> dict[bytes, Ground]:
    """Return what is passed over in each of the folders that were named for import, by its path."""
    grounds = {}
    for place, folder_id in zip(places, folder_ids, strict=True):
        root_id = root_of(conn, folder_id)
        inside = names_below(place.path, directory_of(conn, root_id) or b"")
        grounds[place.path] = Ground(Passing(rules(conn, root_id)), b"/".join(inside))
    return grounds


@contextmanager
def unmapped(conn: sqlite3.Connection) -> Iterator[None]:
    """Read the project through SQLite's small cache: mapped, it would count as memory that grows with the project."""
    size = conn.execute("pragma mmap_size").fetchone()
    conn.execute("pragma mmap_size = 0")
    try:
        yield
    finally:
        if size:
            conn.execute(f"pragma mmap_size = {size[0]}")


def uploaded(listings: Iterator[Listing]) -> Iterator[Found | Rejected]:
    """Yield every file of folders that exist for this import only, so that nothing in them can be known or gone."""
    for listing in listings:
        for name, reason in listing.refused.items():
            yield Rejected(listing.place, name, Refusal(reason))
        for name in listing.files:
            place = listing.place
            try:
                size = os.stat(os.path.join(place.path, name)).st_size
            except OSError:
                size = 0
            yield Found(place, name, size)


def save(writer: Writer, events: Generator[Event, None, None], meter: Meter, cancelled: Callable[[], bool]) -> None:
    """Write events as they come, several to a transaction."""
    batch: list[Event] = []
    size, since = 0, time.monotonic()
    try:
        for event in events:
            batch.append(event)
            size += weight(event, originals=writer.original is not None)
            meter.passed(event)
            now = time.monotonic()
            if len(batch) >= COMMIT_EVENTS or size >= COMMIT_BYTES or now - since >= COMMIT_SECONDS:
                writer.write(batch)
                batch, size, since = [], 0, now
            if cancelled():
                break
        writer.write(batch)
    finally:
        events.close()
        meter.finish()


def weight(event: Event, *, originals: bool) -> int:
    """Return the bytes that saving an event writes, nearly."""
    if not isinstance(event, Decoded):
        return 0
    picture = event.contents.picture
    thumbnails = (picture.thumbnail, picture.preview) if picture else ()
    written = sum(len(thumbnail.data) for thumbnail in thumbnails if thumbnail)
    return written + (event.contents.size if originals else 0)


class Meter:
    """Tells how far the import is, a few times per second."""

    def __init__(self, total: int | None, begun: float, progress: Callable[[Progress], None]) -> None:
        self.total = total
        self.begun = begun
        self.progress = progress
        self.done = 0
        self.told = 0.0
        self.place: Place | None = None

    def passed(self, event: Event) -> None:
        if isinstance(event, Unchanged):
            self.done += event.count + event.removed
            self.place = event.place
        elif isinstance(event, Decoded):
            self.done += 1
            self.place = event.found.place
        elif isinstance(event, Rejected):
            self.done += 1
            self.place = event.place
        if time.monotonic() - self.told >= REPORT_EVERY:
            self.finish()

    def finish(self) -> None:
        self.told = time.monotonic()
        rate = self.done / max(self.told - self.begun, 1e-9)
        self.progress(Progress(self.done, self.total, rate, shown(self.place.path) if self.place else ""))
