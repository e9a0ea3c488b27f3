"""Compare what a scan lists with what the project knows: only new and altered files go on to be decoded.

Everything is looked up directory by directory and a few hundred names at a time, so memory stays flat however many
files the project holds. Nothing is written here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Found, Gone, Listing, PassedOver, Place, Refusal, Rejected, Unchanged
from datasette_panoptic.store import corpus
from datasette_panoptic.store.folders import Folders
from datasette_panoptic.store.passed_over import that_left

from .scan import cause

#: Names compared at once.
CHUNK = 512

#: Images of one size whose SHA-1 a worker gets to compare; past that, decoding is as quick as comparing.
SAME_SIZE = 16


def changed(
    conn: sqlite3.Connection,
    folders: Folders,
    listings: Iterable[Listing],
    *,
    recurse: bool = True,
    need_originals: bool = False,
    restore_removed: bool = False,
) -> Iterator[Found | Rejected | Unchanged | Gone | PassedOver]:
    """Yield what each listing means. `need_originals`: files whose image has no stored original are read again.

    Files that somebody removed from the corpus are passed over, unless `restore_removed`; those that left it because a
    rule passed them over, and none does any more, are back.
    """
    for listing in listings:
        folder_id = folders.find(listing.place)
        known = corpus.known_rejects(conn, folder_id) if folder_id else {}
        yield from _refused(listing, known)
        for start in range(0, len(listing.files), CHUNK):
            names = listing.files[start : start + CHUNK]
            yield from _compare(
                conn, listing.place, folder_id, names, known, need_originals, restore_removed=restore_removed
            )
        if listing.hidden or listing.excluded:
            yield _passed_over(conn, folder_id, listing)
        if listing.complete:
            yield from _readable_again(conn, folders, listing.place)
            if folder_id:
                yield from _gone(conn, folder_id, listing, known, recurse)


def _refused(listing: Listing, known: dict[bytes, corpus.KnownReject]) -> Iterator[Rejected]:
    for name, reason in listing.refused.items():
        row = known.get(name)
        same = row is not None and row.reason == reason
        yield Rejected(listing.place, name, Refusal(reason, again=True), known=same)


def _compare(
    conn: sqlite3.Connection,
    place: Place,
    folder_id: int | None,
    names: list[bytes],
    rejects: dict[bytes, corpus.KnownReject],
    need_originals: bool,
    *,
    restore_removed: bool,
) -> Iterator[Found | Rejected | Unchanged]:
    files = corpus.known_files(conn, folder_id, names) if folder_id else {}
    taken_out = [row.id for row in files.values() if row.removed]
    left = that_left(conn, taken_out) if taken_out and not restore_removed else set()
    unchanged, removed = 0, 0
    back, restored, healed = [], [], []
    for name in names:
        try:
            status = os.stat(os.path.join(place.path, name))
        except OSError as error:
            yield Rejected(place, name, Refusal(f"the file cannot be read: {cause(error)}", again=True))
            continue
        stamp = (status.st_size, status.st_mtime_ns)
        row, reject = files.get(name), rejects.get(name)
        if row and row.removed and not restore_removed and row.id not in left:
            removed += 1
            if row.missing:
                back.append(row.id)
            continue
        if row and row.removed:
            restored.append(row.id)
        if row and row.stamp == stamp and (row.has_original or not need_originals):
            unchanged += 1
            if row.missing:
                back.append(row.id)
            if reject:
                healed.append(reject.id)
        elif reject and reject.stamp == stamp:
            yield Rejected(place, name, Refusal(reject.reason, *stamp), known=True)
            if row and row.missing:
                back.append(row.id)
        else:
            yield Found(place, name, status.st_size, corpus.sha1s_of_size(conn, status.st_size, SAME_SIZE))
    if unchanged or removed or restored or back:
        yield Unchanged(place, unchanged, tuple(back), removed, tuple(restored), tuple(healed))


def _readable_again(conn: sqlite3.Connection, folders: Folders, place: Place) -> Iterator[Gone]:
    """A folder that can be read now is no longer to be listed as one that cannot."""
    parent_id = folders.find(place.parent) if place.parent else None
    row = corpus.known_rejects(conn, parent_id, place.name).get(place.name) if parent_id else None
    if row:
        yield Gone(rejects=(row.id,))


def _passed_over(conn: sqlite3.Connection, folder_id: int | None, listing: Listing) -> PassedOver:
    names = [*listing.hidden, *listing.excluded]
    files: list[int] = []
    folders: list[int] = []
    if folder_id:
        for start in range(0, len(names), CHUNK):
            known = corpus.known_files(conn, folder_id, names[start : start + CHUNK])
            files += [row.id for row in known.values() if not row.removed]
        passed = set(names)
        folders = [id_ for id_, name in corpus.child_folders(conn, folder_id) if name in passed]
    return PassedOver(len(listing.hidden), len(listing.excluded), tuple(files), tuple(folders))


def _gone(
    conn: sqlite3.Connection,
    folder_id: int,
    listing: Listing,
    rejects: dict[bytes, corpus.KnownReject],
    recurse: bool,
) -> Iterator[Gone]:
    passed = {*listing.hidden, *listing.excluded}
    here = {*listing.files, *passed}
    for batch in corpus.present_files(conn, folder_id):
        lost = tuple((id_, name) for id_, name, raw in batch if raw not in here)
        if lost:
            yield Gone(files=lost, folder_id=folder_id)
    there = {*here, *listing.refused, *listing.folders}
    if solved := tuple(row.id for name, row in rejects.items() if name not in there or name in passed):
        yield Gone(rejects=solved)
    if recurse:
        vanished = tuple(id_ for id_, name in corpus.child_folders(conn, folder_id) if name not in there)
        if vanished:
            yield Gone(folders=vanished)
