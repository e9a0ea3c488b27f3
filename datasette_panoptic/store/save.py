"""Write what an import found: the only writer of folders, files, images, instances and rejects."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import (
    Contents,
    Decoded,
    Event,
    Gone,
    ImportReport,
    PassedOver,
    Refusal,
    Rejected,
    Unchanged,
)
from datasette_panoptic.domain.timestamps import now

from . import corpus, images, instances, sidecars
from .changelog import begin
from .connection import transaction
from .details import shown_path
from .folders import DESCENDANTS, Folders, find_named, free_name, is_gone
from .replacements import IMPORT, Turned, succeed

#: Files that the report names of those that show another picture.
MOST_NAMED = 100

CHANGED_MEANWHILE = "the file was being changed while it was read; import again when it is finished"


class Writer:
    """Saves events and counts them. Each `write` is one transaction: all of the events or none."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        folders: Folders,
        *,
        original: Callable[[Decoded], bytes | None] | None = None,
        keep_names: bool = False,
        follow_moves: bool = True,
        turned: Turned = lambda before, after: None,
        actor: str | None = None,
    ) -> None:
        """`original` returns a file's bytes to be stored, None where they are no longer what was decoded.

        `turned` tells whether a file that was edited shows the same picture: what was said of it follows then, as
        `actor`'s changeset.

        With `keep_names` (uploads) another image under a known name is another file, which gets a free name. Without
        `follow_moves` (what no folder holds) a file is never taken for one that has left its place.
        """
        self.conn = conn
        self.folders = folders
        self.original = original
        self.keep_names = keep_names
        self.follow_moves = follow_moves
        self.turned = turned
        self.actor = actor
        #: What follows in this import is one changeset, begun when there is something.
        self.changeset: int | None = None
        self.report = ImportReport()
        #: Rows of what is passed over from now on.
        self.passed_files: list[int] = []
        self.passed_folders: list[int] = []
        #: Images of which every file was found in its place during this import, so none of them can have moved.
        self.in_place: set[int] = set()

    def write(self, events: Sequence[Event]) -> None:
        if not events:
            return
        with transaction(self.conn):
            # A re-scan that finds nothing new leaves the version alone, so that nobody re-reads anything.
            changes = [self._save(event) for event in events]
            if any(changes):
                corpus.bump(self.conn)

    def _save(self, event: Event) -> bool:
        """Save one event and tell whether it changed anything that a view shows."""
        match event:
            case Decoded():
                return self._decoded(event)
            case Rejected():
                return self._rejected(event)
            case Unchanged():
                return self._unchanged(event)
            case Gone():
                return self._gone(event)
            case PassedOver():
                return self._passed_over(event)

    def _passed_over(self, event: PassedOver) -> bool:
        self.report.hidden += event.hidden
        self.report.excluded += event.excluded
        self.passed_files += event.files
        self.passed_folders += event.folders
        return False

    def _unchanged(self, event: Unchanged) -> bool:
        self.report.unchanged += event.count
        self.report.removed += event.removed
        self.report.restored += len(event.restored)
        if event.restored:
            chosen = "select id from _panoptic_removed where file_id in (select value from json_each(:files))"
            instances.put_back(self.conn, self._changeset(), chosen, {"files": json.dumps(event.restored)})
        self._drop_rejects(event.healed)
        if event.back:
            self.conn.execute(
                "update files set missing_since = null where id in (select value from json_each(?))",
                [json.dumps(event.back)],
            )
        return bool(event.back or event.restored)

    def _gone(self, event: Gone) -> bool:
        self._drop_rejects(event.rejects)
        before: int = self.conn.total_changes
        for id_, name in event.files:
            self.conn.execute(
                "update files set missing_since = ? "
                "where id = ? and folder_id = ? and name = ? and missing_since is null",
                [now(), id_, event.folder_id, name],
            )
        if event.folders:
            self.conn.execute(
                f"{DESCENDANTS} update files set missing_since = :now "
                "where missing_since is null and folder_id in (select id from below)",
                {"ids": json.dumps(event.folders), "now": now()},
            )
        return bool(self.conn.total_changes > before)

    def _drop_rejects(self, ids: Sequence[int]) -> None:
        if ids:
            self.conn.execute(
                "delete from _panoptic_rejects where id in (select value from json_each(?))", [json.dumps(ids)]
            )

    def _rejected(self, event: Rejected) -> bool:
        self.report.rejected += 1
        if event.known:
            return False
        refusal = event.refusal
        stamp = (refusal.size, None if refusal.again else refusal.modified_ns)
        folder_id = self.folders.make(event.place)
        known = corpus.known_rejects(self.conn, folder_id, event.name).get(event.name)
        if known and (known.reason, known.stamp) == (refusal.reason, stamp):
            return False
        if known:
            self._drop_rejects([known.id])
        name, raw = free_name(self.conn, "_panoptic_rejects", "folder_id", folder_id, event.name)
        self.conn.execute(
            """
            insert into _panoptic_rejects (folder_id, name, reason, bytes, modified_ns, at, raw_name)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            [folder_id, name, refusal.reason, *stamp, now(), raw],
        )
        return True

    def _forget_reject(self, folder_id: int, name: bytes) -> None:
        known = find_named(self.conn, "_panoptic_rejects", "folder_id", folder_id, name)
        if known:
            self._drop_rejects([known])

    def _decoded(self, event: Decoded) -> bool:
        contents = event.contents
        row = self.conn.execute("select id from images where sha1 = ?", [contents.sha1]).fetchone()
        if row is None and contents.picture is None:  # another import has let the image go that the decoder knew of
            return self._rejected(Rejected(event.found.place, event.found.name, Refusal(CHANGED_MEANWHILE, again=True)))
        data = None
        if self.original and not (row and images.has_original(self.conn, row[0])):
            data = self.original(event)
            if data is None:
                refusal = Refusal(CHANGED_MEANWHILE, again=True)
                return self._rejected(Rejected(event.found.place, event.found.name, refusal))
        image_id: int = row[0] if row else images.insert(self.conn, contents)
        if row and contents.size and contents.picture and images.is_sketch(self.conn, image_id):
            images.redraw(self.conn, image_id, contents)
        if data is not None:
            images.store_original(self.conn, image_id, data)
        folder_id = self.folders.make(event.found.place)
        self._forget_reject(folder_id, event.found.name)
        return self._file(event, folder_id, image_id, is_new=row is None) or data is not None

    def _file(self, event: Decoded, folder_id: int, image_id: int, *, is_new: bool) -> bool:
        """Give a file its row; tell whether anything but its time stamp changed."""
        name, contents = event.found.name, event.contents
        file_id = find_named(self.conn, "files", "folder_id", folder_id, name)
        if file_id and self.keep_names:
            file_id, name = self._upload(folder_id, name, file_id, image_id)
        if file_id:
            return self._seen_again(file_id, image_id, contents)
        moved_id = self._vacated(image_id, name) if self.follow_moves and not is_new else None
        if moved_id:
            if self.conn.execute("select 1 from instances where file_id = ?", [moved_id]).fetchone():
                self.report.moved += 1
            else:
                self.report.removed += 1
            shown_name, raw = free_name(self.conn, "files", "folder_id", folder_id, name)
            self.conn.execute(
                """
                update files set folder_id = ?, name = ?, raw_name = ?, bytes = ?, modified_ns = ?, missing_since = null
                where id = ?
                """,
                [folder_id, shown_name, raw, contents.size, contents.modified_ns, moved_id],
            )
            return True
        self.report.added += 1
        shown_name, raw = free_name(self.conn, "files", "folder_id", folder_id, name)
        file_id = self.conn.execute(
            "insert into files (folder_id, name, image_id, bytes, modified_ns, raw_name) values (?, ?, ?, ?, ?, ?)",
            [folder_id, shown_name, image_id, contents.size, contents.modified_ns, raw],
        ).lastrowid
        instances.make(self.conn, image_id, file_id)
        return True

    def _seen_again(self, file_id: int, image_id: int, contents: Contents) -> bool:
        image_before, missing_since = self.conn.execute(
            "select image_id, missing_since from files where id = ?", [file_id]
        ).fetchone()
        self.conn.execute(
            "update files set image_id = ?, bytes = ?, modified_ns = ?, missing_since = null where id = ?",
            [image_id, contents.size, contents.modified_ns, file_id],
        )
        if image_before == image_id:
            self.report.unchanged += 1
            return missing_since is not None
        self.report.changed += 1
        instances.follow(self.conn, file_id, image_id)
        sidecars.follow(self.conn, file_id, image_before, image_id)
        done = succeed(self.conn, self._changeset, file_id, image_before, image_id, self.turned)
        if done is None:
            self.report.replaced += 1
            if len(self.report.replaced_files) < MOST_NAMED:
                self.report.replaced_files.append(shown_path(self.conn, file_id))
        elif done.count:
            self.report.carried += 1
        return True

    def _changeset(self) -> int:
        """Return this import's changeset, or another one where somebody has taken it back already."""
        stands = "select 1 from _panoptic_changesets where id = ? and undone_by is null"
        if self.changeset is None or not self.conn.execute(stands, [self.changeset]).fetchone():
            self.changeset = begin(self.conn, actor=self.actor, tool=IMPORT)
        return self.changeset

    def _upload(self, folder_id: int, name: bytes, file_id: int | None, image_id: int) -> tuple[int | None, bytes]:
        """Return the row that already holds an upload, or None and a name that is free for it."""
        stem, extension = os.path.splitext(name)
        number = 1
        while file_id:
            holds = self.conn.execute("select image_id from files where id = ?", [file_id]).fetchone()[0]
            if holds == image_id:
                return file_id, name
            number += 1
            name = b"%s (%d)%s" % (stem, number, extension)
            file_id = find_named(self.conn, "files", "folder_id", folder_id, name)
        return None, name

    def _vacated(self, image_id: int, name: bytes) -> int | None:
        """Return the row of an image's file that is no longer where it was, first of all one of the same name."""
        if image_id in self.in_place:
            return None
        rows = self.conn.execute(
            "select id, coalesce(raw_name, cast(name as blob)) from files where image_id = ? order by id", [image_id]
        ).fetchall()
        for file_id, _ in sorted(rows, key=lambda row: row[1] != name):
            path = corpus.file_path(self.conn, file_id)
            if path and is_gone(path):
                return int(file_id)
        self.in_place.add(image_id)
        return None


def same_bytes(event: Decoded) -> bytes | None:
    """Read a decoded file's bytes to be stored; None where they are not what was decoded."""
    try:
        with open(event.found.path, "rb") as file:
            data = file.read(event.contents.size + 1)
    except OSError:
        return None
    return data if hashlib.sha1(data, usedforsecurity=False).hexdigest() == event.contents.sha1 else None
