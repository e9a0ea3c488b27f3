"""What would become of an old project's files: each is read as the import would read it, and nothing is kept.

Whether a file is a picture is known only once it is decoded, so this takes nearly as long as the import itself.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Decoded, Listing, Place, Progress, Rejected
from datasette_panoptic.domain.old import OldProject
from datasette_panoptic.ingest.images.changed import changed
from datasette_panoptic.ingest.images.parallel import Decoder
from datasette_panoptic.ingest.images.pipeline import Meter
from datasette_panoptic.store import arrivals
from datasette_panoptic.store.folders import Folders

from .files import Sketches, on_disk


@dataclass(frozen=True)
class Rehearsed:
    """Files of which only a picture is kept, those of them that would be made now with all pixels, files of which
    there is nothing, and files in their place that cannot be read.
    """

    gone: int
    complete: int
    lost: int
    unreadable: int


def rehearse(
    conn: sqlite3.Connection,
    project: OldProject,
    where: Mapping[int, Place],
    *,
    decoder: Callable[[], Decoder],
    progress: Callable[[Progress], None],
) -> Rehearsed:
    """Read the files of staged instances. Only temporary tables are written."""
    tree = Folders(conn)
    listed = list(on_disk(conn, where))
    listings = (
        Listing(place, files=sorted(map(os.fsencode, names.values())), complete=False) for _, place, names in listed
    )
    meter = Meter(arrivals.counts(conn)[0], time.monotonic(), progress)
    sha1s: set[str] = set()
    refused: set[tuple[bytes, bytes]] = set()
    unreadable = 0
    for event in decoder().decode(changed(conn, tree, listings, recurse=False)):
        meter.passed(event)
        match event:
            case Decoded():
                sha1s.add(event.contents.sha1)
            case Rejected():
                unreadable += 1
                refused.add((event.place.path, event.name))
    held = (
        (folder, [old for old, now in names.items() if (place.path, os.fsencode(now)) not in refused])
        for folder, place, names in listed
    )
    here = ((folder, tree.find(place)) for folder, place in where.items())
    arrivals.place_folders(conn, ((folder, present) for folder, present in here if present))
    arrivals.match(conn)  # files of an earlier import, readable or not
    somewhere = arrivals.hold(conn, held)
    files, _, gone_before, _ = arrivals.counts(conn)
    with tempfile.TemporaryDirectory(prefix="panoptic-") as directory:
        sketches = Sketches(conn, project, where, Place(os.fsencode(directory)), arriving=sha1s)
        made = sketches.files(decoder().decode(sketches.found()))
        gone = {(event.found.place.path, event.found.name): is_whole for event, is_whole in made}
    meter.finish()
    lost = files - somewhere - len(gone)
    return Rehearsed(gone_before + len(gone), sum(gone.values()), lost, unreadable)
